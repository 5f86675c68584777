import * as z from 'zod';
import { count, jobId, namesOf, pageSize, time, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';
import { webhookUrl } from './webhook-url.ts';

/** What the server tells other servers when jobs end. */

const deliveryId = z.uuid().toLowerCase().describe('UUIDv7 of the delivery: the `webhook-id` that receivers see.');
const byDelivery = z.object({ id: deliveryId });
const deliveryState = z
  .enum(namesOf<'pending' | 'delivered' | 'failed' | 'disabled'>({
    pending: true, delivered: true, failed: true, disabled: true,
  }))
  .describe(
    '`failed`: the last attempt failed. `disabled`: the endpoint answered 410 to this delivery or an earlier one.',
  );

const secrets = z
  .object({
    secret: z.string().describe('`whsec_` and base64: receivers verify signatures with it.'),
    createdAt: time,
    previous: z
      .array(z.object({ createdAt: time, expiresAt: time.nullable() }))
      .describe('Previous secrets that still sign, until they expire.'),
  })
  .meta({ id: 'WebhookSecret' });

const delivery = z
  .object({
    deliveryId,
    jobId: jobId.nullable().describe('Null of a test.'),
    ownerId: userId,
    url: z.string(),
    type: z
      .string()
      .describe('`job.` with the status of the job in lower case: `job.completed`, `job.failed`, `job.timed_out`; ' +
        'or `webhook.test`.'),
    state: deliveryState,
    attempts: count(1_000_000).describe('Attempts since it was created or replayed, the current one included.'),
    nextAttemptAt: time.nullable().describe('Null if no further attempt follows.'),
    createdAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

const attempt = z
  .object({
    at: time,
    status: z.int().nullable().describe('HTTP status; null if there was no response.'),
    error: z.string().nullable().describe('What went wrong; null on success.'),
    body: z.string().nullable().describe('How the response’s body begins, at most 1,024 bytes; null if none came.'),
    durationMs: count(Number.MAX_SAFE_INTEGER),
  })
  .meta({ id: 'WebhookAttempt' });

const params = { id: '01935a45-6e7f-7c21-8b3a-4d5e6f708192' };
const exampleUrl = 'https://shop.example/hooks/waybill';
const secret = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwQkYqH1s2dEg=',
  createdAt: '2026-11-22T09:00:00.000Z',
  previous: [],
} as const;
const delivered = {
  deliveryId: params.id,
  jobId: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41',
  ownerId: 'mira',
  url: exampleUrl,
  type: 'job.completed',
  state: 'delivered',
  attempts: 1,
  nextAttemptAt: null,
  createdAt: '2026-11-22T09:31:12.500Z',
  endedAt: '2026-11-22T09:31:12.640Z',
} as const;
const replayed = {
  ...delivered, state: 'pending', attempts: 0, nextAttemptAt: '2026-11-22T09:40:00.000Z', endedAt: null,
} as const;

export const getWebhookSecret = defineRoute({
  name: 'getWebhookSecret',
  method: 'GET',
  path: '/api/v1/webhooks/secret',
  auth: 'user',
  tag: 'Webhooks',
  summary: 'Show your signing secret',
  description: 'One secret signs the webhooks of all your jobs. It is created when it is first needed.',
  answer: secrets,
  example: { answer: secret },
});

export const rotateWebhookSecret = defineRoute({
  name: 'rotateWebhookSecret',
  method: 'POST',
  path: '/api/v1/webhooks/secret/rotate',
  auth: 'user',
  tag: 'Webhooks',
  summary: 'Rotate your signing secret',
  description: 'The previous secret also signs for 24 hours, so that receivers can be updated one after another.',
  answer: secrets,
  errors: ['conflict'],
  example: {
    answer: {
      ...secret,
      secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD2tVPx8wLpVY=',
      previous: [{ createdAt: secret.createdAt, expiresAt: '2026-11-23T09:40:00.000Z' }],
    },
  },
});

export const listWebhookDeliveries = defineRoute({
  name: 'listWebhookDeliveries',
  method: 'GET',
  path: '/api/v1/webhooks/deliveries',
  auth: 'user',
  tag: 'Webhooks',
  summary: 'List webhook deliveries',
  description:
    'Your own, newest first; administrators see everybody’s. A delivery is attempted eight times in about a day: ' +
    'at once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h after the previous attempt, or as `Retry-After` ' +
    'asks.',
  query: z.object({
    jobId: jobId.exactOptional(),
    state: deliveryState.exactOptional(),
    limit: pageSize,
    cursor: deliveryId.exactOptional().describe('`nextCursor` of the previous page.'),
  }),
  answer: z.object({
    deliveries: z.array(delivery),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
  }),
  example: { query: { state: 'delivered', limit: 20 }, answer: { deliveries: [delivered], nextCursor: null } },
});

export const getWebhookDelivery = defineRoute({
  name: 'getWebhookDelivery',
  method: 'GET',
  path: '/api/v1/webhooks/deliveries/:id',
  auth: 'user',
  tag: 'Webhooks',
  summary: 'Show a webhook delivery',
  params: byDelivery,
  answer: z.object({
    delivery,
    body: z.string().describe('The exact text that is signed and sent.'),
    attempts: z.array(attempt).describe('The newest 100, oldest first.'),
  }),
  example: {
    params,
    answer: {
      delivery: delivered,
      body: '{"type":"job.completed","timestamp":"2026-11-22T09:31:12.480Z","data":{}}',
      attempts: [{ at: '2026-11-22T09:31:12.510Z', status: 200, error: null, body: 'ok', durationMs: 130 }],
    },
  },
});

export const replayWebhookDelivery = defineRoute({
  name: 'replayWebhookDelivery',
  method: 'POST',
  path: '/api/v1/webhooks/deliveries/:id/replay',
  auth: 'user',
  tag: 'Webhooks',
  summary: 'Replay a webhook delivery',
  description: 'Sends a finished delivery again, with the same id and body and a new set of attempts.',
  params: byDelivery,
  answer: delivery,
  errors: ['conflict'],
  example: { params, answer: replayed },
});

export const testWebhook = defineRoute({
  name: 'testWebhook',
  method: 'POST',
  path: '/api/v1/webhooks/test',
  auth: 'user',
  tag: 'Webhooks',
  summary: 'Send a test to an endpoint',
  description:
    'Sends `webhook.test`, signed as all others, once: its delivery says what the endpoint answered. Ten in a ' +
    'minute. Refused with `details.reasons.url` `private_address` where the server sends nothing to the address.',
  body: z.object({ url: webhookUrl }),
  answer: delivery,
  status: 201,
  errors: ['conflict', 'rate_limit'],
  example: { body: { url: exampleUrl }, answer: { ...replayed, jobId: null, type: 'webhook.test' } },
});

export const listDisabledWebhooks = defineRoute({
  name: 'listDisabledWebhooks',
  method: 'GET',
  path: '/api/v1/webhooks/disabled',
  auth: 'user',
  tag: 'Webhooks',
  summary: 'List disabled endpoints',
  description: 'Your endpoints that answered 410 Gone. Nothing is sent to them until they are enabled.',
  answer: z.object({ endpoints: z.array(z.object({ url: z.string(), disabledAt: time })) }),
  example: { answer: { endpoints: [{ url: exampleUrl, disabledAt: '2026-11-22T09:31:12.640Z' }] } },
});

export const enableWebhook = defineRoute({
  name: 'enableWebhook',
  method: 'POST',
  path: '/api/v1/webhooks/enable',
  auth: 'user',
  tag: 'Webhooks',
  summary: 'Enable an endpoint',
  description: 'Deliveries that were not sent in the meantime can be replayed.',
  body: z.object({ url: webhookUrl }),
  answer: z.object({ url: z.string(), enabled: z.literal(true) }),
  errors: ['not_found'],
  example: { body: { url: exampleUrl }, answer: { url: exampleUrl, enabled: true } },
});

export const webhookRoutes = table(
  getWebhookSecret, rotateWebhookSecret, listWebhookDeliveries, getWebhookDelivery, replayWebhookDelivery,
  testWebhook, listDisabledWebhooks, enableWebhook,
);
