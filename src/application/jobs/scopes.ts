import { refuse, ok, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { AnyKind } from '../../domain/job/kind.ts';
import type { Kinds } from '../../domain/kinds.ts';
import type { JobScope } from '../../ports/store/store.ts';
import { isAdmin, maySee, type Caller } from '../caller.ts';

/**
 * What the caller sees of each kind, or of what `ownerId` has of it. Kinds of which the caller sees nothing are not
 * among them; without any, somebody else's jobs were asked for by one who may not see them.
 */
export function scopes(kinds: Kinds, caller: Caller, ownerId?: string): Result<readonly JobScope[]> {
  const seen = [...kinds].flatMap((kind): JobScope[] => {
    if (!seesKind(kind, caller)) return [];
    const all = isAdmin(caller) || kind.access.sees === 'all';
    if (ownerId !== undefined) return all || maySee(caller, ownerId) ? [{ kind: kind.name, ownerId }] : [];
    return [{ kind: kind.name, ownerId: all ? null : caller.userId }];
  });
  if (seen.length > 0 || ownerId === undefined || maySee(caller, ownerId)) return ok(seen);
  return refuse('forbidden', "Only an admin can list other users' jobs.");
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
