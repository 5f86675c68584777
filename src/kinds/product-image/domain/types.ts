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
  /** How often the job may be retried, and the pipeline try again by itself in each attempt. */
  readonly maxAttempts: number;
  /** How often the pipeline has tried again by itself since the start or the last retry. */
  readonly tries: number;
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
  /** The probability (0..1) that the mask is right, as who made it estimates; null where nobody has said. */
  readonly segmentConfidence: number | null;
  /** The provider's own ids, to ask it instead of paying twice. */
  readonly segmentJobId: string | null;
  readonly bgJobIds: readonly string[] | null;
  /** Of the shop, by the file's name: what the pipeline has made there. */
  readonly shopFileIds: Readonly<Record<string, string>>;
  /** The saga of the pipeline that does the steps now; null: nobody does, or an orchestrator outside. */
  readonly sagaId: string | null;
  /** The call of a provider that is planned or under way. */
  readonly call: ProviderCall | null;
  /** How many calls have ended, well or not. */
  readonly callsEnded: number;
  /** While the day's spending limit is reached: until when no call is begun. Milliseconds since 1970. */
  readonly pausedUntil: number | null;
  /** When the step under way began; null before the start. Milliseconds since 1970. */
  readonly stepSince: number | null;
  /** How long each step took the last time that it was done. Milliseconds. */
  readonly timings: Timings;
  /** Why the last attempt failed; null while one is under way. */
  readonly errorCode: ErrorCode | null;
  readonly errorMessage: string | null;
  readonly errorStack: string | null;
}

export interface ProviderCall {
  readonly step: PaidStep;
  /** Its name. */
  readonly provider: string;
  /** The provider's own id; null until it has begun the call. */
  readonly providerJobId: string | null;
  /** What it will probably cost: counted as spent on `day` until the real cost is known. */
  readonly estimateMicroUsd: number;
  /** In UTC: "2026-11-29". */
  readonly day: string;
  /** The job ended before the call did: its cost has the estimate in it. */
  readonly isCharged: boolean;
}

export type PaidStep = 'segmentation' | 'backgrounds';
export type Timings = Readonly<Partial<Record<StepResult['step'], number>>>;

export type ProductImageJob = Job<ProductImageFields>;

/** Of the pipeline alone: nobody reports it from outside. */
export interface Original {
  readonly step: 'original';
  readonly originalKey: string;
}
export type Segmentation = Pick<ProductImageFields, 'segmentProvider' | 'segmentJobId'> & {
  readonly step: 'segmentation';
  readonly maskKey: string;
  /** Of this mask; absent where nobody has said. */
  readonly segmentConfidence?: number;
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
export type StepResult = Original | Segmentation | Backgrounds | Composite | ShopifyPush;

/** Whose word it is, if the pipeline's: refused unless the saga still does the job. */
interface OfSaga {
  readonly sagaId: string;
}

/** What the saga of the pipeline says while it does a step. */
export type PipelineCommand = OfSaga & (
  /** It has begun: the job's time limit begins. */
  | { readonly type: 'take' }
  /** Before a call. Refused with `limit_reached` if the job would then cost more than the limit; null: none. */
  | {
      readonly type: 'planCall';
      readonly step: PaidStep;
      readonly provider: string;
      readonly estimateMicroUsd: number;
      readonly limitMicroUsd: number | null;
    }
  | { readonly type: 'beginCall'; readonly providerJobId: string }
  /** The call gave nothing, and cost so much. What it cost if it gave something, the report says. */
  | { readonly type: 'endCall'; readonly providerJobId: string; readonly microUsd: number }
  /** What may be spent today is spent. */
  | { readonly type: 'pause'; readonly until: number }
  | { readonly type: 'createFile'; readonly filename: string; readonly fileId: string }
  /** An attempt at a step has failed; refused if there is to be no other. */
  | { readonly type: 'tryAgain'; readonly code: ErrorCode; readonly message: string }
);

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
  /** `sagaId`: of a new saga, if the pipeline is to do the steps. */
  | ({ readonly type: 'start' } & Partial<OfSaga>)
  /**
   * `microUsd`: what the step cost, an integer from 0 on. `isReused`: it was not done now, its result was there.
   * Without `sagaId` it comes from outside, and the pipeline leaves the job alone from then on.
   */
  | ({
      readonly type: 'report'; readonly result: StepResult; readonly microUsd: number; readonly isReused?: true;
    } & Partial<OfSaga>)
  | { readonly type: 'fail'; readonly code: ErrorCode; readonly message: string; readonly stack: string | null }
  | PipelineCommand;

interface CallChange {
  /** The call as it is from now on; absent: as it was. */
  readonly call?: ProviderCall | null;
}

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
      readonly state: 'SEGMENTING' | 'BG_GENERATING' | 'COMPOSITING' | 'SHOPIFY_PUSH' | 'DONE';
      readonly result: StepResult;
      readonly microUsd: number;
      readonly isReused?: true;
      readonly sagaId?: string;
    } & CallChange)
  | (JobEvent & {
      readonly type: 'ImageFailed';
      readonly state: 'FAILED';
      readonly code: ErrorCode;
      readonly message: string;
      readonly stack: string | null;
    } & CallChange)
  | (JobEvent & {
      readonly type: 'ImageRetried';
      readonly state: 'QUEUED';
      readonly attempt: number;
      readonly originalKey: string;
      readonly deadlineAt: number;
    })
  /** The pipeline is to do the steps. */
  | (JobEvent & { readonly type: 'PipelineBegan'; readonly sagaId: string; readonly deadlineAt: null })
  | (JobEvent & { readonly type: 'PipelineTook'; readonly deadlineAt: number })
  | (JobEvent & { readonly type: 'CallPlanned'; readonly deadlineAt?: number; readonly call: ProviderCall })
  | (JobEvent & { readonly type: 'CallBegun'; readonly call: ProviderCall })
  | (JobEvent & { readonly type: 'CallEnded'; readonly microUsd: number; readonly call: null })
  | (JobEvent & { readonly type: 'CallsPaused'; readonly until: number; readonly deadlineAt: number })
  | (JobEvent & { readonly type: 'FileCreated'; readonly filename: string; readonly fileId: string })
  | (JobEvent & {
      readonly type: 'AttemptFailed'; readonly tries: number; readonly code: ErrorCode; readonly message: string;
    })
  /** A clock was wrong when the deadline was set. */
  | (JobEvent & { readonly type: 'DeadlineCorrected'; readonly deadlineAt: number });
