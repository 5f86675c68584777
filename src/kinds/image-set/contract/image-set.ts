import * as z from 'zod';
import { concepts, protect } from './concepts.ts';
import { count, jobId, limits, line, progress, ruleId } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { imageSetStatus } from './image-set-job.ts';

/** Image sets: many photos restyled as one job. */

const byJob = z.object({ id: jobId });
const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const example = { id };

const jobStatus = z.object({ jobId, status: imageSetStatus });
const jobProgress = z.object({ jobId, status: imageSetStatus, progress });

const files = z
  .array(
    z.object({
      contentType: z
        .string()
        .max(100)
        .regex(/^[a-z]+\/[A-Za-z0-9][A-Za-z0-9.+_-]*$/, { error: 'must be a media type such as image/jpeg' })
        .exactOptional(),
      contentLength: count(limits.uploadBytes, 1).exactOptional().describe('Bytes.'),
    }),
  )
  .min(1)
  .max(limits.items)
  .describe("Binds each upload's type and length into its URL; as many as `itemCount`.");

const items = z
  .array(count(limits.items - 1))
  .min(1)
  .max(limits.items)
  .refine((picked) => new Set(picked).size === picked.length, { error: 'must name each item once' })
  .describe('Which photos of `inputsFrom`, by their `idx` there, in the order of this set; all unless given.');

export const createImageSet = defineRoute({
  name: 'createImageSet',
  method: 'POST',
  path: '/api/jobs',
  auth: 'user',
  tag: 'Image sets',
  summary: 'Create a set',
  description:
    'Reserves one credit an item and a running-job slot, or answers why not and creates nothing. ' +
    'Then PUT each photo to its `url`, and confirm. Or give `inputsFrom`: then the photos are those of a set of ' +
    'yours, and the new one can be executed at once. This is how several drafts of one set are made.',
  body: z
    .object({
      preset: line(limits.nameLength).describe('`interior`, `seller` or `remove-background`; see the presets.'),
      itemCount: count(limits.items, 1)
        .exactOptional()
        .describe('Photos in the set. Needed unless `inputsFrom` says where they are.'),
      files: files.exactOptional(),
      inputsFrom: jobId
        .exactOptional()
        .describe('A set of yours whose photos are used again: nothing is to be uploaded, and this set is `uploaded`.'),
      items: items.exactOptional(),
    })
    // Also beside other problems, so that all are named at once.
    .refine(({ itemCount, inputsFrom }) => inputsFrom !== undefined || itemCount !== undefined, {
      path: ['itemCount'],
      error: 'is required',
      when: ({ value }) => typeof value === 'object' && value !== null,
    })
    .refine(({ itemCount, files: all, inputsFrom }) => inputsFrom || all === undefined || all.length === itemCount, {
      path: ['files'],
      error: 'must have as many entries as itemCount',
    })
    .refine((body) => body.items === undefined || body.inputsFrom !== undefined, {
      path: ['items'],
      error: 'is for photos of another set: it needs inputsFrom',
    })
    .refine((body) => body.inputsFrom === undefined || body.files === undefined, {
      path: ['files'],
      error: 'is for photos that are uploaded: it does not go with inputsFrom',
    }),
  answer: z.object({
    jobId,
    urls: z.array(
      z.object({
        idx: count(limits.items - 1).describe('Position in the set, from 0.'),
        url: z.string().describe('Presigned; PUT the photo here.'),
        key: z.string().describe('`inputs/<userId>/<jobId>/<idx>.jpg`'),
      }),
    ),
    confirmUrl: z
      .string()
      .nullable()
      .describe('POST here once the photos are uploaded; null when they are those of another set.'),
  }),
  status: 201,
  errors: [
    'not_found', 'invalid_state', 'missing_uploads', 'insufficient_credits', 'concurrency_limit', 'quota_exceeded',
  ],
  idempotent: true,
  example: {
    body: { preset: 'remove-background', itemCount: 3 },
    answer: {
      jobId: id,
      urls: [0, 1, 2].map((idx) => ({
        idx,
        url: `https://waybill.example/objects/inputs/mira/${id}/${idx}.jpg?X-Amz-Signature=5d41…`,
        key: `inputs/mira/${id}/${idx}.jpg`,
      })),
      confirmUrl: `https://waybill.example/api/jobs/${id}/confirm-upload`,
    },
  },
});

