import * as z from 'zod';
import { count, jobId, probability, time } from '../../../contract/fields.ts';
import { sharedView } from '../../../contract/job-view.ts';
import { sharedFields, type JobContract } from '../../../contract/jobs.ts';
import type { DeepReadonly } from '../../../contract/route.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';
import type { Job } from '../../../domain/job/job.ts';
import { usdOf } from '../domain/costs.ts';
import { canPass, errorCodes, retryDelayMs } from '../domain/error-codes.ts';
import { productImageLifecycle, remainingSeconds } from '../domain/lifecycle.ts';
import type { ProductImageFields, Timings } from '../domain/types.ts';
import { status } from './fields.ts';

/** A product image as it is answered, by itself and in lists. */

const usd = z.number().min(0);
const keys = z.array(z.string());
const ms = count(Number.MAX_SAFE_INTEGER).nullable();

const summary = z
  .object({
    ...sharedFields,
    kind: z.literal('product-image'),
    status,
    sku: z.string(),
    imageUrl: z.string(),
    imageSha256: z.string().describe('Lower-case hex.'),
    theme: z.string(),
    costUsd: usd.describe('Exact to the micro-dollar: `costMicroUsd` in dollars.'),
    attempt: count(1_000).describe('How often it was retried after it had failed.'),
    maxAttempts: count(1_000),
    tries: count(1_000).describe(
      'How often the pipeline has tried again by itself since the start or the last retry; `maxAttempts` at most.',
    ),
    errorCode: z.enum(errorCodes).nullable().describe('Null unless it failed.'),
    errorMessage: z.string().nullable(),
    completedAt: time.nullable().describe('When it became DONE or FAILED; the same as `endedAt`.'),
  })
  .meta({ id: 'ListedProductImage' });

const view = summary
  .extend({
    statusDescription: z.string().describe('For people.'),
    remainingSeconds: count(86_400_000).describe(
      'How long it usually takes from the beginning of this state to the end, as the jobs before have shown; 0 once ' +
        'it has ended.',
    ),
    movedBy: z
      .enum(['pipeline', 'outside'])
      .nullable()
      .describe("Who does the steps: the server's own pipeline, or somebody outside. Null once the job has ended."),
    pausedUntil: time.nullable().describe(
      'The pipeline has stopped calling providers for money, as the daily limit is reached; its time limit stands ' +
        'still. Null where it waits for no such thing.',
    ),
    timings: z
      .object({ originalMs: ms, segmentationMs: ms, backgroundsMs: ms, compositeMs: ms, shopifyMs: ms })
      .describe('How long each step took the last time; null where that is not known.'),
    retryAt: time.nullable().describe(
      'When a retry makes sense that nobody has to prepare: after 2 s, 4 s, 8 s and so on. Null where it has not ' +
        'failed, would fail for the same reason, or has no attempt left.',
    ),
    originalKey: z.string().nullable().describe('Object key; null before its start.'),
    maskKey: z.string().nullable(),
    bgKeys: keys,
    compositeKeys: keys,
    thumbKeys: keys,
    shopifyMediaIds: z.array(z.string()),
    shopifyProductId: z.string().nullable(),
    providers: z
      .object({ segmentation: z.string().nullable(), backgrounds: z.string().nullable() })
      .describe('Who did the steps that cost money; null where nobody has said.'),
    segmentJobId: z.string().nullable().describe("The provider's own id."),
    segmentConfidence: probability
      .nullable()
      .describe('The probability that the mask is right, as who made it estimates; null where nobody has said.'),
    bgJobIds: z.array(z.string()),
    errorStack: z.string().nullable(),
  })
  .meta({ id: 'ProductImage' });

const many = count(Number.MAX_SAFE_INTEGER);

/** For operators, in the statistics of all jobs. Up to a few seconds old. */
const figures = z.object({
  total: many.exactOptional().describe('Product images; the figures after it are of them too.'),
  byStatus: z.record(z.string(), many).exactOptional(),
  totalCostUsd: usd.exactOptional(),
  meanCostUsd: usd.exactOptional().describe('Per job; 0 where there is none.'),
  meanDurationSeconds: usd.exactOptional().describe('Of those that are DONE, from start to end.'),
  failureRate: z.number().min(0).max(1).exactOptional().describe('Of those that have ended.'),
  today: z
    .object({ total: many, done: many, failed: many })
    .exactOptional()
    .describe('In UTC: made, DONE and FAILED today.'),
  spending: z
    .object({
      todayUsd: usd.describe('Since midnight in UTC; calls of providers that are under way as estimated.'),
      dailyLimitUsd: usd.nullable().describe('AI_DAILY_SOFT_LIMIT_USD.'),
      pausedUntil: time.nullable().describe('Calls that cost something wait until then; null: they do not.'),
    })
    .exactOptional()
    .describe('Of servers that have the pipeline.'),
});

const id: z.output<typeof jobId> = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e55';
const at = '2026-11-22T09:30:00.000Z';
const folder = 'default/VWS200433868/abc123def456';

