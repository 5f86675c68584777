import { refuse, ok, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { AnyKind } from '../../domain/job/kind.ts';
import type { Kinds } from '../../domain/kinds.ts';
import type { JobScope } from '../../ports/store/store.ts';
import { isAdmin, maySee, type Caller } from '../caller.ts';

/**
 * What the caller sees of each kind, or of what `ownerId` has of it; kinds of which that is nothing are left out.
 * Only that owner and administrators may ask for an owner's jobs, even where everybody sees all jobs of a kind.
 */
export function scopes(kinds: Kinds, caller: Caller, ownerId?: string): Result<readonly JobScope[]> {
  if (ownerId !== undefined && !maySee(caller, ownerId)) {
    return refuse('forbidden', "Only an admin can list other users' jobs.");
  }
  const seen = [...kinds].filter((kind) => seesKind(kind, caller));
  return ok(seen.map((kind) => ({
    kind: kind.name, ownerId: ownerId ?? (seesAll(kind, caller) ? null : caller.userId),
  })));
}

/** Whether the job exists for the caller. */
export function seesJob(kinds: Kinds, caller: Caller, { kind: name, ownerId }: Pick<Job, 'kind' | 'ownerId'>): boolean {
  const kind = kinds.find(name);
  if (kind === undefined || !seesKind(kind, caller)) return false;
  return kind.access.sees === 'all' || maySee(caller, ownerId);
}

/** Whether the caller sees everybody's jobs of the kind. */
export function seesAll(kind: AnyKind, caller: Caller): boolean {
  return seesKind(kind, caller) && (kind.access.sees === 'all' || isAdmin(caller));
}

function seesKind({ internal, access: { role } }: AnyKind, caller: Caller): boolean {
  return !internal && (caller.roles.includes(role) || isAdmin(caller));
}
