import type { DependentAdded, DependentsField } from '../../../domain/job/dependencies.ts';
import type { JobBirth, JobEvent } from '../../../domain/job/job.ts';
import type { Job } from '../../../domain/job/job.ts';
import type { StandardCommand } from '../../../domain/job/kind.ts';
import type { Concepts } from './concepts.ts';
import type { Output } from './output.ts';

export interface ImageSetFields extends DependentsField {
  readonly preset: string;
  /** Items that may be uploaded, 1 to 200: as many as credits were reserved at create. */
  readonly itemCount: number;
  /** Null: those that were uploaded for the set itself. */
  readonly inputs: InputSource | null;
  /** What the photos' files were called, by item, empty where nobody said; none when nobody said any. */
  readonly names: readonly string[];
  /** Items that the set stands for, set when the upload is confirmed; null before. */
  readonly total: number | null;
  readonly done: number;
  readonly failed: number;
  /** Null before execute. */
  readonly concepts: Concepts | null;
  readonly protect: readonly string[];
  readonly ruleId: string | null;
  readonly outputTemplate: string | null;
  /** Whether photos are restyled even where the worker doubts the result. */
  readonly force: boolean;
  readonly output: Output;
  /** The newest idempotency keys of results, oldest first: at most `rememberedKeys`. */
  readonly keys: readonly string[];
  /** Items of whose photos a worker has stored a preview, in the order of their results. */
  readonly previewed: readonly number[];
  /** Why the set was canceled; null unless it was. */
  readonly cancelReason: 'requested' | 'expired' | null;
}

/**
 * The photos that a set is made of, where they were uploaded for another one: each item's place in that one. They
 * must not be deleted before the last open set that refers to them has ended.
 */
export interface InputSource {
  readonly jobId: string;
  readonly items: readonly number[];
}

export type ImageSetJob = Job<ImageSetFields>;

export interface ItemResult {
  readonly idx: number;
  readonly status: 'done' | 'failed';
  readonly outputKey: string | null;
  readonly previewKey: string | null;
  readonly error: string | null;
  /** Whether a preview of the photo itself was stored, where the message says. */
  readonly hasInputPreview?: boolean;
  /** For programs, 1 to 64 of a-z, 0-9 and _; null when done, or when the worker gave none. */
  readonly errorCode: string | null;
  /** The probability (0..1) that the result is right; absent when the worker gave none. */
  readonly confidence?: number;
  /** The worker's key for this result, 1 to 200 characters. */
  readonly idempotencyKey: string;
}

export type ImageSetCommand =
  | StandardCommand
  | {
      readonly type: 'create';
      readonly ownerId: string;
      readonly preset: string;
      readonly itemCount: number;
      /** As many as `itemCount`, and nothing is to be uploaded; absent where there is. */
      readonly inputs?: InputSource;
      /** As many as `itemCount`; absent where none is known. */
      readonly names?: readonly string[];
      readonly traceparent: string | null;
      /** Milliseconds until a set that is not executed expires. */
      readonly uploadTimeLimitMs: number;
    }
  /** `totalItems`: null for as many as the set was created for. */
  | { readonly type: 'confirmUpload'; readonly totalItems: number | null }
  | {
      readonly type: 'execute';
      readonly concepts: Concepts;
      readonly protect: readonly string[];
      readonly ruleId: string | null;
      readonly outputTemplate: string | null;
      readonly force: boolean;
      readonly output: Output;
      /** Milliseconds from now until items without a result fail. */
      readonly timeLimitMs: number;
    }
  | { readonly type: 'recordItemResult'; readonly result: ItemResult };

export type ImageSetEvent =
  | (JobBirth & {
      readonly type: 'JobCreated';
      readonly state: 'created';
      readonly preset: string;
      readonly itemCount: number;
      readonly inputs?: InputSource;
      readonly names?: readonly string[];
    })
  | (JobEvent & { readonly type: 'UploadConfirmed'; readonly state: 'uploaded'; readonly total: number })
  | (JobEvent & {
      readonly type: 'JobQueued';
      readonly state: 'queued';
      readonly concepts: Concepts;
      readonly protect: readonly string[];
      readonly ruleId: string | null;
      readonly outputTemplate: string | null;
      readonly force: boolean;
      readonly output: Output;
    })
  | (JobEvent & { readonly type: 'JobStarted'; readonly state: 'running' })
  | DependentAdded
  /** A clock was wrong when the deadline was set. */
  | (JobEvent & { readonly type: 'DeadlineCorrected'; readonly deadlineAt: number })
  | (JobEvent & { readonly type: 'ItemRecorded'; readonly result: ItemResult })
  | (JobEvent & { readonly type: 'JobCompleted'; readonly state: 'done' })
  | (JobEvent & { readonly type: 'JobFailed'; readonly state: 'failed' })
  | (JobEvent & {
      readonly type: 'JobCanceled';
      readonly state: 'canceled';
      readonly reason: 'requested' | 'expired';
    });