const listed = {
  id,
  kind: 'product-image',
  type: null,
  ownerId: 'shop',
  status: 'SHOPIFY_PUSH',
  phase: 'active',
  createdAt: at,
  updatedAt: '2026-11-22T09:34:12.480Z',
  startedAt: '2026-11-22T09:30:04.112Z',
  endedAt: null,
  deadlineAt: '2026-11-22T09:40:04.112Z',
  progress: { done: 4, failed: 0, total: 5, percent: 80 },
  labels: { sku: 'VWS200433868', theme: 'default' },
  costMicroUsd: 44_300,
  parentId: null,
  sku: 'VWS200433868',
  imageUrl: 'https://example.com/photo.jpg',
  imageSha256: 'abc123def456',
  theme: 'default',
  costUsd: 0.0443,
  attempt: 0,
  maxAttempts: 3,
  tries: 0,
  errorCode: null,
  errorMessage: null,
  completedAt: null,
} as const satisfies z.input<typeof summary>;

const shown: ProductImageView = {
  ...listed,
  statusDescription: productImageLifecycle.states.SHOPIFY_PUSH.description,
  remainingSeconds: 15,
  movedBy: 'pipeline',
  pausedUntil: null,
  timings: { originalMs: 640, segmentationMs: 4_210, backgroundsMs: 7_480, compositeMs: 2_050, shopifyMs: null },
  retryAt: null,
  originalKey: 'originals/VWS200433868/abc123def456.jpg',
  maskKey: 'masks/VWS200433868/abc123def456.png',
  bgKeys: [`backgrounds/${folder}_1.jpg`],
  compositeKeys: [`composites/${folder}_1x1_1_master.jpg`],
  thumbKeys: [`thumbs/${folder}_1x1_1_400.jpg`],
  shopifyMediaIds: [],
  shopifyProductId: null,
  providers: { segmentation: 'replicate', backgrounds: 'replicate' },
  segmentConfidence: null,
  segmentJobId: 'gm3qorzdhgbfurvjtvhg6dckhu',
  bgJobIds: ['k2bqorzdhgbfurvjtvhg6dckaa'],
  errorStack: null,
};

/** What lists and single jobs answer of product images. */
export const productImageJobs = {
  view,
  summary,
  payloadFields: [],
  labelNames: ['sku', 'theme'],
  figures,
  example: {
    view: shown,
    summary: listed,
    event: {
      sequence: 1,
      type: 'ImageAnnounced',
      status: 'NEW',
      at,
      actor: 'webhook',
      correlationId: '01935a3e-7c1c-7a90-8d5b-6f0e4b1c2a77',
      data: { ownerId: 'shop', sku: 'VWS200433868', imageSha256: 'abc123def456', theme: 'default' },
    },
  },
} as const satisfies JobContract;

type Listed = Omit<Job<ProductImageFields>, 'items' | 'version' | 'traceparent'>;
export type ProductImageView = DeepReadonly<z.output<typeof view>>;
export type ListedProductImage = DeepReadonly<z.output<typeof summary>>;
type State = z.output<typeof status>;

/** Of the seven states of the way, how many are behind it: the steps of its progress. */
const stepsBehind: Readonly<Record<string, number>> = {
  SEGMENTING: 1, BG_GENERATING: 2, COMPOSITING: 3, SHOPIFY_PUSH: 4, DONE: 5,
};

export function productImageSummary(job: Listed): ListedProductImage {
  const { fields, attempt, costMicroUsd, endedAt, state } = job;
  const { sku, imageUrl, imageSha256, theme, maxAttempts, tries, errorCode, errorMessage } = fields;
  const done = stepsBehind[state] ?? 0;
  return {
    ...sharedView<'product-image', State>(job),
    progress: { done, failed: state === 'FAILED' ? 1 : 0, total: 5, percent: done * 20 },
    sku, imageUrl, imageSha256, theme, attempt, maxAttempts, tries, errorCode, errorMessage,
    costUsd: usdOf(costMicroUsd),
    completedAt: isoOrNull(endedAt),
  };
}

/** An image by itself. `usual`: how long steps took so far. */
export function productImageView(job: Listed, usual: Timings): ProductImageView {
  const { fields, state } = job;
  return {
    ...productImageSummary(job),
    statusDescription: productImageLifecycle.states[state as State].description,
    remainingSeconds: remainingSeconds(state, usual),
    movedBy: job.endedAt !== null ? null : fields.sagaId === null ? 'outside' : 'pipeline',
    pausedUntil: isoOrNull(fields.pausedUntil),
    timings: timingsOf(fields.timings),
    retryAt: retryAtOf(job),
    originalKey: fields.originalKey,
    maskKey: fields.maskKey,
    bgKeys: fields.bgKeys ?? [],
    compositeKeys: fields.compositeKeys ?? [],
    thumbKeys: fields.thumbKeys ?? [],
    shopifyMediaIds: fields.shopifyMediaIds ?? [],
    shopifyProductId: fields.shopifyProductId,
    providers: { segmentation: fields.segmentProvider, backgrounds: fields.bgProvider },
    segmentJobId: fields.segmentJobId,
    segmentConfidence: fields.segmentConfidence,
    bgJobIds: fields.bgJobIds ?? [],
    errorStack: fields.errorStack,
  };
}

function timingsOf(timings: Timings): ProductImageView['timings'] {
  const { original, segmentation, backgrounds, composite, shopify } = timings;
  return {
    originalMs: original ?? null, segmentationMs: segmentation ?? null, backgroundsMs: backgrounds ?? null,
    compositeMs: composite ?? null, shopifyMs: shopify ?? null,
  };
}

function retryAtOf({ attempt, endedAt, fields: { errorCode, maxAttempts } }: Listed): string | null {
  if (errorCode === null || endedAt === null || !canPass(errorCode) || attempt >= maxAttempts) return null;
  return iso(endedAt + retryDelayMs(attempt, 0));
}
