import * as z from 'zod';
import { pictureLimitsText } from '../../../domain/picture-limits.ts';
import { concepts, protect } from './concepts.ts';
import { count, jobId, limits, line, ruleId } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { listFirstPictures } from './first-pictures.ts';
import { imageSetStatus } from './image-set-job.ts';
import { force, output } from './output.ts';

/** Image sets: many photos restyled as one job. */

const byJob = z.object({ id: jobId });
const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const example = { id };

const jobStatus = z.object({ jobId, status: imageSetStatus });

/** Browsers and shells may name a file by its path. */
const fileName = z
  .string()
  .overwrite((name) => name.replace(/^.*[/\\]/s, '').normalize('NFC').trim())
  .min(1)
  .max(limits.fileNameLength)
  .regex(/^(?!\.{1,2}$)[^\u0000-\u001f\u007f]*$/, { error: 'must be the name of a file, without control characters' })
  .describe('What the file is called; of a path, its last part.');

const files = z
  .array(
    z.object({
      name: fileName.exactOptional(),
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
  .describe('One per item. Each upload URL then only accepts this type and length; results are called by the name.');

const items = z
  .array(count(limits.items - 1))
  .min(1)
  .max(limits.items)
  .refine((picked) => new Set(picked).size === picked.length, { error: 'must not repeat an item' })
  .describe('Photos of `inputsFrom` by their `idx` there, in the order of the new set. Default: all.');

/** How a set is executed. */
const orders = z.object({
  concepts: concepts.exactOptional(),
  protect: protect.exactOptional(),
  ruleId: ruleId.exactOptional(),
  outputTemplate: line(limits.outputTemplateLength).exactOptional().describe('Passed on to the worker unchanged.'),
  force: force.exactOptional(),
  output: output.exactOptional(),
});

export const createImageSet = defineRoute({
  name: 'createImageSet',
  method: 'POST',
  path: '/api/jobs',
  auth: 'user',
  tag: 'Image sets',
  summary: 'Create an image set',
  description:
    'Reserves one credit per item and a slot for a running job, or fails and creates nothing. Then PUT each photo ' +
    'to its `url`, and confirm the upload. With `inputsFrom` the photos of an earlier set of yours are used, and ' +
    'the new set can be executed at once: so you can create several drafts from the same photos.\n\n' +
    `The built-in worker takes JPEG, PNG, WebP and AVIF photos of at most ${pictureLimitsText}; larger ones fail ` +
    'with `too_large`. Results keep the size of their photo.',
  body: z
    .object({
      preset: line(limits.nameLength).describe('`interior`, `seller` or `remove-background`; see `GET /api/presets`.'),
      itemCount: count(limits.items, 1)
        .exactOptional()
        .describe('Number of photos. Required without `inputsFrom`.'),
      files: files.exactOptional(),
      inputsFrom: jobId
        .exactOptional()
        .describe(
          'An earlier set of yours whose photos are used: nothing is uploaded, and the new set starts as ' +
            '`uploaded`.',
        ),
      items: items.exactOptional(),
      execute: orders
        .exactOptional()
        .describe('With `inputsFrom`: execute the set in the same step, as `POST /api/jobs/:id/execute` does.'),
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
      error: 'requires inputsFrom: it selects photos of another set',
    })
    .refine((body) => body.execute === undefined || body.inputsFrom !== undefined, {
      path: ['execute'],
      error: 'requires inputsFrom: photos that are still to be uploaded are executed when the upload is confirmed',
    })
    .refine((body) => body.inputsFrom === undefined || body.files === undefined, {
      path: ['files'],
      error: 'cannot be combined with inputsFrom, which needs no uploads',
    }),
  answer: z.object({
    jobId,
    status: imageSetStatus.describe('`created`; with `inputsFrom` `uploaded`, and with `execute` `queued`.'),
    urls: z.array(
      z.object({
        idx: count(limits.items - 1).describe('Position in the set, from 0.'),
        url: z.string().describe('Presigned: PUT the photo here.'),
        key: z.string().describe('`inputs/<userId>/<jobId>/<idx>.jpg`'),
      }),
    ),
    confirmUrl: z
      .string()
      .nullable()
      .describe('POST here when the photos are uploaded; null with `inputsFrom`.'),
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
      status: 'created',
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
  description:
    'Sets the final number of photos; credits reserved for photos that were not uploaded are returned at once.',
  params: byJob,
  body: z.object({
    totalItems: count(limits.items, 1)
      .exactOptional()
      .describe('Number of photos uploaded, at most `itemCount`. Default: all.'),
    verify: z.boolean().exactOptional().describe('Check that the files exist; 409 lists the missing ones.'),
    execute: orders
      .exactOptional()
      .describe('Execute the set in the same step, as `POST /api/jobs/:id/execute` does: both, or neither.'),
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
  summary: 'Execute an image set',
  description:
    'Sends the set to a worker. `concepts` and `protect` default to those of the saved rule `ruleId`, or else to ' +
    'those of the preset.',
  params: byJob,
  body: orders,
  answer: jobStatus,
  errors: ['invalid_state'],
  example: {
    params: example,
    body: {
      concepts: { background: { action: 'remove', value: '' } },
      protect: ['person', 'face'],
      output: { format: 'webp' },
    },
    answer: { jobId: id, status: 'queued' },
  },
});

export const listInputs = defineRoute({
  name: 'listInputs',
  method: 'GET',
  path: '/api/jobs/:id/inputs',
  auth: 'user',
  tag: 'Image sets',
  summary: 'List the photos of an image set',
  description: 'All of them, also those without a result, with what their files are called.',
  params: byJob,
  answer: z.object({
    inputs: z
      .array(
        z.object({
          idx: count(limits.items - 1),
          name: z.string().nullable().describe('`files[].name`; null where it was not given.'),
          inputUrl: z
            .string()
            .nullable()
            .describe('Presigned download URL; null until the upload is confirmed, and once the photo was deleted.'),
        }),
      )
      .describe('Ordered by `idx`.'),
  }),
  example: {
    params: example,
    answer: {
      inputs: ['sofa.jpg', 'chair.jpg', null].map((name, idx) => ({
        idx, name, inputUrl: `https://waybill.example/objects/inputs/mira/${id}/${idx}.jpg?X-Amz-Signature=70ae…`,
      })),
    },
  },
});

export const downloadResults = defineRoute({
  name: 'downloadResults',
  method: 'GET',
  path: '/api/jobs/:id/results.zip',
  auth: 'user',
  tag: 'Image sets',
  summary: 'Download all results',
  description:
    'One ZIP with what was delivered so far, under the names of the photos (`files[].name`) with the ending of the ' +
    'result; of several with the same name, the others get a number. If photos failed, `failed.txt` lists them with ' +
    'the reason. A link in a page works: the cookie of a login is enough. 400 while there is no result, 404 once ' +
    'they have been deleted.',
  params: byJob,
  media: 'application/zip',
  answer: z.null(),
  errors: ['invalid_state'],
  example: { params: example, answer: null },
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
  listInputs,
  listFirstPictures,
  downloadResults,
);
