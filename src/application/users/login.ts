import { ok, refuse } from '../../domain/errors.ts';
import { createAttempts } from './attempts.ts';
import type { UsersDependencies } from './dependencies.ts';
import { canonicalPassword, passwordProblem, unlessBusy } from './passwords.ts';
import type { Sessions } from './sessions.ts';
import type { Users } from './users.ts';
import { badField, loginOf, nextTokensFrom } from './views.ts';

export function createLogin({ store: { users }, clock, hasher }: UsersDependencies): Users['login'] {
  const attempts = createAttempts(users, clock, 'login');
  return ({ userId, password, address }) =>
    unlessBusy(async () => {
      const limited = await attempts.count(userId, address);
      if (limited !== null) return { ok: false, refusal: limited };
      const user = await users.find(userId);
      const right = await hasher.verify(canonicalPassword(password), user?.passwordHash ?? hasher.decoy);
      if (user === null || !right || user.disabled) {
        return refuse('unauthenticated', 'There is no such user, or the password is wrong.');
      }
      await attempts.forget(userId);
      return ok(loginOf(user));
    });
}

export function createPasswordChange(deps: UsersDependencies, sessions: Sessions): Users['changePassword'] {
  const { store: { users }, clock, hasher } = deps;
  const attempts = createAttempts(users, clock, 'password');
  return ({ caller: { userId } }, { current, next }) =>
    unlessBusy(async () => {
      const problem = passwordProblem(next, userId) ?? (next === current ? 'must be another than the current' : null);
      if (problem !== null) return badField('next', problem);
      const user = await users.find(userId);
      if (user?.id !== userId) return refuse('not_found', 'You have no password here: somebody else vouches for you.');
      // Whoever holds a login of somebody else's must not find out the password with it.
      const limited = await attempts.count(userId, null);
      if (limited !== null) return { ok: false, refusal: limited };
      if (!(await hasher.verify(canonicalPassword(current), user.passwordHash))) {
        return badField('current', 'is not your password');
      }
      const passwordHash = await hasher.hash(canonicalPassword(next));
      const tokensFrom = nextTokensFrom(user, clock.now());
      const found = await users.update(userId, { passwordHash, tokensFrom, updatedAt: clock.now() });
      sessions.changed(userId);
      if (!found) return refuse('not_found', `There is no user ${userId} any longer.`);
      await attempts.forget(userId);
      return ok({ ...loginOf(user), tokensFrom });
    });
}
