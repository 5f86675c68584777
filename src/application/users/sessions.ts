import { ok, refuse, type Result } from '../../domain/errors.ts';
import { certainTime } from '../../ports/world.ts';
import type { RequestContext } from '../request.ts';
import type { Credentials } from '../caller.ts';
import type { UsersDependencies } from './dependencies.ts';
import type { Login, Users } from './users.ts';
import { standingOf } from './standing.ts';
import { loginOf, nextTokensFrom } from './views.ts';

/** The minimum time for which a login can be refreshed before the password is needed again. */
const refreshedMs = 30 * 86_400_000;
/** What the clocks of servers may be apart. */
const leewayMs = 60_000;

export function createSessions(
  deps: UsersDependencies,
): Pick<Users, 'standing' | 'logout' | 'logoutEverywhere' | 'refresh'> {
  const { store: { users }, clock, sessionMs } = deps;
  return {
    // Read from the store each time, so that what any server has just revoked is no longer valid.
    standing: async (userId, sessionId) => {
      const { user, isEnded } = await users.standing(userId, sessionId);
      return { user: user && standingOf(user), isEnded };
    },
    logout: async ({ credentials }) => {
      if (credentials?.type === 'login') {
        const now = clock.now();
        // A token that is refreshed at this moment ends with it.
        const expiresAt = Math.max(credentials.expiresAt, now + sessionMs + leewayMs);
        await users.endSession(credentials.sessionId, { now: certainTime(clock), expiresAt });
        return ok(null);
      }
      if (credentials?.type !== 'jwt') return noLogin(credentials);
      await users.endSession(credentials.sessionId, { now: certainTime(clock), expiresAt: credentials.expiresAt });
      return ok(null);
    },
    logoutEverywhere: async ({ caller, credentials }) => {
      if (credentials?.type !== 'login' && credentials?.type !== 'jwt') return noLogin(credentials);
      const user = await users.find(caller.userId);
      const now = clock.now();
      const ended =
        user !== null && (await users.update(user.id, { tokensFrom: nextTokensFrom(user, now), updatedAt: now }));
      return ended ? ok(null) : refuse('conflict', 'Your tokens come from another issuer: end them there.');
    },
    refresh: (context) => refresh(deps, context),
  };
}

async function refresh(
  { store: { users }, clock, sessionMs }: UsersDependencies,
  { caller, credentials }: RequestContext,
): Promise<Result<Login>> {
  if (credentials?.type === 'jwt') {
    return refuse('conflict', 'This token does not come from a password login: get a new one from its issuer.');
  }
  if (credentials?.type !== 'login') return noLogin(credentials);
  const user = await users.find(caller.userId);
  const { sessionId, startedAt, tokensFrom } = credentials;
  const isOver = clock.now() - startedAt >= Math.max(refreshedMs, sessionMs);
  if (user === null || user.disabled || user.tokensFrom !== tokensFrom || isOver) {
    return refuse('unauthenticated', 'This login has ended: log in again.');
  }
  return ok(loginOf(user, { sessionId, startedAt }));
}

function noLogin(credentials: Credentials | undefined): Result<never> {
  const what = credentials?.type === 'key' ? 'an API key, which is revoked by its id'
    : credentials?.type === 'host' ? 'one of the program that embeds the server, which ends it'
      : 'a user id of development mode';
  return refuse('conflict', `This is not a login but ${what}.`);
}
