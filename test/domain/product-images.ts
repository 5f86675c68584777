import type { Result } from '../../src/domain/errors.ts';
import { fold, foldAll, missingFields } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import type { Decision, Effect } from '../../src/domain/job/kind.ts';
import { productImage } from '../../src/kinds/product-image/domain/kind.ts';
import type {
  ProductImageCommand, ProductImageEvent, ProductImageJob, StepResult,
} from '../../src/kinds/product-image/domain/types.ts';

export const startedAt = Date.UTC(2026, 10, 22);
export const timeLimitMs = 600_000;

type Create = ProductImageCommand & { readonly type: 'create' };

export const birth: Create = {
  type: 'create', ownerId: 'shop', traceparent: null, sku: 'VWS200433868', imageUrl: 'https://example.com/photo.jpg',
  imageSha256: 'abc123def456', theme: 'default', maxAttempts: 3, timeLimitMs,
};

export const results = {
  segmentation: {
    step: 'segmentation', maskKey: 'masks/VWS200433868/abc123.png', segmentProvider: null, segmentJobId: null,
  },
  backgrounds: {
    step: 'backgrounds', bgKeys: ['backgrounds/default/VWS200433868/abc123_1.jpg'], bgProvider: null, bgJobIds: null,
  },
  composite: {
    step: 'composite', compositeKeys: ['composites/default/VWS200433868/abc123_1x1_1_master.jpg'], thumbKeys: null,
  },
  shopify: { step: 'shopify', shopifyMediaIds: ['gid://shopify/MediaImage/123456'], shopifyProductId: null },
} as const satisfies Readonly<Record<Exclude<StepResult['step'], 'original'>, StepResult>>;

export function reported(result: StepResult, microUsd = 0): ProductImageCommand {
  return { type: 'report', result, microUsd };
}

export const start: ProductImageCommand = { type: 'start' };
export const retry: ProductImageCommand = { type: 'retry', waitsFor: [] };
export const fail: ProductImageCommand = {
  type: 'fail', code: 'SEGMENT_FAILED', message: 'AI provider timed out', stack: null,
};
export const expire: ProductImageCommand = { type: 'expire', reason: '', onlyOverdue: false };

/** Commands that take a job into each of its open states. */
export const ways = {
  NEW: [],
  QUEUED: [start],
  BG_GENERATING: [start, reported(results.segmentation)],
  COMPOSITING: [start, reported(results.segmentation), reported(results.backgrounds)],
  SHOPIFY_PUSH: [
    start, reported(results.segmentation), reported(results.backgrounds), reported(results.composite),
  ],
} as const satisfies Readonly<Record<string, readonly ProductImageCommand[]>>;

export interface Run {
  readonly job: ProductImageJob;
  readonly jobs: readonly ProductImageJob[];
  readonly events: readonly RecordedEvent<ProductImageEvent>[];
  readonly effects: readonly Effect[];
  readonly answers: readonly Result<Decision<ProductImageEvent>>[];
}

/** A second passes from one command to the next. What is refused changes nothing. */
export function run(commands: readonly ProductImageCommand[], first: Create = birth): Run {
  let job: ProductImageJob | null = null;
  const jobs: ProductImageJob[] = [];
  const events: RecordedEvent<ProductImageEvent>[] = [];
  const effects: Effect[] = [];
  const answers: Result<Decision<ProductImageEvent>>[] = [];
  [first, ...commands].forEach((command, index) => {
    const at = startedAt + index * 1_000;
    const answer: Result<Decision<ProductImageEvent>> = job === null
      ? productImage.create(command as Create, at)
      : productImage.decide(job, command, at);
    answers.push(answer);
    if (!answer.ok) return;
    for (const body of answer.value.events) {
      const event: RecordedEvent<ProductImageEvent> = {
        jobId: 'j', kind: productImage.name, sequence: (job?.version ?? 0) + 1, occurredAt: at, actor: 'shop',
        correlationId: 'c', body,
      };
      const missing = missingFields(productImage, job, event);
      if (missing.length > 0) throw new Error(`${body.type} enters ${body.state} without ${missing.join(', ')}`);
      job = fold(productImage, job, event);
      events.push(event);
      jobs.push(job);
    }
    effects.push(...answer.value.effects);
  });
  return { job: job!, jobs, events, effects, answers };
}

export function jobAfter(commands: readonly ProductImageCommand[]): ProductImageJob {
  return run(commands).job;
}

export function folded(events: readonly RecordedEvent<ProductImageEvent>[]): ProductImageJob | null {
  return foldAll(productImage, events);
}
