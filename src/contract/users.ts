import * as z from 'zod';
import { limits, pageSize, role, time, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** People who log in with a password. */

const password = z.string().min(10).max(200);
const newPassword = password.describe('10 to 200 characters; not the user id.');
/** Too short or too long is wrong like any other: only the rules for new ones are told. */
const anyPassword = z.string().min(1).max(200);
const roles = z.array(role).min(1).max(3);

const user = z
  .object({
    userId,
    roles: z.array(role),
    disabled: z.boolean().describe('Cannot log in.'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'User' });

const login = z
  .object({
    token: z.string().describe('Send it as `Authorization: Bearer <token>`.'),
    expiresAt: time,
    user: z.object({ userId, roles: z.array(role) }),
  })
  .meta({ id: 'Login' });

const root = {
  userId: 'root',
  roles: ['user', 'operator', 'admin'],
  disabled: false,
  createdAt: '2026-11-22T09:00:00.000Z',
  updatedAt: '2026-11-22T09:00:00.000Z',
} as const;
const mira = { ...root, userId: 'mira', roles: ['user'] } as const;
const passphrase = 'seven green boats at noon';
const session = {
  token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ3YXliaWxsIiwic3ViIjoibWlyYSJ9.k1vA0bq',
  expiresAt: '2026-11-22T21:30:00.000Z',
  user: { userId: 'mira', roles: ['user'] },
} as const;

export const showSetup = defineRoute({
  name: 'showSetup',
  method: 'GET',
  path: '/api/v1/setup',
  auth: 'none',
  tag: 'Users',
  summary: 'Is there a user yet',
  description: 'Says no more than `POST` to the same path would.',
  answer: z.object({ needed: z.boolean() }),
  errors: ['unavailable'],
  example: { answer: { needed: true } },
});

export const setUp = defineRoute({
  name: 'setUp',
  method: 'POST',
  path: '/api/v1/setup',
  auth: 'none',
  tag: 'Users',
  summary: 'Make the first user',
  description:
    'An administrator, with every role; needs no credentials and works once: 409 as soon as there is any user. ' +
    'Of several at once one is made.',
  body: z.object({ userId, password: newPassword }),
  answer: user,
  status: 201,
  errors: ['conflict', 'unavailable'],
  example: { body: { userId: 'root', password: passphrase }, answer: root },
});

export const logIn = defineRoute({
  name: 'logIn',
  method: 'POST',
  path: '/api/v1/auth/login',
  auth: 'none',
  tag: 'Users',
  summary: 'Log in with a password',
  description:
    'Gives a JWT. 401 whether the password is wrong, the user unknown or disabled. In 15 minutes a user id may be ' +
    'tried 10 times and an address 50 times, then 429 with `Retry-After`; a success forgets the tries of its user id.',
  body: z.object({ userId, password: anyPassword }),
  answer: login,
  errors: ['unauthenticated', 'rate_limit', 'unavailable'],
  example: { body: { userId: 'mira', password: passphrase }, answer: session },
});

export const showSession = defineRoute({
  name: 'showSession',
  method: 'GET',
  path: '/api/v1/auth/me',
  auth: 'user',
  tag: 'Users',
  summary: 'Show who you are',
  answer: z.object({
    userId,
    roles: z.array(role),
    hasPassword: z.boolean().describe('Whether you can log in here; false when only a JWT from elsewhere names you.'),
  }),
  example: { answer: { userId: 'mira', roles: ['user'], hasPassword: true } },
});

export const changePassword = defineRoute({
  name: 'changePassword',
  method: 'POST',
  path: '/api/v1/auth/password',
  auth: 'user',
  tag: 'Users',
  summary: 'Change your password',
  description:
    'Ends every login made before, this one too, and gives a new one. API keys stay good. A wrong `current` may be ' +
    'sent 10 times in 15 minutes.',
  body: z.object({ current: anyPassword, next: newPassword }),
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
  description: '409 when the id is taken, also in another case. What was kept under the id is the new user’s.',
  body: z.object({ userId, password: newPassword, roles: roles.default(['user']) }),
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
    'What is left out stays as it is. Roles count from now on, also for logins made before; disabling and a new ' +
    'password end those. A disabled user’s API keys are not taken. 409 when no enabled user would have the role ' +
    '`admin`.',
  params: z.object({ id: userId }),
  body: z.object({
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
    'With its API keys and logins, at once. Its jobs and its account stay. 409 when no enabled user would have the ' +
    'role `admin`.',
  params: z.object({ id: userId }),
  answer: z.object({ userId, deleted: z.literal(true) }),
  errors: ['conflict'],
  example: { params: { id: 'mira' }, answer: { userId: 'mira', deleted: true } },
});

export const userRoutes = table(
  showSetup, setUp, logIn, showSession, changePassword, listUsers, createUser, updateUser, deleteUser,
);
