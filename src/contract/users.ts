import * as z from 'zod';
import { count, email, limits, line, pageSize, role, time, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** People who log in with a password. */

const password = z.string().min(10).max(200);
const newPassword = password.describe('10 to 200 characters; neither the user id nor the email address.');
/** Too short or too long is wrong like any other: only the rules for new ones are told. */
const anyPassword = z.string().min(1).max(200);
const roles = z.array(role).min(1).max(3);
const name = line(limits.nameLength).describe('For people.');

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
  userId: userId.exactOptional().describe('The email address in lower case if left out; one of the two is needed.'),
  email: email.exactOptional(),
  name: name.exactOptional(),
  password: newPassword,
});

/** Either of two fields has to be there. */
function isNamed(input: { readonly userId?: string; readonly email?: string }): boolean {
  return input.userId !== undefined || input.email !== undefined;
}
const unnamed = { path: ['userId'], error: 'is required, or email' };

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
const cookie = 'The answer also sets the token as the cookie `waybill_session` (HttpOnly, SameSite=Strict), for pages.';

export const showSetup = defineRoute({
  name: 'showSetup',
  method: 'GET',
  path: '/api/v1/setup',
  auth: 'none',
  tag: 'Users',
  summary: 'Is there an administrator yet',
  description: 'Says no more than `POST` to the same path would.',
  answer: z.object({
    needed: z.boolean().describe('Whether there is no administrator yet, and one may be made with a password.'),
    tokenNeeded: z.boolean().describe('Whether that needs the setup token.'),
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
      .describe('What the server printed at its start, or `SETUP_TOKEN`; also taken as the header `X-Setup-Token`.'),
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
  summary: 'Make the first administrator',
  description:
    'With every role, and logged in. Works once: 409 as soon as there is an administrator; of several at once one is ' +
    'made. A server that listens on loopback alone, with no proxy before it, asks for nothing else. Any other wants ' +
    'the setup token. JSON from the same origin only, and 403 later than an hour after the start, unless with the ' +
    `token of \`SETUP_TOKEN\`. ${cookie}`,
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
  summary: 'Make the first administrator, by another path',
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
  summary: 'Log in with a password',
  description:
    `Gives a JWT. ${cookie} 401 whether the password is wrong, the user unknown or disabled. In 15 minutes a user ` +
    'may be tried 10 times from one address, and 100 times from all those that it has not logged in from before; an ' +
    'address may try 50 times. Then 429 with `Retry-After`. A success is not counted. JSON only, and from the ' +
    'server’s own pages or those of `ALLOWED_ORIGINS`.',
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
  summary: 'End the token that this is asked with',
  description:
    'At once, at every server, together with those that it was refreshed to. Works for JWTs that others made too; ' +
    '409 for an API key, which is revoked instead. Takes the cookie away.',
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
  summary: 'Get a new token for the one that this is asked with',
  description:
    'For logins with a password; the token of before stays good until it expires. 401 when the password was given 30 ' +
    `days ago; 409 for JWTs that others made and for API keys. ${cookie}`,
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
  summary: 'Show who you are',
  answer: z.object({
    ...person,
    hasPassword: z.boolean().describe('Whether you can log in here; false when only a JWT from elsewhere names you.'),
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
    'Ends every login made before, this one too, and gives a new one. Your API keys are revoked as well, unless you ' +
    `say to keep them. A wrong \`current\` may be sent 10 times in 15 minutes. ${cookie}`,
  body: z.object({
    current: anyPassword,
    next: newPassword,
    keepTokens: z.boolean().default(false).describe('Whether your API keys stay good.'),
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
  summary: 'List the users who log in with a password',
  description: 'By their ids, whatever their case.',
  query: z.object({
    limit: pageSize,
    after: userId.exactOptional().describe('Users behind this one follow; `nextAfter` of the page before.'),
  }),
  answer: z.object({
    users: z.array(user),
    nextAfter: userId.nullable().describe('What to send as `after` for the next page; null when this was the last.'),
  }),
  example: { query: { limit: limits.defaultPageSize }, answer: { users: [mira, root], nextAfter: null } },
});

export const createUser = defineRoute({
  name: 'createUser',
  method: 'POST',
  path: '/api/v1/users',
  auth: 'admin',
  tag: 'Users',
  summary: 'Make a user',
  description:
    '409 when the id or the email address is taken, also in another case. The jobs and the account that were kept ' +
    'under the id are the new user’s; API keys that were made for it are revoked.',
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
  summary: 'Change a user',
  description:
    'What is left out stays as it is. Roles count from now on, also for logins and API keys made before; disabling ' +
    'and a new password end the logins, and a new password revokes the API keys. While a user is disabled its API ' +
    'keys are not taken and its schedules stand still. 409 when no enabled user would have the role `admin`, or when ' +
    'the email address is another user’s.',
  params: z.object({ id: userId }),
  body: z.object({
    email: email.nullable().exactOptional().describe('Null takes it away.'),
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
    'With its API keys and logins, at once; its schedules are switched off. Its jobs and its account stay. ' +
    '409 when no enabled user would have the ' +
    'role `admin`.',
  params: z.object({ id: userId }),
  answer: z.object({ userId, deleted: z.literal(true), schedulesSwitchedOff: count(Number.MAX_SAFE_INTEGER) }),
  errors: ['conflict'],
  example: { params: { id: 'mira' }, answer: { userId: 'mira', deleted: true, schedulesSwitchedOff: 1 } },
});

export const userRoutes = table(
  showSetup, setUp, setUpAlias, logIn, logOut, refreshLogin, showSession, changePassword, listUsers, createUser,
  updateUser, deleteUser,
);
