import type { Kinds } from '../../domain/kinds.ts';
import type { JobScope } from '../../ports/store/store.ts';
import type { Dependencies } from '../dependencies.ts';
import { onAnyJob } from './on-any-job.ts';

const openPhases = ['waiting', 'active'] as const;
const atOnce = 1_000;

/** Cancels the children of a job that have not ended. Those that serve it, sagas say, are not meant. Idempotent. */
export async function cancelOpenChildren(
  deps: Pick<Dependencies, 'store' | 'writePath' | 'kinds'>,
  parentId: string,
): Promise<void> {
  for (const phase of openPhases) {
    const ids = await deps.store.jobs.ids({ scopes: scopesOf(deps.kinds), parentId, phase, limit: atOnce });
    const told = await Promise.all(ids.map((id) => onAnyJob(deps, id, { type: 'cancel' }, parentId)));
    // One that has ended or was deleted meanwhile needs no word.
    const failed = told.find((one) => !one.ok && one.refusal.code !== 'not_found' && one.refusal.code !== 'conflict');
    if (failed !== undefined && !failed.ok) throw new Error(failed.refusal.message);
  }
}

/** One of its children that have not ended, or null. */
export async function openChildOf(
  { store, kinds }: Pick<Dependencies, 'store' | 'kinds'>,
  parentId: string,
): Promise<string | null> {
  for (const phase of openPhases) {
    const [id] = await store.jobs.ids({ scopes: scopesOf(kinds), parentId, phase, limit: 1 });
    if (id !== undefined) return id;
  }
  return null;
}

function scopesOf(kinds: Kinds): readonly JobScope[] {
  return [...kinds].filter(({ internal }) => !internal).map(({ name: kind }) => ({ kind, ownerId: null }));
}
