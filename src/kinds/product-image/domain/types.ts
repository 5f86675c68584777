import type { Job, JobBirth, JobEvent } from '../../../domain/job/job.ts';
import type { StandardCommand } from '../../../domain/job/kind.ts';
import type { ErrorCode } from './error-codes.ts';

/** Keys and lists are null until they have something, so that states can require them. */
export interface ProductImageFields {
  readonly sku: string;
  /** http or https. */
  readonly imageUrl: string;
  /** Lower-case hex. */
  readonly imageSha256: string;
  readonly theme: string;
  /** How often the job may be retried. */
  readonly maxAttempts: number;
  /** From start, or retry, to the end. Milliseconds. */
  readonly timeLimitMs: number;
  readonly originalKey: string | null;
  readonly maskKey: string | null;
  readonly bgKeys: readonly string[] | null;
  readonly compositeKeys: readonly string[] | null;
  readonly thumbKeys: readonly string[] | null;
  readonly shopifyMediaIds: readonly string[] | null;
  readonly shopifyProductId: string | null;
  readonly segmentProvider: string | null;
  readonly bgProvider: string | null;
  /** The provider's own ids, to ask it instead of paying twice. */
  readonly segmentJobId: string | null;
  readonly bgJobIds: readonly string[] | null;
  /** Why the last attempt failed; null while one is under way. */
  readonly errorCode: ErrorCode | null;
  readonly errorMessage: string | null;
  readonly errorStack: string | null;
}

export type ProductImageJob = Job<ProductImageFields>;

export type Segmentation = Pick<ProductImageFields, 'segmentProvider' | 'segmentJobId'> & {
  readonly step: 'segmentation';
  readonly maskKey: string;
};
export type Backgrounds = Pick<ProductImageFields, 'bgProvider' | 'bgJobIds'> & {
  readonly step: 'backgrounds';
  readonly bgKeys: readonly string[];
};
export interface Composite {
  readonly step: 'composite';
  readonly compositeKeys: readonly string[];
  readonly thumbKeys: readonly string[] | null;
}
export interface ShopifyPush {
  readonly step: 'shopify';
  readonly shopifyMediaIds: readonly string[];
  readonly shopifyProductId: string | null;
}
/** What came of a step. */
export type StepResult = Segmentation | Backgrounds | Composite | ShopifyPush;

export type ProductImageCommand =
  | StandardCommand
  | {
      readonly type: 'create';
      readonly ownerId: string;
      readonly traceparent: string | null;
      readonly sku: string;
      readonly imageUrl: string;
      readonly imageSha256: string;
      readonly theme: string;
      readonly maxAttempts: number;
      readonly timeLimitMs: number;
    }
  | { readonly type: 'start' }
  /** `microUsd`: what the step cost, an integer from 0 on. */
  | { readonly type: 'report'; readonly result: StepResult; readonly microUsd: number }
  | { readonly type: 'fail'; readonly code: ErrorCode; readonly message: string; readonly stack: string | null };

export type ProductImageEvent =
  | (JobBirth & {
      readonly type: 'ImageAnnounced';
      readonly state: 'NEW';
      readonly sku: string;
      readonly imageUrl: string;
      readonly imageSha256: string;
      readonly theme: string;
      readonly maxAttempts: number;
      readonly timeLimitMs: number;
    })
  | (JobEvent & {
      readonly type: 'ImageStarted';
      readonly state: 'QUEUED';
      readonly originalKey: string;
      readonly deadlineAt: number;
    })
  /** A state passed through, by the report of a step that was begun without a word. */
  | (JobEvent & {
      readonly type: 'StepStarted';
      readonly state: 'SEGMENTING' | 'BG_GENERATING' | 'COMPOSITING' | 'SHOPIFY_PUSH';
    })
  | (JobEvent & {
      readonly type: 'StepDone';
      readonly state: 'BG_GENERATING' | 'COMPOSITING' | 'SHOPIFY_PUSH' | 'DONE';
      readonly result: StepResult;
      readonly microUsd: number;
    })
  | (JobEvent & {
      readonly type: 'ImageFailed';
      readonly state: 'FAILED';
      readonly code: ErrorCode;
      readonly message: string;
      readonly stack: string | null;
    })
  | (JobEvent & {
      readonly type: 'ImageRetried';
      readonly state: 'QUEUED';
      readonly attempt: number;
      readonly originalKey: string;
      readonly deadlineAt: number;
    })
  /** A clock was wrong when the deadline was set. */
  | (JobEvent & { readonly type: 'DeadlineCorrected'; readonly deadlineAt: number });
