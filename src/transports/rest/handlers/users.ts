import type { Login, Users, UserView } from '../../../application/users/users.ts';
import type { Result } from '../../../contract/errors.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { createUser, logIn, userRoutes } from '../../../contract/users.ts';
import type { SignLogin } from '../auth/logins.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';
import { iso } from './times.ts';

export function userHandlers(users: Users, sign: SignLogin): HandlersFor<typeof userRoutes> {
  const loggedIn = async (asked: Promise<Result<Login>>): Promise<Result<RouteAnswer<typeof logIn>>> => {
    const login = await asked;
    if (!login.ok) return login;
    const { userId, roles } = login.value;
    const { token, expiresAt } = await sign(login.value);
    return { ok: true, value: { token, expiresAt: iso(expiresAt), user: { userId, roles: [...roles] } } };
  };
  return {
    showSetup: async () => ({ ok: true, value: { needed: await users.needsSetup() } }),
    setUp: ({ body }) => answering(users.setup(body), userOf),
    logIn: ({ body, clientAddress }) => loggedIn(users.login({ ...body, address: clientAddress() })),
    showSession: ({ context }) => users.me(context),
    changePassword: ({ context, body }) => loggedIn(users.changePassword(context, body)),
    listUsers: ({ context, query: { limit, after = null } }) =>
      answering(users.list(context, { after, limit }), (page) => ({
        users: page.map(userOf),
        nextAfter: page.length < limit ? null : (page.at(-1)?.userId ?? null),
      })),
    createUser: ({ context, body }) => answering(users.create(context, body), userOf),
    updateUser: ({ context, params, body }) => answering(users.update(context, params.id, body), userOf),
    deleteUser: ({ context, params }) =>
      answering(users.delete(context, params.id), () => ({ userId: params.id, deleted: true as const })),
  };
}

function userOf({ userId, roles, disabled, createdAt, updatedAt }: UserView): RouteAnswer<typeof createUser> {
  return { userId, roles, disabled, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}
