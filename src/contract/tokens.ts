import * as z from 'zod';
import { count, limits, line, role, time, tokenId, userId } from './fields.ts';
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
    'most, or for anybody by an administrator.',
  body: z.object({
    name: line(limits.nameLength).describe('For people: where the key is used.'),
    userId: userId.exactOptional().describe('Yours if left out.'),
    roles: z.array(role).min(1).max(3).exactOptional().describe('Yours if left out.'),
    expiresInDays: count(3_650, 1).nullable().default(365).describe('Null: never.'),
  }),
  answer: token.extend({ key: z.string().describe('Starts with `wb_`. Keep it: it cannot be shown again.') }),
  status: 201,
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
  description: 'Newest first, revoked ones included; an administrator sees everybody’s. Never the keys themselves.',
  answer: z.object({ tokens: z.array(token) }),
  example: { answer: { tokens: [saved] } },
});

export const revokeToken = defineRoute({
  name: 'revokeToken',
  method: 'DELETE',
  path: '/api/tokens/:id',
  auth: 'user',
  tag: 'Tokens',
  summary: 'Revoke an API key',
  description: 'At once and for good.',
  params: z.object({ id: tokenId }),
  answer: z.object({ tokenId, revoked: z.literal(true) }),
  example: { params: { id: saved.tokenId }, answer: { tokenId: saved.tokenId, revoked: true } },
});

export const tokenRoutes = table(listTokens, createToken, revokeToken);
