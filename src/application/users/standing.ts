import type { StoredStanding } from '../../ports/store/user-store.ts';
import { roles as allRoles, type Caller, type Role } from '../caller.ts';

/** The current state of a user, whatever an older token says. */
export interface Standing extends Caller {
  readonly disabled: boolean;
  /** Logins made before do not count. Milliseconds since 1970. */
  readonly tokensFrom: number;
}

export function standingOf({ id, roles, disabled, tokensFrom }: NonNullable<StoredStanding['user']>): Standing {
  return { userId: id, roles: rolesOf(roles), disabled, tokensFrom };
}

/** Those that we know, in their order. */
export function rolesOf(names: readonly string[]): readonly Role[] {
  return allRoles.filter((role) => names.includes(role));
}
