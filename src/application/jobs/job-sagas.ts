import type { SagaJob } from '../../domain/saga/types.ts';
import { saga } from '../../domain/saga/kind.ts';
import type { Dependencies } from '../dependencies.ts';

/** Of one job: one for each attempt, at most. */
const mostSagas = 50;

/** The sagas that serve a job, newest first; on a store of one job each there are none. */
export async function sagasOf(
  { store, kinds }: Pick<Dependencies, 'store' | 'kinds'>,
  jobId: string,
): Promise<readonly SagaJob[]> {
  if (kinds.find(saga.name) === undefined) return [];
  const scopes = [{ kind: saga.name, ownerId: null }];
  const found = await store.jobs.list({ scopes, parentId: jobId, limit: mostSagas, whole: true });
  return found.map((job) => ({ ...job, items: [] }) as unknown as SagaJob);
}
