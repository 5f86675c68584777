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
} as const;

export const createToken = defineRoute({
  name: 'createToken',
  method: 'POST',
  path: '/api/tokens',
  auth: 'user',
  tag: 'Tokens',
  summary: 'Create an API key',
  description:
    'Its `key` is shown this once; send it as `Authorization: Bearer <key>`. For yourself with your own roles at ' +
    'most, or for anybody by an administrator. One that is made with another API key ends when that does, whatever ' +
    'is asked for, and is revoked with it. What a key may do is never more than its user may at that time. 409 when ' +
    'the user has 100 that are live.',
  body: z.object({
    name: line(limits.nameLength).describe('For people: where the key is used.'),
    userId: userId.exactOptional().describe('Yours if left out.'),
    roles: z.array(role).min(1).max(3).exactOptional().describe('Yours if left out.'),
    expiresInDays: count(3_650, 1).nullable().default(365).describe('Null: never.'),
  }),
  answer: token.extend({ key: z.string().describe('Starts with `wb_`. Keep it: it cannot be shown again.') }),
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
    'The live ones first, then those that were revoked or have expired (of each user the newest 200), each newest ' +
    'first; an administrator sees everybody’s. Never the keys themselves.',
  query: z.object({
    userId: userId.exactOptional().describe('For administrators: this user’s alone.'),
    limit: pageSize,
    cursor: z
      .string()
      .regex(/^(live|dead)\.\d{1,15}\.[0-9a-f-]{36}$/, { error: 'must be the `nextCursor` of a page' })
      .exactOptional()
      .describe('`nextCursor` of the page before.'),
  }),
  answer: z.object({ tokens: z.array(token), nextCursor: z.string().nullable().describe('Null: the last page.') }),
  example: { query: { limit: limits.defaultPageSize }, answer: { tokens: [saved], nextCursor: null } },
});

export const revokeToken = defineRoute({
  name: 'revokeToken',
  method: 'DELETE',
  path: '/api/tokens/:id',
  auth: 'user',
  tag: 'Tokens',
  summary: 'Revoke an API key',
  description: 'At once and for good, together with the keys that were made with it.',
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
  description: 'At once and for good, the one included that this is asked with, if it is one.',
  query: z.object({ userId: userId.exactOptional().describe('For administrators: this user’s instead.') }),
  answer: z.object({ revoked: count(Number.MAX_SAFE_INTEGER).describe('How many were live or expired.') }),
  example: { answer: { revoked: 3 } },
});

export const tokenRoutes = table(listTokens, createToken, revokeTokens, revokeToken);
