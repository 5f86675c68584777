import type { ConsoleRoutes, developerRoutes } from '../../../contract/console.ts';
import { refuse } from '../../../contract/errors.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { Authenticate } from '../../access/authenticator.ts';
import { developerCookie, tokenInCookie } from '../auth/cookie.ts';
import type { HandlersFor } from '../serve.ts';

/** What is said of the server to its console. */
export type ConsoleFacts = Omit<Shown, 'version' | 'devMode' | 'loggedIn'>;
type Shown = RouteAnswer<ConsoleRoutes['showConsole']>;

export function consoleHandlers(
  shown: Omit<Shown, 'loggedIn'>,
  authenticate: Authenticate,
): HandlersFor<ConsoleRoutes> {
  return {
    showConsole: async ({ header }) => {
      const token = tokenInCookie(header('cookie'), shown.devMode);
      const loggedIn = token !== null && (await authenticate(`Bearer ${token}`)).ok;
      return { ok: true, value: { ...shown, loggedIn } };
    },
  };
}

/** For development mode only. `https`: whether pages reach the server by https alone. */
export function developerHandlers(authenticate: Authenticate, https: boolean): HandlersFor<typeof developerRoutes> {
  return {
    logInAsDeveloper: async ({ body: { userId }, setCookie }) => {
      const known = await authenticate(`Bearer ${userId}`);
      if (!known.ok) return refuse('unauthenticated', `${known.problem}.`);
      setCookie(developerCookie(userId, https));
      return { ok: true, value: { userId: known.caller.userId, roles: [...known.caller.roles] } };
    },
  };
}
