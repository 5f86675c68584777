import { ok, refuse } from '../../domain/errors.ts';
import type { StoredUser, UserStore } from '../../ports/store/user-store.ts';
import { createLoginAttempts, createPasswordAttempts } from './attempts.ts';
import type { UsersDependencies } from './dependencies.ts';
import { canonicalPassword, passwordProblem, unlessBusy } from './passwords.ts';
import type { LoginInput, Users } from './users.ts';
import { badField, loginOf, nextTokensFrom } from './views.ts';

export function createLogin(deps: UsersDependencies): Users['login'] {
  const { store, clock, ids, hasher, passwordLogin } = deps;
  const attempts = createLoginAttempts(store, clock);
  const wrong = refuse('unauthenticated', 'There is no such user, or the password is wrong.');
  return (input) =>
    unlessBusy(async () => {
      if (!passwordLogin) return refuse('forbidden', 'Password login is disabled: send a JWT or an API key.');
      const user = await named(store.users, input);
      const attempt = await attempts.count(user?.id ?? input.email ?? input.userId ?? '', input.address);
      if (attempt.refusal !== null) return { ok: false, refusal: attempt.refusal };
      const password = canonicalPassword(input.password);
      const right = await hasher.verify(password, user?.passwordHash ?? hasher.decoy);
      if (user === null || !right || user.disabled) return wrong;
      await attempt.succeeded();
      return ok(loginOf(user, { sessionId: ids.uuid(), startedAt: clock.now() }));
    });
}

/** People give what they know: where no user has the address or the id, it is tried as the other one. */
async function named(users: UserStore, { userId, email }: LoginInput): Promise<StoredUser | null> {
  if (email !== undefined) return (await users.findByEmail(email)) ?? users.find(email);
  if (userId === undefined) return null;
  return (await users.find(userId)) ?? (userId.includes('@') ? users.findByEmail(userId) : null);
}

export function createPasswordChange(deps: UsersDependencies): Users['changePassword'] {
  const { store: { users, tokens, attempts: store }, clock, ids, hasher } = deps;
  const attempts = createPasswordAttempts(store, clock);
  return ({ caller: { userId } }, { current, next, keepTokens = false }) =>
    unlessBusy(async () => {
      const user = await users.find(userId);
      if (user === null) return refuse('not_found', 'You have no password here: your tokens come from another issuer.');
      const problem = passwordProblem(next, user) ?? (next === current ? 'must differ from the current one' : null);
      if (problem !== null) return badField('next', problem);
      // Someone with a stolen login must not be able to guess the password with it.
      const attempt = await attempts.count(user.id);
      if (attempt.refusal !== null) return { ok: false, refusal: attempt.refusal };
      if (!(await hasher.verify(canonicalPassword(current), user.passwordHash))) {
        return badField('current', 'is not your password');
      }
      const passwordHash = await hasher.hash(canonicalPassword(next));
      const now = clock.now();
      const tokensFrom = nextTokensFrom(user, now);
      const found = await users.update(userId, { passwordHash, tokensFrom, updatedAt: now });
      if (!found) return refuse('not_found', `User ${userId} no longer exists.`);
      if (!keepTokens) await tokens.revokeAll(user.id, now);
      await attempt.succeeded();
      return ok(loginOf({ ...user, tokensFrom }, { sessionId: ids.uuid(), startedAt: now }));
    });
}
