import * as z from 'zod';
import { count, email, limits, line, pageSize, role, time, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** People who log in with a password. */

const password = z.string().min(10).max(200);
const newPassword = password.describe('10 to 200 characters; must be neither the user id nor the email address.');
/** Too short or too long is wrong like any other: only the rules for new ones are told. */
const anyPassword = z.string().min(1).max(200);
const roles = z.array(role).min(1).max(3);
const name = line(limits.nameLength).describe('Display name.');

const person = {
  userId,
  email: email.nullable(),
  name: name.nullable(),
  roles: z.array(role),
};

const user = z
  .object({
    ...person,
    disabled: z.boolean().describe('Cannot log in.'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'User' });

const login = z
  .object({
    token: z.string().describe('Send it as `Authorization: Bearer <token>`.'),
    expiresAt: time,
    user: z.object(person),
  })
  .meta({ id: 'Login' });

const newUser = z.object({
  userId: userId.exactOptional().describe('Default: the email address in lower case. One of the two is required.'),
  email: email.exactOptional(),
  name: name.exactOptional(),
  password: newPassword,
});

/** One of two fields is required. */
function isNamed(input: { readonly userId?: string; readonly email?: string }): boolean {
  return input.userId !== undefined || input.email !== undefined;
}
const unnamed = { path: ['userId'], error: 'is required unless email is given' };

const root = {
  userId: 'root',
  email: 'root@shop.example',
  name: 'Rut',
  roles: ['user', 'operator', 'admin'],
  disabled: false,
  createdAt: '2026-11-22T09:00:00.000Z',
  updatedAt: '2026-11-22T09:00:00.000Z',
} as const;
const mira = { ...root, userId: 'mira', email: null, name: null, roles: ['user'] } as const;
const passphrase = 'seven green boats at noon';
const session = {
  token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ3YXliaWxsIiwic3ViIjoibWlyYSJ9.k1vA0bq',
  expiresAt: '2026-11-22T21:30:00.000Z',
  user: { userId: 'mira', email: null, name: null, roles: ['user'] },
} as const;
const cookie = 'Also sets the token as the cookie `waybill_session` (HttpOnly, SameSite=Strict), for web pages.';

export const showSetup = defineRoute({
  name: 'showSetup',
  method: 'GET',
  path: '/api/v1/setup',
  auth: 'none',
  tag: 'Users',
  summary: 'Setup status',
  description: 'Reveals no more than a `POST` to the same path.',
  answer: z.object({
    needed: z.boolean().describe('True while there is no administrator and one may be created with a password.'),
    tokenNeeded: z.boolean().describe('Whether setup requires the setup token.'),
  }),
  errors: ['unavailable'],
  example: { answer: { needed: true, tokenNeeded: false } },
});

const setUpBody = newUser
  .extend({
    setupToken: z
      .string()
      .max(1_000)
      .exactOptional()
      .describe(
        'Printed by the server when it starts, or the value of `SETUP_TOKEN`; also accepted as the header ' +
          '`X-Setup-Token`.',
      ),
  })
  .refine(isNamed, unnamed);
const setUpErrors = ['unauthenticated', 'forbidden', 'conflict', 'unavailable'] as const;
const setUpExample = {
  body: { email: 'root@shop.example', name: 'Rut', password: passphrase },
  answer: {
    ...session, user: { userId: 'root@shop.example', email: 'root@shop.example', name: 'Rut', roles: root.roles },
  },
} as const;

export const setUp = defineRoute({
  name: 'setUp',
  method: 'POST',
  path: '/api/v1/setup',
  auth: 'none',
  tag: 'Users',
  summary: 'Create the first administrator',
  description:
    'Creates a user with every role, and logs it in. Works once: 409 as soon as there is an administrator. A server ' +
    'that listens on loopback only, without a proxy in front of it, requires no setup token; any other does. JSON ' +
    'from the same origin only; 403 more than an hour after the server started, unless `SETUP_TOKEN` is set. ' +
    cookie,
  body: setUpBody,
  answer: login,
  status: 201,
  pages: 'own',
  errors: setUpErrors,
  example: setUpExample,
});

export const setUpAlias = defineRoute({
  name: 'setUpAlias',
  method: 'POST',
  path: '/api/v1/auth/setup',
  auth: 'none',
  tag: 'Users',
  summary: 'Create the first administrator (alias)',
  description: 'The same as `POST /api/v1/setup`.',
  body: setUpBody,
  answer: login,
  status: 201,
  pages: 'own',
  errors: setUpErrors,
  example: setUpExample,
});

export const logIn = defineRoute({
  name: 'logIn',
  method: 'POST',
  path: '/api/v1/auth/login',
  auth: 'none',
  tag: 'Users',
  summary: 'Log in',
  description:
    `With a password; returns a JWT. ${cookie} 401 if the password is wrong, or the user is unknown or disabled. ` +
    'Failed attempts in 15 minutes are limited: 10 for a user from one address, 100 for a user from all addresses ' +
    'that it has not logged in from before, and 50 from one address. Then 429 with `Retry-After`. JSON only, from ' +
    'pages of the server or of `ALLOWED_ORIGINS`.',
  body: z
    .object({ userId: userId.exactOptional(), email: email.exactOptional(), password: anyPassword })
    .refine(isNamed, unnamed),
  answer: login,
  pages: 'allowed',
  errors: ['unauthenticated', 'forbidden', 'rate_limit', 'unavailable'],
  example: { body: { userId: 'mira', password: passphrase }, answer: session },
});

export const logOut = defineRoute({
  name: 'logOut',
  method: 'POST',
  path: '/api/v1/auth/logout',
  auth: 'user',
  tag: 'Users',
  summary: 'Log out',
  description:
    'Ends the token of this request, and those that it was refreshed to, at once and on every server. Works for ' +
    'JWTs of other issuers, too; 409 for an API key, which is revoked instead. Clears the cookie.',
  answer: z.object({ loggedOut: z.literal(true) }),
  errors: ['conflict'],
  example: { answer: { loggedOut: true } },
});

export const logOutEverywhere = defineRoute({
  name: 'logOutEverywhere',
  method: 'POST',
  path: '/api/v1/auth/logout-everywhere',
  auth: 'user',
  tag: 'Users',
  summary: 'Log out everywhere',
  description:
    'Ends all your logins, this one included, at once and on every server; your API keys stay. 409 for an API key, ' +
    'and for users who have no password here. Clears the cookie.',
  answer: z.object({ loggedOut: z.literal(true) }),
  errors: ['conflict'],
  example: { answer: { loggedOut: true } },
});

export const refreshLogin = defineRoute({
  name: 'refreshLogin',
  method: 'POST',
  path: '/api/v1/auth/refresh',
  auth: 'user',
  tag: 'Users',
  summary: 'Refresh a login',
  description:
    'Returns a new token for a password login; the old token stays valid until it expires. 401 if the password was ' +
    `entered more than 30 days ago; 409 for JWTs of other issuers and for API keys. ${cookie}`,
  answer: login,
  errors: ['conflict'],
  example: { answer: session },
});

export const showSession = defineRoute({
  name: 'showSession',
  method: 'GET',
  path: '/api/v1/auth/me',
  auth: 'user',
  tag: 'Users',
  summary: 'Show the current user',
  answer: z.object({
    ...person,
    hasPassword: z.boolean().describe(
      'Whether you can log in here; false for users who are known only by a JWT of another issuer.',
    ),
  }),
  example: { answer: { ...session.user, hasPassword: true } },
});

export const changePassword = defineRoute({
  name: 'changePassword',
  method: 'POST',
  path: '/api/v1/auth/password',
  auth: 'user',
  tag: 'Users',
  summary: 'Change your password',
  description:
    'Ends all your logins, including this one, and returns a new one. Also revokes your API keys, unless ' +
    `\`keepTokens\` is true. At most 10 attempts with a wrong \`current\` in 15 minutes. ${cookie}`,
  body: z.object({
    current: anyPassword,
    next: newPassword,
    keepTokens: z.boolean().default(false).describe('Keep your API keys instead of revoking them.'),
  }),
  answer: login,
  errors: ['not_found', 'rate_limit'],
  example: { body: { current: passphrase, next: 'eight blue boats at noon' }, answer: session },
});

export const listUsers = defineRoute({
  name: 'listUsers',
  method: 'GET',
  path: '/api/v1/users',
  auth: 'admin',
  tag: 'Users',
  summary: 'List users',
  description: 'Users who log in with a password, by id, ignoring case.',
  query: z.object({
    limit: pageSize,
    after: userId.exactOptional().describe('Return the users after this one: `nextAfter` of the previous page.'),
  }),
  answer: z.object({
    users: z.array(user),
    nextAfter: userId.nullable().describe('Send it as `after` to get the next page; null on the last page.'),
  }),
  example: { query: { limit: limits.defaultPageSize }, answer: { users: [mira, root], nextAfter: null } },
});

export const createUser = defineRoute({
  name: 'createUser',
  method: 'POST',
  path: '/api/v1/users',
  auth: 'admin',
  tag: 'Users',
  summary: 'Create a user',
  description:
    'Logs in with a password. 409 when the id or the email address is taken, ignoring case. Jobs and an account ' +
    'that exist under the id become the new user’s; API keys that were created for the id are revoked.',
  body: newUser.extend({ roles: roles.default(['user']) }).refine(isNamed, unnamed),
  answer: user,
  status: 201,
  errors: ['conflict'],
  example: { body: { userId: 'mira', password: passphrase, roles: ['user'] }, answer: mira },
});

export const updateUser = defineRoute({
  name: 'updateUser',
  method: 'PUT',
  path: '/api/v1/users/:id',
  auth: 'admin',
  tag: 'Users',
  summary: 'Update a user',
  description:
    'Fields that are left out do not change. New roles apply at once, to existing logins and API keys as well. ' +
    'Disabling a user, and a new password, end its logins; a new password also revokes its API keys. While a user ' +
    'is disabled, its API keys are refused and its schedules are paused. 409 when no enabled user would have the ' +
    'role `admin`, or when another user has the email address.',
  params: z.object({ id: userId }),
  body: z.object({
    email: email.nullable().exactOptional().describe('Null removes it.'),
    name: name.nullable().exactOptional(),
    roles: roles.exactOptional(),
    disabled: z.boolean().exactOptional(),
    password: newPassword.exactOptional(),
  }),
  answer: user,
  errors: ['conflict'],
  example: {
    params: { id: 'mira' },
    body: { roles: ['user', 'operator'] },
    answer: { ...mira, roles: ['user', 'operator'] },
  },
});

export const deleteUser = defineRoute({
  name: 'deleteUser',
  method: 'DELETE',
  path: '/api/v1/users/:id',
  auth: 'admin',
  tag: 'Users',
  summary: 'Delete a user',
  description:
    'Ends its logins, revokes its API keys and disables its schedules, at once. Its jobs and its account stay. 409 ' +
    'when no enabled user would have the role `admin`.',
  params: z.object({ id: userId }),
  answer: z.object({ userId, deleted: z.literal(true), schedulesSwitchedOff: count(Number.MAX_SAFE_INTEGER) }),
  errors: ['conflict'],
  example: { params: { id: 'mira' }, answer: { userId: 'mira', deleted: true, schedulesSwitchedOff: 1 } },
});

export const userRoutes = table(
  showSetup, setUp, setUpAlias, logIn, logOut, logOutEverywhere, refreshLogin, showSession, changePassword, listUsers,
  createUser, updateUser, deleteUser,
);
