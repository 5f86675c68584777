import { refuse, type Result } from '../../domain/errors.ts';
import type { StoredUser } from '../../ports/store/user-store.ts';
import { rolesOf } from './sessions.ts';
import type { Login, UserView } from './users.ts';

export function viewOf({ id, roles, disabled, createdAt, updatedAt }: StoredUser): UserView {
  return { userId: id, roles: rolesOf(roles), disabled, createdAt, updatedAt };
}

export function loginOf({ id, roles, tokensFrom }: StoredUser): Login {
  return { userId: id, roles: rolesOf(roles), tokensFrom };
}

/** Never the same twice, so that it tells the logins before from those after. */
export function nextTokensFrom({ tokensFrom }: StoredUser, now: number): number {
  return Math.max(now, tokensFrom + 1);
}

export function badField(field: string, problem: string): Result<never> {
  return refuse('invalid_request', `The request is not valid: ${field} ${problem}.`, { fields: { [field]: problem } });
}
