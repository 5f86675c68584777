import type { Job, JobBirth, JobEvent } from '../job/job.ts';
import type { StandardCommand } from '../job/kind.ts';
import type { SagaDefinition } from './definition.ts';
import type { AwaitedOutcome, SagaError } from './outcome.ts';

/** What was begun, complete and for good: a saga goes on as it was defined then. */
export interface SagaInput {
  readonly definition: SagaDefinition;
  /** For the steps, plain JSON. */
  readonly data: unknown;
}

/**
 * `forward`: its steps are done. `compensating`: they are undone. `ending`: nothing is left but to tell the job, in the
 * commit of the saga's end.
 */
export type SagaMode = 'forward' | 'compensating' | 'ending';

/** What the next attempt is to do. */
export interface NextAttempt {
  readonly mode: SagaMode;
  /** Null where it is ending. */
  readonly step: string | null;
}

export type StepState = 'pending' | 'in_progress' | 'completed' | 'failed' | 'compensating' | 'compensated';

export interface StepRecord {
  readonly name: string;
  readonly state: StepState;
  /** How many attempts at it have begun. */
  readonly attempts: number;
  /** How many attempts at its compensation have begun. */
  readonly undoAttempts: number;
  /** When the first attempt began; null before. Milliseconds since 1970. */
  readonly startedAt: number | null;
  /** When it was completed, failed or was undone for good; null before. */
  readonly completedAt: number | null;
  /** What it answered, plain JSON; null where it did not. */
  readonly output: unknown;
  /** Of its newest failed attempt; null when it was completed or undone. */
  readonly error: SagaError | null;
}

export interface SagaFields {
  /** In the order of the definition. */
  readonly steps: readonly StepRecord[];
  readonly next: NextAttempt;
  /** Why it does not go on; null while it does. */
  readonly failure: (SagaError & { readonly step: string }) | null;
  readonly cancelRequested: boolean;
  /** What was heard of awaited steps before their turn came, by their name. */
  readonly early: Readonly<Record<string, AwaitedOutcome>>;
}

export type SagaJob = Job<SagaFields>;

/** Whose word it is: the fencing token of the runner's lease. */
interface Fenced {
  readonly token: number;
}

export type SagaCommand =
  | StandardCommand
  | {
      readonly type: 'create';
      readonly ownerId: string;
      readonly traceparent: string | null;
      /** The job that it serves. */
      readonly jobId: string;
      readonly input: SagaInput;
    }
  /** Of an awaited step, from the decision of a job. */
  | { readonly type: 'settle'; readonly step: string; readonly outcome: AwaitedOutcome }
  /** What was to be done, or undone, is. */
  | (Fenced & { readonly type: 'done'; readonly output: unknown })
  /**
   * It is not; `random` in [0, 1), for the jitter. `counts`: false for a runner that cannot do it while others can,
   * which is no reason to give up; true unless said. `retryInMs`: not before, up to a day.
   */
  | (Fenced & SagaError & {
      readonly type: 'fail';
      readonly retryable: boolean;
      readonly counts?: boolean;
      readonly retryInMs?: number;
      readonly random: number;
    })
  /** The job is told of the saga's end in this very commit. */
  | (Fenced & { readonly type: 'end' })
  /** The runner shuts down: the attempt does not count. */
  | (Fenced & { readonly type: 'release' });

/** An event after which the saga waits for its next attempt says what that is. */
interface Onward extends JobEvent {
  readonly state: 'waiting';
  readonly next: NextAttempt;
}

/** One that may leave the saga where it is, since another event of the same decision takes it on. */
type MaybeOnward = JobEvent & { readonly state?: 'waiting'; readonly next?: NextAttempt };

export type SagaEvent =
  | (JobBirth & Onward & {
      readonly type: 'SagaStarted';
      readonly jobType: string;
      readonly input: SagaInput;
      readonly parentId: string;
    })
  /** Written by the store as it hands the saga to a runner. What it begins, the event before says (`next`). */
  | (JobEvent & {
      readonly type: 'StepStarted';
      readonly state: 'running';
      readonly attempt: number;
      readonly workerId: string;
    })
  /** An awaited step begins. */
  | (JobEvent & {
      readonly type: 'StepStarted';
      readonly state: 'awaiting';
      readonly attempt: 0;
      readonly step: string;
      readonly next: NextAttempt;
    })
  /** Written by the store as it hands a saga to a runner whose awaited step was not settled in time. */
  | (JobEvent & {
      readonly type: 'StepTimedOut';
      readonly state: 'running';
      readonly attempt: number;
      readonly workerId: string;
    })
  /** An awaited step is settled before its turn has come. */
  | (JobEvent & {
      readonly type: 'StepSettled';
      readonly step: string;
      readonly outcome: AwaitedOutcome;
      readonly next: NextAttempt;
    })
  | (MaybeOnward & { readonly type: 'StepCompleted'; readonly step: string; readonly output: unknown })
  | (MaybeOnward & SagaError & { readonly type: 'StepFailed'; readonly step: string; readonly final: boolean })
  | (JobEvent & { readonly type: 'CancelRequested' })
  | (Onward & { readonly type: 'CompensationStarted'; readonly reason: 'failed' | 'canceled' })
  | (MaybeOnward & { readonly type: 'StepCompensated'; readonly step: string })
  | (MaybeOnward & SagaError & {
      readonly type: 'StepCompensationFailed';
      readonly step: string;
      readonly final: boolean;
    })
  | (Omit<Onward, 'state'> & {
      readonly type: 'AttemptReleased';
      readonly state: 'waiting' | 'awaiting';
      readonly step: string | null;
      readonly attempt: number;
    })
  /** All is done or undone, and nobody could tell the job. */
  | (Onward & { readonly type: 'SagaEnding' })
  | (JobEvent & { readonly type: 'SagaCompleted'; readonly state: 'succeeded' })
  | (JobEvent & { readonly type: 'SagaFailed'; readonly state: 'failed' })
  | (JobEvent & { readonly type: 'SagaCompensated'; readonly state: 'compensated' })
  | (JobEvent & { readonly type: 'SagaCanceled'; readonly state: 'canceled' });
