import * as z from 'zod';
import { count } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** What is still to be said to the outside. */

export const showOutbox = defineRoute({
  name: 'showOutbox',
  method: 'GET',
  path: '/api/outbox',
  auth: 'operator',
  tag: 'Administration',
  summary: 'Show what waits to be sent',
  description:
    'Everything that a change sends to the outside is stored with it, and sent soon after. A number that grows means ' +
    'that something outside does not answer.',
  answer: z.object({
    messages: count(Number.MAX_SAFE_INTEGER).describe('Stored and not sent yet: webhooks, messages for workers.'),
  }),
  example: { answer: { messages: 3 } },
});

export const outboxRoutes = table(showOutbox);
