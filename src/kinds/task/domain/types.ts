import type { ChildrenField } from '../../../domain/job/children.ts';
import type {
  DependencyEnded, DependentAdded, DependentsField, OnDependencyFailure, WaitsForField,
} from '../../../domain/job/dependencies.ts';
import type { Job, JobBirth, JobEvent, Labels, ReportedUnder } from '../../../domain/job/job.ts';
import type { StandardCommand } from '../../../domain/job/kind.ts';
import type { Backoff } from '../../../domain/retry.ts';

/** What was submitted, for good. */
export interface TaskInput {
  /** For the handler, plain JSON. */
  readonly data: unknown;
  readonly priority: number;
  /** 1 to 100. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** See `Work.timeoutMs`. */
  readonly timeoutMs: number | null;
  /** While a task of the type with this key has not ended, another one is not made. */
  readonly dedupeKey: string | null;
  readonly concurrencyKey: string | null;
  /** Jobs that have to succeed before. */
  readonly dependsOn: readonly string[];
  readonly onDependencyFailure: OnDependencyFailure;
  /** Told when the task ends. */
  readonly webhookUrl: string | null;
  /** The schedule that made it, or null. */
  readonly scheduleId: string | null;
  /** How many tasks are above one that a handler has started; absent for all others. */
  readonly depth?: number;
}

/** The job's `input`: what differs from `usualInput`. Nearly all of most tasks is as usual. */
export type StoredTaskInput = Partial<TaskInput>;

/** Never to be changed: stored tasks go by it. */
export const usualInput: Required<Omit<TaskInput, 'depth'>> = {
  data: null, priority: 0, maxAttempts: 3, backoff: { firstMs: 1_000, maxMs: 3_600_000 }, timeoutMs: null,
  dedupeKey: null, concurrencyKey: null, dependsOn: [], onDependencyFailure: 'cancel', webhookUrl: null,
  scheduleId: null,
};

export function inputOf({ input }: Pick<Job, 'input'>): TaskInput {
  return { ...usualInput, ...(input as StoredTaskInput) };
}

export interface ErrorEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What the error was about, in the handler's own words: a row's number, a file. */
  readonly item?: string;
  readonly message: string;
  /** What programs know it by. */
  readonly code?: string;
  /** Where it was thrown, with its causes. */
  readonly stack?: string;
}

/** What a worker knows of an error. */
export type ErrorFacts = Pick<ErrorEntry, 'message' | 'code' | 'stack'>;

/** A checkpoint of a handler: what one of its steps gave. */
export interface TaskStep {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly attempt: number;
  readonly result: unknown;
  /** How long it took, by its worker's clock; absent where the worker has not said. Milliseconds. */
  readonly tookMs?: number;
}

/** What is as it was when the task began is mostly left out. */
export interface TaskFields extends Partial<DependentsField & WaitsForField>, ChildrenField {
  /** It is not begun before. */
  readonly runAt: number;
  /** Absent while nobody has said how many there are. */
  readonly totalItems?: number | null;
  /** Absent: none. */
  readonly processedItems?: number;
  /** The newest, oldest first: at most `errorLogLength`; absent: none. */
  readonly errorLog?: readonly ErrorEntry[];
  /** What the handler returned; absent: null, or nothing yet. */
  readonly result?: unknown;
  /** Of the newest attempt that its worker ended, so that a repeated report is known; absent before. */
  readonly lastToken?: number | null;
  /** The newest numbered note of a worker, so that a repeated one is known; absent before. */
  readonly lastNote?: Note | null;
  /** Those that are done, in order, whichever attempt did them; absent: none. */
  readonly steps?: readonly TaskStep[];
  /** Its attempt is to go on when what it waits for has ended, and after this sleep; absent: it is not interrupted. */
  readonly suspended?: { readonly sleepMs: number };
  /** When somebody last retried it, milliseconds since 1970; absent: never. */
  readonly retriedAt?: number;
  /** Absent: no. */
  readonly cancelRequested?: boolean;
  /** Why it was canceled; absent or null unless it was. */
  readonly cancelReason?: string | null;
}

export type TaskJob = Job<TaskFields> & { readonly input: StoredTaskInput };

/** Whose word it is: the fencing token of the worker's lease. */
export interface Fenced {
  readonly token: number;
}