export const confirmUpload = defineRoute({
  name: 'confirmUpload',
  method: 'POST',
  path: '/api/jobs/:id/confirm-upload',
  auth: 'user',
  tag: 'Image sets',
  summary: 'Confirm the upload',
  description: 'Sets how many photos the set has; the credits of those that were not uploaded come back at once.',
  params: byJob,
  body: z.object({
    totalItems: count(limits.items, 1)
      .exactOptional()
      .describe('Photos uploaded, at most as many as the set was created for; all of them unless given.'),
    verify: z.boolean().exactOptional().describe('Look whether the files are there; 409 names the missing ones.'),
  }),
  answer: jobStatus,
  errors: ['invalid_state', 'missing_uploads'],
  example: { params: example, body: { totalItems: 3, verify: true }, answer: { jobId: id, status: 'uploaded' } },
});

export const executeImageSet = defineRoute({
  name: 'executeImageSet',
  method: 'POST',
  path: '/api/jobs/:id/execute',
  auth: 'user',
  tag: 'Image sets',
  summary: 'Execute the set',
  description:
    'Sends the set to a worker. A saved rule, named by its `ruleId`, stands in for the `concepts` and `protect` that ' +
    "are not given; the preset's do without a rule.",
  params: byJob,
  body: z.object({
    concepts: concepts.exactOptional(),
    protect: protect.exactOptional(),
    ruleId: ruleId.exactOptional(),
    outputTemplate: line(limits.outputTemplateLength).exactOptional().describe('Handed to the worker as it is.'),
  }),
  answer: jobStatus,
  errors: ['invalid_state'],
  example: {
    params: example,
    body: { concepts: { background: { action: 'remove', value: '' } }, protect: ['person', 'face'] },
    answer: { jobId: id, status: 'queued' },
  },
});

/** Longer text of a worker's error is cut here, not refused: the result matters more than its words. */
const workerError = z
  .string()
  .overwrite((text) => (text.length <= limits.errorLength ? text : text.slice(0, limits.errorLength).toWellFormed()))
  .describe(`Why it failed, for the user; cut after ${limits.errorLength} characters.`);

const objectKey = z.string().min(1).max(limits.objectKeyLength);

export const recordItemResult = defineRoute({
  name: 'recordItemResult',
  method: 'POST',
  path: '/api/jobs/:id/callback',
  auth: 'worker',
  tag: 'Worker queue',
  summary: 'Report one item',
  description:
    'From the worker, once an item is done or has failed. At least once, in any order: saying it again answers ' +
    '200 with the state as it is. Unknown fields are ignored.',
  params: byJob,
  lenient: true,
  keyHeader: 'X-Idempotency-Key',
  body: z.object({
    idx: z.int().min(0).max(1_000_000).describe('Position in the set, from 0.'),
    status: z
      .enum(['done', 'completed', 'failed'])
      .transform((status) => (status === 'completed' ? 'done' : status))
      .describe('`completed` is another word for `done`.'),
    output_key: objectKey.nullable().default(null),
    preview_key: objectKey.nullable().default(null),
    error: workerError.nullable().default(null),
    idempotency_key: z
      .string()
      .max(limits.idempotencyKeyLength)
      .nullable()
      .default(null)
      .describe(
        "`<idempotency_prefix>-item-<idx>`, the prefix being the message's. When it is missing or empty, what the " +
          'header X-Idempotency-Key says, and else just that.',
      ),
  }),
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
      idempotency_key: `${id}-item-0`,
    },
    answer: { jobId: id, status: 'running', progress: { done: 1, failed: 0, total: 3 } },
  },
});

const preset = z.object({ name: z.string(), description: z.string(), concepts, protect }).meta({ id: 'Preset' });
const examplePreset = {
  name: 'remove-background',
  description: 'The subject cut out, with a transparent background.',
  concepts: { background: { action: 'remove', value: '' } },
  protect: [],
} as const;

export const listPresets = defineRoute({
  name: 'listPresets',
  method: 'GET',
  path: '/api/presets',
  auth: 'user',
  tag: 'Image sets',
  summary: 'List the presets',
  answer: z.object({ presets: z.array(preset) }),
  example: { answer: { presets: [examplePreset] } },
});

export const getPreset = defineRoute({
  name: 'getPreset',
  method: 'GET',
  path: '/api/presets/:name',
  auth: 'user',
  tag: 'Image sets',
  summary: 'Show a preset',
  params: z.object({ name: line(limits.nameLength) }),
  answer: preset,
  example: { params: { name: examplePreset.name }, answer: examplePreset },
});

export const imageSetRoutes = table(
  listPresets,
  getPreset,
  createImageSet,
  confirmUpload,
  executeImageSet,
  recordItemResult,
);
