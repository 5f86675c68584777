import * as z from 'zod';
import { limits, pageSize, time, userId } from './fields.ts';
import { moment } from './moment.ts';
import { defineRoute, table } from './route.ts';

/** Who changed what. */

const action = z.string().min(1).max(100).regex(/^[a-zA-Z]+$/, { error: 'must be the name of a route' });
const target = z.string().min(1).max(limits.valueLength);
const cursor = z.uuid().toLowerCase().describe('`nextCursor` of the previous page.');

const entry = {
  id: '01935a42-3c5d-7d10-a9be-0c1d2e3f4a5b',
  at: '2026-11-22T09:00:00.000Z',
  actor: 'root',
  address: '192.0.2.7',
  credential: 'login',
  action: 'updateUser',
  target: 'mira',
  details: { roles: ['user', 'operator'], fields: ['password'] },
} as const;

export const listAudit = defineRoute({
  name: 'listAudit',
  method: 'GET',
  path: '/api/audit',
  auth: 'admin',
  tag: 'Administration',
  summary: 'List changes by operators and administrators',
  description:
    'Newest first: users and their roles and passwords, keys of others, credits and plans, providers, secrets, ' +
    'limits of types, schedules, webhooks, and jobs of others that were retried, canceled or deleted. Kept for ' +
    '`AUDIT_RETENTION_DAYS`.',
  query: z.object({
    actor: userId.exactOptional().describe('Only what this user did.'),
    action: action.exactOptional().describe('Only this: the name of a route, such as `updateUser`.'),
    target: target.exactOptional().describe('Only what was done to this: an id or a name.'),
    from: moment.exactOptional().describe('Done at this time or later.'),
    before: moment.exactOptional().describe('Done before.'),
    limit: pageSize,
    cursor: cursor.exactOptional(),
  }),
  answer: z.object({
    entries: z.array(
      z.object({
        id: z.string(),
        at: time,
        actor: z.string(),
        address: z.string().nullable().describe('IP address of the client; null if it is not known.'),
        credential: z
          .string()
          .describe('`login`, `jwt` (of another issuer), `developer` (development mode), `host` ' +
            '(the program that embeds the server), or `key` and the key’s id.'),
        action: z.string().describe('Name of the route.'),
        target: z.string().describe('Id or name of what was changed; empty if it has none.'),
        details: z
          .record(z.string(), z.unknown())
          .describe('What was asked for, without secrets: `fields` names what else was given.'),
      }),
    ),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
  }),
  example: { query: { actor: 'root', limit: 50 }, answer: { entries: [entry], nextCursor: null } },
});

export const auditRoutes = table(listAudit);