/** What a worker says on the way. Under one lease, numbers only grow; without one, a repetition counts again. */
interface NoteCommand extends Fenced {
  readonly number?: number;
}

/** Of a numbered note. */
export type Note = Required<ReportedUnder>;

export type TaskCommand =
  | StandardCommand
  | {
      readonly type: 'create';
      readonly ownerId: string;
      readonly traceparent: string | null;
      readonly jobType: string;
      readonly input: StoredTaskInput;
      readonly labels?: Labels;
      readonly runAt: number;
      readonly totalItems: number | null;
      /** Of `input.dependsOn`, those that have not ended. */
      readonly waitsFor: readonly string[];
      /** The task whose handler starts it. */
      readonly parentId?: string;
    }
  | (NoteCommand & { readonly type: 'progress'; readonly processed: number; readonly total: number | null })
  | (NoteCommand & ErrorFacts & { readonly type: 'error'; readonly item: string | null })
  | (NoteCommand & { readonly type: 'cost'; readonly microUsd: number })
  | (Fenced & {
      readonly type: 'step';
      readonly name: string;
      readonly result: unknown;
      /** Null: not known. */
      readonly tookMs: number | null;
    })
  | (Fenced & { readonly type: 'complete'; readonly result: unknown })
  | (Fenced & ErrorFacts & {
      readonly type: 'fail';
      /** False: it would fail again. */
      readonly retry: boolean;
      /** Null: as its backoff says. */
      readonly retryAfterMs: number | null;
      /** In [0, 1), for the jitter. */
      readonly random: number;
    })
  /** The handler has started a task that is a part of this one. */
  | (Fenced & { readonly type: 'startChild'; readonly childId: string })
  /** The handler has stopped, and its attempt goes on when those have ended, and not before it has slept. */
  | (Fenced & { readonly type: 'suspend'; readonly sleepMs: number; readonly waitsFor: readonly string[] })
  /** The worker gives it back, not begun or cut short. */
  | (Fenced & { readonly type: 'release' });

export type TaskEvent =
  | (JobBirth & {
      readonly type: 'TaskCreated';
      readonly state: 'pending';
      readonly jobType: string;
      readonly input: StoredTaskInput;
      /** Absent: none. */
      readonly labels?: Labels;
      readonly runAt: number;
      readonly totalItems: number | null;
      readonly waitsFor: readonly string[];
    })
  /** Written by the store as it hands the task out. */
  | (JobEvent & {
      readonly type: 'TaskStarted';
      readonly state: 'processing';
      readonly attempt: number;
      readonly workerId: string;
    })
  | (JobEvent & { readonly type: 'ProgressReported'; readonly processed: number; readonly total: number | null })
  | (JobEvent & { readonly type: 'ErrorReported'; readonly error: ErrorEntry })
  | (JobEvent & { readonly type: 'CostReported'; readonly microUsd: number; readonly costMicroUsd: number })
  | (JobEvent & { readonly type: 'StepCompleted'; readonly step: TaskStep })
  | (JobEvent & { readonly type: 'ChildStarted'; readonly childId: string })
  | (JobEvent & {
      readonly type: 'TaskSuspended';
      readonly state: 'pending';
      /** The next claim continues the attempt. */
      readonly attempt: number;
      readonly runAt: number;
      readonly sleepMs: number;
      readonly waitsFor: readonly string[];
    })
  | DependentAdded
  | DependencyEnded
  | (JobEvent & { readonly type: 'CancelRequested' })
  | (JobEvent & {
      readonly type: 'AttemptFailed';
      readonly state: 'pending';
      readonly error: ErrorEntry;
      readonly runAt: number;
    })
  | (JobEvent & { readonly type: 'TaskReleased'; readonly state: 'pending'; readonly attempt: number })
  | (JobEvent & { readonly type: 'TaskCompleted'; readonly state: 'completed'; readonly result: unknown })
  | (JobEvent & { readonly type: 'TaskFailed'; readonly state: 'failed'; readonly error: ErrorEntry })
  | (JobEvent & { readonly type: 'TaskCanceled'; readonly state: 'canceled'; readonly reason: string })
  | (JobEvent & {
      readonly type: 'TaskRetried';
      readonly state: 'pending';
      readonly attempt: 0;
      readonly runAt: number;
      readonly waitsFor: readonly string[];
    });
