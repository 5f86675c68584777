import * as z from 'zod';
import { concepts, protect } from './concepts.ts';
import { force, output } from './output.ts';
import { count, jobId, limits, time, userId } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';

/**
 * A queue for workers outside, in the shape of Cloudflare's HTTP pull consumers (pull, ack with
 * retries), with a long poll and an extension of the lease. All of it is snake_case: it is the wire
 * contract with workers written in any language.
 */

const byQueue = z.object({
  queue: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: 'must be a queue name such as gpu-jobs' })
    .describe('`gpu-jobs`'),
});
const params = { queue: 'gpu-jobs' };

const leaseId = z.string().min(1).max(200).describe('Identifies the delivery.');
const visibilityTimeout = count(limits.visibilityTimeoutMs, 1_000)
  .describe('Lease duration in milliseconds: an unacknowledged message is delivered again after it.');

/** One executed set, with everything that a worker needs to do it. */
export const imageSetMessage = z
  .object({
    job_id: jobId,
    user_id: userId,
    preset: z.string(),
    concepts,
    protect,
    force: force.default(false),
    output: output.default({ format: 'png' }),
    items: z.array(
      z.object({
        idx: count(limits.items - 1),
        input_key: z.string(),
        input_url: z.string().describe('Presigned GET.'),
        output_key: z.string().describe('Ends in `.png`, `.webp` or `.jpg`, as `output.format` says.'),
        output_url: z.string().describe('Presigned PUT.'),
        preview_key: z.string().describe('Ends in `.jpg` whatever the format: its Content-Type says what it is.'),
        preview_url: z.string().describe('Presigned PUT.'),
        input_preview_key: z
          .string()
          .exactOptional()
          .describe('For a preview of the photo itself, if you make one: say `input_preview` in your report then.'),
        input_preview_url: z.string().exactOptional().describe('Presigned PUT.'),
      }),
    ),
    callback_url: z.string().describe('Report each item to this URL.'),
    callbacks_url: z.string().exactOptional().describe('Or several items in one request to this one.'),
    idempotency_prefix: z.string().describe(
      'The idempotency key of an item’s report is `<idempotency_prefix>-item-<idx>`.',
    ),
    batch_concurrency: count(limits.items, 1).describe('Maximum number of items to process concurrently.'),
    rule_id: z.string().exactOptional(),
    output_template: z.string().exactOptional(),
  })
  .meta({ id: 'ImageSetMessage', description:
    'The message of one executed set. Its URLs stay valid beyond the time limit.' });

/** In place of a message that is larger than its queue takes (Cloudflare's: 128 KB). */
export const imageSetMessageElsewhere = z
  .object({
    job_id: jobId,
    user_id: userId,
    message_url: z.string().describe('Presigned GET: the message as JSON.'),
  })
  .meta({ id: 'ImageSetMessageElsewhere', description: 'Points to a message that is too large for the queue.' });

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const lease = '01935a44-90ab-7cde-8f01-23456789abcd.1';

export const pullMessages = defineRoute({
  name: 'pullMessages',
  method: 'POST',
  path: '/api/queues/:queue/messages/pull',
  auth: 'worker',
  tag: 'Worker queue',
  summary: 'Pull messages',
  waits: true,
  description:
    'Each message is leased to you. Acknowledge it after reporting its items; otherwise it is delivered again.',
  params: byQueue,
  body: z.object({
    batch_size: count(limits.queueBatch, 1).default(1),
    visibility_timeout_ms: visibilityTimeout.default(30_000),
    wait_ms: count(limits.waitMs).default(0).describe('Long poll: milliseconds to wait for the first message.'),
  }),
  answer: z.object({
    messages: z.array(
      z.object({
        id: z.string(),
        lease_id: z.string(),
        attempts: count(1_000_000, 1).describe('Number of this delivery, starting at 1.'),
        body: imageSetMessage,
      }),
    ),
  }),
  example: {
    params,
    body: { batch_size: 1, visibility_timeout_ms: 600_000, wait_ms: 20_000 },
    answer: {
      messages: [
        {
          id: '01935a44-90ab-7cde-8f01-23456789abcd',
          lease_id: lease,
          attempts: 1,
          body: {
            job_id: id,
            user_id: 'mira',
            preset: 'remove-background',
            concepts: { background: { action: 'remove', value: '' } },
            protect: ['person', 'face'],
            force: false,
            output: { format: 'png' },
            items: [
              {
                idx: 0,
                input_key: `inputs/mira/${id}/0.jpg`,
                input_url: `https://waybill.example/objects/inputs/mira/${id}/0.jpg?X-Amz-Signature=77aa…`,
                output_key: `outputs/mira/${id}/0_result.png`,
                output_url: `https://waybill.example/objects/outputs/mira/${id}/0_result.png?X-Amz-Signature=40be…`,
                preview_key: `previews/mira/${id}/0_thumb.jpg`,
                preview_url: `https://waybill.example/objects/previews/mira/${id}/0_thumb.jpg?X-Amz-Signature=e201…`,
              },
            ],
            callback_url: `https://waybill.example/api/jobs/${id}/callback`,
            callbacks_url: `https://waybill.example/api/jobs/${id}/callbacks`,
            idempotency_prefix: id,
            batch_concurrency: 4,
          },
        },
      ],
    },
  },
});

export const acknowledgeMessages = defineRoute({
  name: 'acknowledgeMessages',
  method: 'POST',
  path: '/api/queues/:queue/messages/ack',
  auth: 'worker',
  tag: 'Worker queue',
  summary: 'Acknowledge or release messages',
  description: 'Acknowledged messages are removed; those under `retries` are delivered again after their delay.',
  params: byQueue,
  body: z.object({
    acks: z.array(z.object({ lease_id: leaseId })).max(limits.queueBatch).default([]),
    retries: z
      .array(z.object({ lease_id: leaseId, delay_seconds: count(43_200).default(0) }))
      .max(limits.queueBatch)
      .default([]),
  }),
  answer: z.object({
    acknowledged: count(limits.queueBatch),
    retried: count(limits.queueBatch),
    refused: z.array(z.string()).describe('Lease ids that are unknown or have expired.'),
  }),
  example: {
    params,
    body: { acks: [{ lease_id: lease }] },
    answer: { acknowledged: 1, retried: 0, refused: [] },
  },
});

export const extendLease = defineRoute({
  name: 'extendLease',
  method: 'POST',
  path: '/api/queues/:queue/messages/extend',
  auth: 'worker',
  tag: 'Worker queue',
  summary: 'Extend the lease of a message',
  params: byQueue,
  body: z.object({ lease_id: leaseId, visibility_timeout_ms: visibilityTimeout.describe('Milliseconds from now.') }),
  answer: z.object({ expires_at: time }),
  errors: ['lease_lost'],
  repeatable: true,
  example: {
    params,
    body: { lease_id: lease, visibility_timeout_ms: 600_000 },
    answer: { expires_at: '2026-11-22T09:51:12.480Z' },
  },
});

export const queueRoutes = table(pullMessages, acknowledgeMessages, extendLease);
