import * as z from 'zod';
import { count, jobId, limits, probability, time } from '../../../contract/fields.ts';
import type { HistoryExample } from '../../../contract/history.ts';
import { sharedView, type ProgressView } from '../../../contract/job-view.ts';
import { jobProgress, sharedFields, type JobContract } from '../../../contract/jobs.ts';
import type { DeepReadonly } from '../../../contract/route.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';
import type { Job } from '../../../domain/job/job.ts';
import { imageSetLifecycle } from '../domain/lifecycle.ts';
import type { ImageSetFields } from '../domain/types.ts';

/** A set as it is answered, by itself and in lists. */

export const imageSetStatus = z
  .enum(imageSetLifecycle.stateNames)
  .describe('In the order of the lifecycle; the last three are terminal.');
type Status = z.output<typeof imageSetStatus>;

const summary = z
  .object({
    ...sharedFields,
    kind: z.literal('image-set'),
    status: imageSetStatus,
    progress: jobProgress.extend({ total: count(limits.items) }).meta({ id: 'ImageSetProgress' }),
    jobId: jobId.describe('The same as `id`.'),
    preset: z.string(),
  })
  .meta({ id: 'ListedImageSet' });

const view = summary
  .extend({
    cancelReason: z.enum(['requested', 'expired']).nullable().describe('Null unless it was canceled.'),
    purgedAt: time.nullable().describe('When its results were deleted; it has no URLs then. Null: they still exist.'),
    inputsPurgedAt: time.nullable().describe(
      'When its photos were deleted; they cannot be used for another set then. Null: they still exist.',
    ),
    items: z
      .array(
        z.object({
          idx: count(limits.items - 1),
          name: z.string().nullable().describe('What its photo is called; null where `files[].name` was not given.'),
          endedAt: time,
          state: z.enum(['done', 'failed']),
          error: z.string().nullable().describe('Why it failed; null when done.'),
          errorCode: z
            .string()
            .nullable()
            .describe('Why it failed, for programs: `not_confident`, `too_large`. Null when done, or unknown.'),
          confidence: probability
            .nullable()
            .describe(
              'The probability that the photo was cut out right, as the worker estimates it; null where nothing was ' +
                'cut out, or the worker gave none. Below 0.5 a photo fails with `not_confident` unless forced.',
            ),
          outputUrl: z.string().nullable().describe('Presigned download URL.'),
          previewUrl: z
            .string()
            .nullable()
            .describe('Presigned download URL of a small picture; of a failed item, one that shows why.'),
          inputPreviewUrl: z
            .string()
            .nullable()
            .describe('Presigned download URL of a small picture of the photo, where the worker made one.'),
        }),
      )
      .describe('Finished items only, ordered by `idx`.'),
  })
  .meta({ id: 'ImageSet' });

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const listed = {
  id,
  kind: 'image-set',
  type: null,
  ownerId: 'mira',
  status: 'running',
  phase: 'active',
  createdAt: '2026-11-22T09:30:00.000Z',
  updatedAt: '2026-11-22T09:31:12.480Z',
  startedAt: '2026-11-22T09:31:12.480Z',
  endedAt: null,
  deadlineAt: '2026-11-22T10:30:41.007Z',
  progress: { done: 1, failed: 0, total: 3, percent: 33 },
  labels: { preset: 'remove-background' },
  costMicroUsd: 0,
  parentId: null,
  jobId: id,
  preset: 'remove-background',
} as const satisfies z.input<typeof summary>;

const shown: ImageSetView = {
  ...listed,
  cancelReason: null,
  purgedAt: null,
  inputsPurgedAt: null,
  items: [
    {
      idx: 0,
      name: 'sofa.jpg',
      endedAt: '2026-11-22T09:31:12.480Z',
      state: 'done',
      error: null,
      errorCode: null,
      confidence: 0.94,
      outputUrl: `https://waybill.example/objects/outputs/mira/${id}/0_result.png?X-Amz-Signature=9b74…`,
      previewUrl: `https://waybill.example/objects/previews/mira/${id}/0_thumb.jpg?X-Amz-Signature=1c3f…`,
      inputPreviewUrl: `https://waybill.example/objects/previews/mira/${id}/0_input.jpg?X-Amz-Signature=b8e4…`,
    },
  ],
};

/** What lists and single jobs answer of sets. */
export const imageSetJobs = {
  view,
  summary,
  payloadFields: [],
  example: {
    view: shown,
    summary: listed,
    event: {
      sequence: 1,
      type: 'JobCreated',
      status: 'created',
      at: '2026-11-22T09:30:00.000Z',
      actor: 'mira',
      correlationId: '01935a3e-7c1c-7a90-8d5b-6f0e4b1c2a77',
      data: { ownerId: 'mira', preset: 'remove-background', itemCount: 3 },
    },
  },
} as const satisfies JobContract;

/** What is left of a set, as the documents show it. */
export const imageSetHistory = {
  job: {
    jobId: id, kind: 'image-set', ownerId: 'mira', status: 'done', itemsTotal: 1, itemsDone: 1, itemsFailed: 0,
    costEstimate: 1, creditsSpent: 1, createdAt: '2026-11-22T09:30:00.000Z', startedAt: '2026-11-22T09:31:12.480Z',
    endedAt: '2026-11-22T09:31:12.480Z', error: null,
  },
  items: [
    {
      idx: 0, state: 'done', inputKey: `inputs/mira/${id}/0.jpg`, outputKey: `outputs/mira/${id}/0_result.png`,
      previewKey: `previews/mira/${id}/0_thumb.jpg`, error: null, errorCode: null, confidence: 0.94,
      recordedAt: '2026-11-22T09:31:12.480Z',
    },
  ],
  billing: [
    { sequence: 2, type: 'reserve', amount: 1, at: '2026-11-22T09:30:00.000Z' },
    { sequence: 3, type: 'commit', amount: 1, at: '2026-11-22T09:31:12.480Z' },
  ],
} as const satisfies HistoryExample;

type ListedImageSet = Omit<Job<ImageSetFields>, 'items' | 'version' | 'traceparent'>;
/** As it is answered. */
export type ImageSetView = DeepReadonly<z.output<typeof view>>;

export function imageSetSummary(job: ListedImageSet): DeepReadonly<z.output<typeof summary>> {
  return {
    ...sharedView<'image-set', Status>(job),
    progress: progressView(job.fields),
    jobId: job.id,
    preset: job.fields.preset,
  };
}

function progressView(fields: ImageSetFields): ProgressView & { readonly total: number } {
  const { done, failed, total: confirmed, itemCount } = fields;
  const total = confirmed ?? itemCount;
  return { done, failed, total, percent: Math.floor((100 * (done + failed)) / total) };
}

/** A set by itself. */
export function imageSetView(
  job: Job<ImageSetFields>,
  { purgedAt, inputsPurgedAt, items }: {
    readonly purgedAt: number | null;
    readonly inputsPurgedAt: number | null;
    readonly items: readonly (Omit<ImageSetView['items'][number], 'endedAt'> & { readonly recordedAt: number })[];
  },
): ImageSetView {
  return {
    ...imageSetSummary(job),
    cancelReason: job.fields.cancelReason,
    purgedAt: isoOrNull(purgedAt),
    inputsPurgedAt: isoOrNull(inputsPurgedAt),
    items: items.map(({ recordedAt, ...item }) => ({ ...item, endedAt: iso(recordedAt) })),
  };
}
