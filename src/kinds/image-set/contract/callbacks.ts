import * as z from 'zod';
import { errorCodes } from '../../../contract/errors.ts';
import { jobId, limits, probability, progress } from '../../../contract/fields.ts';
import { createValueReader } from '../../../contract/input/reader.ts';
import { readLater } from '../../../contract/input/spelling.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { imageSetStatus } from './image-set-job.ts';

/** What workers report of the photos of a set: one by one, or several in one request. */

const byJob = z.object({ id: jobId });
const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const example = { id };
const jobProgress = z.object({ jobId, status: imageSetStatus, progress });

/** Longer text of a worker's error is cut here, not refused: the result matters more than its words. */
const workerError = z
  .string()
  .overwrite((text) => (text.length <= limits.errorLength ? text : text.slice(0, limits.errorLength).toWellFormed()))
  .describe(`Why it failed, for the user; cut after ${limits.errorLength} characters.`);

const objectKey = z.string().min(1).max(limits.objectKeyLength);

/** What became of one photo. */
const callback = z.object({
  idx: z.int().min(0).max(1_000_000).describe('Position in the set, from 0.'),
  status: z
    .enum(['done', 'completed', 'failed'])
    .transform((status) => (status === 'completed' ? 'done' : status))
    .describe('`completed` is an alias of `done`.'),
  output_key: objectKey.nullable().default(null),
  preview_key: objectKey
    .nullable()
    .default(null)
    .describe('With a failed item: a picture that shows why, such as the doubtful cut-out.'),
  input_preview: z
    .boolean()
    .default(false)
    .describe('Whether a preview of the photo is under `input_preview_key`.'),
  error: workerError.nullable().default(null),
  error_code: z
    .string()
    .regex(/^[a-z0-9_]{1,64}$/, { error: 'must be 1 to 64 of a-z, 0-9 and _' })
    .nullable()
    .default(null)
    .describe('Why it failed, for programs: `not_confident`, `too_large`.'),
  confidence: probability
    .nullable()
    .default(null)
    .describe(
      'The probability that the result is right, for the user; also of a failed item, where it says how doubtful ' +
        'it was. Null where you have none.',
    ),
  idempotency_key: z
    .string()
    .max(limits.idempotencyKeyLength)
    .nullable()
    .default(null)
    .describe(
      '`<idempotency_prefix>-item-<idx>`, with the prefix from the message. If it is missing or empty: the ' +
        'header X-Idempotency-Key, or else that default.',
    ),
});

export const recordItemResult = defineRoute({
  name: 'recordItemResult',
  method: 'POST',
  path: '/api/jobs/:id/callback',
  auth: 'worker',
  tag: 'Worker queue',
  summary: 'Report an item',
  description:
    'Sent by the worker when an item is done or has failed: at least once, in any order. A duplicate is answered ' +
    'with 200 and the current state. Unknown fields are ignored.',
  params: byJob,
  lenient: true,
  keyHeader: 'X-Idempotency-Key',
  body: callback,
  answer: jobProgress,
  errors: ['conflict'],
  repeatable: true,
  example: {
    params: example,
    body: {
      idx: 0,
      status: 'done',
      output_key: `outputs/mira/${id}/0_result.png`,
      preview_key: `previews/mira/${id}/0_thumb.jpg`,
      confidence: 0.94,
      idempotency_key: `${id}-item-0`,
    },
    answer: { jobId: id, status: 'running', progress: { done: 1, failed: 0, total: 3 } },
  },
});

const { $schema: _, ...documentedCallback } = z.toJSONSchema(callback, { io: 'input' });
/** Read later, each by itself: one that is malformed does not spoil the others of its request. */
const sentCallback = z.unknown().meta({ ...documentedCallback, id: 'Callback' }).register(readLater, {});
/** A callback of such a list, or what is wrong with it. */
export const readCallback = createValueReader(callback, true);

export const recordItemResults = defineRoute({
  name: 'recordItemResults',
  method: 'POST',
  path: '/api/jobs/:id/callbacks',
  auth: 'worker',
  tag: 'Worker queue',
  summary: 'Report several items',
  description:
    'Callbacks for items of one set, stored in one step and in their order. Each is validated by itself: one that is ' +
    'refused does not spoil the others. May be repeated safely. 409 if the set is not queued or running yet.',
  params: byJob,
  lenient: true,
  body: z.object({ callbacks: z.array(sentCallback).min(1).max(limits.items) }),
  answer: jobProgress.extend({
    outcomes: z
      .array(
        z.object({
          ok: z.boolean(),
          error: z.object({ code: z.enum(errorCodes), message: z.string() }).exactOptional(),
        }),
      )
      .describe('In the order of the callbacks.'),
  }),
  errors: ['conflict'],
  repeatable: true,
  example: {
    params: example,
    body: {
      callbacks: [
        { idx: 0, status: 'done', output_key: `outputs/mira/${id}/0_result.png` },
        { idx: 1, status: 'failed', error: 'The photo is too dark.' },
      ],
    },
    answer: {
      jobId: id, status: 'running', progress: { done: 1, failed: 1, total: 3 }, outcomes: [{ ok: true }, { ok: true }],
    },
  },
});

export const callbackRoutes = table(recordItemResult, recordItemResults);
