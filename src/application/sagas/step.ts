import type { Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { SagaError } from '../../domain/saga/outcome.ts';
import type { Draft } from '../write-path/draft.ts';

/** One attempt at a step, or at its compensation. `I`: the saga's data. */
export interface StepAttempt<I = unknown> {
  readonly sagaId: string;
  /** The job that the saga serves. */
  readonly jobId: string;
  /** The same in every attempt at the step and its compensation, and nowhere else: what was done is known by it. */
  readonly key: string;
  /** From 1. */
  readonly attempt: number;
  /** Fencing token: greater with every attempt. What can compare it should refuse an older one. */
  readonly token: number;
  readonly data: I;
  /** Of the steps before, by name. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /**
   * Aborted when the time limit has passed, the lease is lost, the saga is canceled or the server stops. No external
   * action may follow, because from then on another runner may do it or undo it.
   */
  readonly signal: AbortSignal;
}

export type Performed<T = unknown> =
  /** `output`: plain JSON, up to `maxOutputBytes`. */
  | { readonly ok: true; readonly output: T }
  /**
   * `retryable`: another attempt may do better. `counts`: false when only this server cannot do it; true unless said.
   * What does not count is tried for ever: something else must end the saga. `retryInMs`: no sooner is it tried again,
   * even if the backoff is over; up to a day.
   */
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
      readonly counts?: boolean;
      readonly retryInMs?: number;
    };

/** Bytes of the JSON of what a step answers. */
export const maxOutputBytes = 65_536;

/** What undoes an awaited step. */
export type AwaitedActions<I = unknown, T = unknown> = Pick<StepActions<I, T>, 'undo'>;

/** False: the step is awaited. */
export function performs(actions: StepActions | AwaitedActions): actions is StepActions {
  return 'perform' in actions;
}

/** The external action of a step, and its command on the job. */
export interface StepActions<I = unknown, T = unknown> {
  /**
   * Looks first, by the key, whether it was done already: an attempt that broke off may have done it. What it throws
   * is a failure that may be retried.
   */
  perform(step: StepAttempt<I>): Promise<Performed<T>>;
  /**
   * Looks by the key for what was done, and undoes it; nothing, if there is nothing. `output` is null when no attempt
   * at the step has answered. What it throws is a failure that is retried.
   */
  undo?(step: StepAttempt<I> & { readonly output: T | null }): Promise<void>;
  /**
   * The job's command, decided and stored in one commit with the step's end. If the job refuses, the step has failed.
   * Must not change anything else than the draft: it may be called again.
   */
  tell?(draft: Draft, job: Job, output: T): Result<unknown>;
  /**
   * Like `tell`, for an attempt that failed and is to be tried again. If the job refuses, it is not: the step has
   * failed. Attempts that do not count are not told, nor those whose runner was lost.
   */
  retried?(draft: Draft, job: Job, failure: SagaError & { readonly sagaId: string }): Result<unknown>;
}
