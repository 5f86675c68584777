import type { ConsoleRoutes, developerRoutes } from '../../../contract/console.ts';
import { refuse } from '../../../contract/errors.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { Users } from '../../../application/users/users.ts';
import type { Authenticate } from '../../access/authenticator.ts';
import { developerCookie, tokenInCookie } from '../auth/cookie.ts';
import type { HandlersFor } from '../serve.ts';
import { sessionOf } from './users.ts';

/** What is said of the server to its console. */
export type ConsoleFacts = Omit<Shown, 'version' | 'devMode' | 'user' | 'features'>;
type Shown = RouteAnswer<ConsoleRoutes['showConsole']>;

export function consoleHandlers(
  shown: Omit<Shown, 'user'>,
  { authenticate, me }: { readonly authenticate: Authenticate; readonly me: Users['me'] | undefined },
): HandlersFor<ConsoleRoutes> {
  return {
    showConsole: async ({ header, sender, correlationId }) => {
      const token = tokenInCookie(header('cookie'), shown.devMode);
      const sent = sender ?? (token === null ? null : `Bearer ${token}`);
      const known = sent === null ? null : await authenticate(sent);
      const user = known?.ok && me ? await me({ ...known, correlationId, traceparent: null }) : null;
      return { ok: true, value: { ...shown, user: user?.ok ? sessionOf(user.value) : null } };
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
