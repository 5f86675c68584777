import type { Login, Me, Person, Users, UserView } from '../../../application/users/users.ts';
import type { Result } from '../../../contract/errors.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { createUser, logIn, logOut, setUp, showSession, userRoutes } from '../../../contract/users.ts';
import { expiredCookie, sessionCookie } from '../auth/cookie.ts';
import type { SignLogin } from '../../access/logins.ts';
import type { SetupGate } from '../auth/setup-gate.ts';
import type { Handler, HandlersFor, RestRequest } from '../serve.ts';
import { answering } from './results.ts';
import { iso } from '../../../contract/times.ts';

/** `https`: whether pages reach the server by https alone. */
export function userHandlers(
  users: Users,
  { sign, gate, https }: { readonly sign: SignLogin; readonly gate: SetupGate; readonly https: boolean },
): HandlersFor<typeof userRoutes> {
  const loggedIn = async (
    { setCookie }: Pick<RestRequest<typeof logIn>, 'setCookie'>,
    asked: Promise<Result<Login>>,
  ): Promise<Result<RouteAnswer<typeof logIn>>> => {
    const login = await asked;
    if (!login.ok) return login;
    const { token, expiresAt } = await sign(login.value);
    setCookie(sessionCookie(token, expiresAt, https));
    return { ok: true, value: { token, expiresAt: iso(expiresAt), user: personOf(login.value) } };
  };
  const loggedOut = async (
    asked: Promise<Result<null>> | null,
    setCookie: RestRequest<typeof logOut>['setCookie'],
  ): Promise<Result<RouteAnswer<typeof logOut>>> => {
    const ended = await asked;
    if (ended?.ok === false) return ended;
    setCookie(expiredCookie(https));
    return { ok: true, value: { loggedOut: true } };
  };
  const setUpOnce: Handler<typeof setUp> = async (request) => {
    const { setupToken, ...input } = request.body;
    const refusal = (await users.needsSetup()) ? gate.problem(request.header, setupToken ?? null) : null;
    return refusal === null ? loggedIn(request, users.setup(input)) : { ok: false, refusal };
  };
  return {
    showSetup: async ({ header }) => {
      const needed = await users.needsSetup();
      return { ok: true, value: { needed, tokenNeeded: needed && gate.tokenNeeded(header) } };
    },
    setUp: setUpOnce,
    setUpAlias: setUpOnce as unknown as HandlersFor<typeof userRoutes>['setUpAlias'],
    logIn: (request) => loggedIn(request, users.login({ ...request.body, address: request.clientAddress() })),
    // In development mode nothing but the cookie is a login.
    logOut: ({ context, setCookie }) =>
      loggedOut(context.credentials?.type === 'developer' ? null : users.logout(context), setCookie),
    logOutEverywhere: ({ context, setCookie }) => loggedOut(users.logoutEverywhere(context), setCookie),
    refreshLogin: (request) => loggedIn(request, users.refresh(request.context)),
    showSession: ({ context }) => answering(users.me(context), sessionOf),
    changePassword: (request) => loggedIn(request, users.changePassword(request.context, request.body)),
    listUsers: ({ context, query: { limit, after = null } }) =>
      answering(users.list(context, { after, limit }), (page) => ({
        users: page.map(userOf),
        nextAfter: page.length < limit ? null : (page.at(-1)?.userId ?? null),
      })),
    createUser: ({ context, body }) => answering(users.create(context, body), userOf),
    updateUser: ({ context, params, body }) => answering(users.update(context, params.id, body), userOf),
    deleteUser: ({ context, params }) =>
      answering(users.delete(context, params.id), (gone) => ({ userId: params.id, deleted: true as const, ...gone })),
  };
}

export function sessionOf(me: Me): RouteAnswer<typeof showSession> {
  return { ...personOf(me), hasPassword: me.hasPassword };
}

function personOf({ userId, email, name, roles }: Person): RouteAnswer<typeof logIn>['user'] {
  return { userId, email, name, roles: [...roles] };
}

function userOf(user: UserView): RouteAnswer<typeof createUser> {
  const { disabled, createdAt, updatedAt } = user;
  return { ...personOf(user), disabled, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}
