import { refuse, type Result } from '../../domain/errors.ts';
import type { StoredUser } from '../../ports/store/user-store.ts';
import { rolesOf } from './standing.ts';
import type { Login, Person, UserView } from './users.ts';

export function personOf({ id, email, name, roles }: StoredUser): Person {
  return { userId: id, email, name, roles: rolesOf(roles) };
}

export function viewOf(user: StoredUser): UserView {
  const { disabled, createdAt, updatedAt } = user;
  return { ...personOf(user), disabled, createdAt, updatedAt };
}

export function loginOf(user: StoredUser, session: Pick<Login, 'sessionId' | 'startedAt'>): Login {
  return { ...personOf(user), tokensFrom: user.tokensFrom, ...session };
}

/** Never the same twice, so that it separates earlier logins from later ones. */
export function nextTokensFrom({ tokensFrom }: StoredUser, now: number): number {
  return Math.max(now, tokensFrom + 1);
}

export function badField(field: string, problem: string): Result<never> {
  return refuse('invalid_request', `The request is not valid: ${field} ${problem}.`, { fields: { [field]: problem } });
}
