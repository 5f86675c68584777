import * as z from 'zod';
import { count, limits, line, pageSize, role, time, tokenId, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** API keys for programs. */

const token = z
  .object({
    tokenId,
    userId,
    roles: z.array(role),
    name: z.string(),
    createdAt: time,
    expiresAt: time.nullable().describe('Null: never.'),
    revokedAt: time.nullable(),
    lastUsedAt: time.nullable().describe('To the minute; null if it was never used.'),
  })
  .meta({ id: 'Token' });

const saved = {
  tokenId: '01935a42-3c5d-7d10-a9be-0c1d2e3f4a5b',
  userId: 'mira',
  roles: ['user'],
  name: 'shop importer',
  createdAt: '2026-11-22T09:00:00.000Z',
  expiresAt: '2027-11-22T09:00:00.000Z',
  revokedAt: null,
  lastUsedAt: '2026-11-22T10:41:07.118Z',
} as const;

export const createToken = defineRoute({
  name: 'createToken',
  method: 'POST',
  path: '/api/tokens',
  auth: 'user',
  tag: 'Tokens',
  summary: 'Create an API key',
  description:
    'The `key` is shown only once; send it as `Authorization: Bearer <key>`. Users create keys for themselves, ' +
    'with at most their own roles; administrators create keys for anybody. A key that is created with another API ' +
    'key expires no later than that key, and is revoked with it. A key never allows more than its user is allowed ' +
    'at the time. 409 when the user has 100 live keys.',
  body: z.object({
    name: line(limits.nameLength).describe('Label: where the key is used.'),
    userId: userId.exactOptional().describe('Default: your own.'),
    roles: z.array(role).min(1).max(3).exactOptional().describe('Default: your own.'),
    expiresInDays: count(3_650, 1).nullable().default(365).describe('Null: never.'),
  }),
  answer: token.extend({ key: z.string().describe('Starts with `wb_`. Store it: it cannot be shown again.') }),
  status: 201,
  errors: ['conflict'],
  example: {
    body: { name: 'shop importer', expiresInDays: 365 },
    answer: { ...saved, key: 'wb_4fJ0cV7yQm2sXb9TnK1eRzW5uLhP8aGd' },
  },
});

export const listTokens = defineRoute({
  name: 'listTokens',
  method: 'GET',
  path: '/api/tokens',
  auth: 'user',
  tag: 'Tokens',
  summary: 'List your API keys',
  description:
    'Live keys first, then revoked and expired ones (the newest 200 of each user), newest first. Administrators ' +
    'see everybody’s. Never includes the secret.',
  query: z.object({
    userId: userId.exactOptional().describe('Only keys of this user; for administrators.'),
    limit: pageSize,
    cursor: z
      .string()
      .regex(/^(live|dead)\.\d{1,15}\.[0-9a-f-]{36}$/, { error: 'must be the `nextCursor` of a page' })
      .exactOptional()
      .describe('`nextCursor` of the previous page.'),
  }),
  answer: z.object({ tokens: z.array(token), nextCursor: z.string().nullable().describe('Null on the last page.') }),
  example: { query: { limit: limits.defaultPageSize }, answer: { tokens: [saved], nextCursor: null } },
});

export const revokeToken = defineRoute({
  name: 'revokeToken',
  method: 'DELETE',
  path: '/api/tokens/:id',
  auth: 'user',
  tag: 'Tokens',
  summary: 'Revoke an API key',
  description: 'Takes effect at once and cannot be undone. Also revokes the keys that were created with it.',
  params: z.object({ id: tokenId }),
  answer: z.object({ tokenId, revoked: z.literal(true) }),
  example: { params: { id: saved.tokenId }, answer: { tokenId: saved.tokenId, revoked: true } },
});

export const revokeTokens = defineRoute({
  name: 'revokeTokens',
  method: 'DELETE',
  path: '/api/tokens',
  auth: 'user',
  tag: 'Tokens',
  summary: 'Revoke all your API keys',
  description: 'Takes effect at once and cannot be undone; includes the key that authenticates this request.',
  query: z.object({ userId: userId.exactOptional().describe(
    'Revoke the keys of this user instead; for administrators.',
  ) }),
  answer: z.object({ revoked: count(Number.MAX_SAFE_INTEGER).describe(
    'Number of keys that were revoked, expired ones included.',
  ) }),
  example: { answer: { revoked: 3 } },
});

export const tokenRoutes = table(listTokens, createToken, revokeTokens, revokeToken);
