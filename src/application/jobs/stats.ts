import { ok, type Result } from '../../domain/errors.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { JobScope } from '../../ports/store/store.ts';
import type { Dependencies } from '../dependencies.ts';
import type { RequestContext } from '../request.ts';
import { storedId } from '../users/stored-id.ts';
import { mostCounted } from './list.ts';
import { scopes } from './scopes.ts';

/** How many jobs of a kind are in one state. */
export interface CountedJobs {
  readonly kind: string;
  readonly status: string;
  readonly phase: Phase;
  /** From 1. */
  readonly count: number;
  /** Whether there are more: those of one owner are counted up to 10,000. */
  readonly capped: boolean;
}

type Deps = Pick<Dependencies, 'store' | 'users' | 'kinds'>;

/** Everybody's by the counts that the store keeps; one owner's by an index. */
export async function countJobs(
  deps: Deps,
  { caller }: RequestContext,
  ownerId: string | undefined,
): Promise<Result<readonly CountedJobs[]>> {
  const { store, users, kinds } = deps;
  const seen = scopes(kinds, caller, ownerId === undefined ? undefined : await storedId(users, ownerId));
  if (!seen.ok) return seen;
  const kept = seen.value.some((scope) => scope.ownerId === null) ? await store.jobs.counts() : [];
  const counted: CountedJobs[] = [];
  for (const scope of seen.value) {
    const { lifecycle } = kinds.of(scope.kind);
    for (const status of lifecycle.stateNames) {
      const ofState = kept.filter(({ kind, state }) => kind === scope.kind && state === status);
      const found = scope.ownerId === null
        ? ofState.reduce((sum, { count }) => sum + count, 0)
        : await countOwned(deps, scope, status);
      const capped = scope.ownerId !== null && found > mostCounted;
      const count = capped ? mostCounted : found;
      if (count > 0) counted.push({ kind: scope.kind, status, phase: lifecycle.phase(status), count, capped });
    }
  }
  return ok(counted);
}

function countOwned({ store }: Deps, scope: JobScope, state: string): Promise<number> {
  return store.jobs.count({ scopes: [scope], state, limit: mostCounted + 1 });
}
