import type { Result } from '../../../domain/errors.ts';
import type { Job, RecordedEvent } from '../../../domain/job/job.ts';
import type { WorkLimits } from '../../../domain/job/work.ts';
import type { ErrorFacts, TaskFields } from '../domain/types.ts';
import type { Waiting } from '../domain/waiting.ts';
import type { Backoff } from '../../../domain/retry.ts';
import type { LogLevel, LogLine } from '../../../ports/store/log-store.ts';
import type { JobSummary } from '../../../ports/store/store.ts';
import type { HeldJob, WorkerNote } from '../../../ports/store/worker-store.ts';
import type { RequestContext } from '../../../application/application.ts';
import type { Page } from '../../../application/page.ts';
import type { UnaskedType } from '../../../application/work/asked.ts';

/** What the server does with jobs of the kind task, and for the workers that do them. */
export interface TaskApplication {
  readonly tasks: Tasks;
  readonly work: WorkDispatch;
  readonly workers: Workers;
  readonly workTypes: WorkTypes;
}

/** A task as lists have it. */
export type TaskSummary = Omit<JobSummary, 'items'> & { readonly fields: TaskFields };

/** A task that is asked for by itself. */
export type TaskDetail = TaskSummary & { readonly waitingFor: Waiting | null };

export interface Tasks {
  submit(context: RequestContext, input: SubmitTask): Promise<Result<SubmittedTask>>;
  /** Each by itself: what is wrong with one does not keep the others from being made. */
  submitAll(context: RequestContext, inputs: readonly SubmitTask[]): Promise<readonly Result<SubmittedTask>[]>;
  get(context: RequestContext, taskId: string): Promise<Result<TaskDetail>>;
  /** The caller's own; an admin's list holds every user's, or `ownerId`'s. Newest first. */
  list(context: RequestContext, filter: ListTasks): Promise<Result<TaskPage>>;
  /** For whoever knows the id. */
  progress(taskId: string): Promise<Result<TaskSummary>>;
  cancel(context: RequestContext, taskId: string): Promise<Result<TaskSummary>>;
  retry(context: RequestContext, taskId: string): Promise<Result<TaskSummary>>;
  /** Forgets a task that has ended, with all that belongs to it. */
  remove(context: RequestContext, taskId: string): Promise<Result<null>>;
  /** Does it to each of the tasks: those named, or the newest that match. */
  bulk(context: RequestContext, action: BulkAction, selection: BulkSelection): Promise<Result<BulkOutcome>>;
  /** Ends when the task has, or when the signal is aborted; the task's events from then on, in groups. */
  follow(
    context: RequestContext,
    taskId: string,
    options: { readonly after: number; readonly signal: AbortSignal },
  ): Promise<Result<AsyncIterable<readonly RecordedEvent[]>>>;
  logs(
    context: RequestContext,
    taskId: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<Result<Page<LogLine>>>;
  /** How many tasks there are, by type and state; of all users, for operators and admins. */
  stats(context: RequestContext): Promise<Result<TaskStats>>;
}

export interface SubmitTask {
  /** 1 to 100 letters, digits and `_ . : / -`. */
  readonly type: string;
  readonly data: unknown;
  readonly totalItems?: number;
  /** −1,000 to 1,000; 0 if left out. */
  readonly priority?: number;
  /** Milliseconds since 1970; at once if left out. */
  readonly runAt?: number;
  /** What is left out of these is the type's, or the server's. */
  readonly maxAttempts?: number;
  readonly backoff?: Backoff;
  readonly timeoutMs?: number | null;
  readonly dedupeKey?: string;
  readonly concurrencyKey?: string;
  readonly dependsOn?: readonly string[];
  readonly onDependencyFailure?: 'cancel' | 'run';
  readonly webhookUrl?: string;
  readonly idempotencyKey?: string;
  /** Set by the scheduler alone. */
  readonly scheduleId?: string;
}

export interface SubmittedTask {
  readonly task: TaskSummary;
  /** False: an earlier request with the same key made it. */
  readonly isNew: boolean;
}

export interface TaskFilter {
  readonly ownerId?: string;
  readonly type?: string;
  readonly status?: string;
  readonly createdFrom?: number;
  readonly createdBefore?: number;
}

export interface ListTasks extends TaskFilter {
  /** 1 to 1,000. */
  readonly limit: number;
  /** 0 to 10,000. Not together with a cursor. */
  readonly offset?: number;
  readonly cursor?: string;
  /** Whether with `data`, `result` and `errorLog` when they are large; false if left out. */
  readonly whole?: boolean;
}

export interface TaskPage {
  readonly tasks: readonly TaskSummary[];
  readonly nextCursor: string | null;
}

export type BulkAction = 'cancel' | 'retry' | 'delete';

export type BulkSelection = { readonly ids: readonly string[] } | { readonly filter: TaskFilter };

export interface BulkOutcome {
  readonly results: readonly { readonly id: string; readonly result: Result<null> }[];
  /** Whether more tasks match the filter than were looked at (1,000): ask again. */
  readonly hasMore: boolean;
}

export interface TaskStats {
  readonly jobs: readonly { readonly type: string; readonly status: string; readonly count: number }[];
  /** Open ones by what they wait for; see `WorkStore`. */
  readonly work: readonly { readonly type: string; readonly place: string; readonly count: number }[];
  /** Types of which tasks are ready, and that no worker asks for. */
  readonly unasked: readonly UnaskedType[];
}

/** For workers, whose role the transport has checked. */
export interface WorkDispatch {
  /** Up to `limit` tasks, leased; waits up to `waitMs` for the first. Empty when none came, or at shutdown. */
  take(options: TakeOptions): Promise<Result<readonly TakenTask[]>>;
  /** Each by itself, in order; may be said again. Rejects when the store cannot be reached. */
  report(workerId: string, reports: readonly WorkReport[]): Promise<readonly ReportResult[]>;
  extend(heartbeat: Heartbeat): Promise<readonly ExtendedLease[]>;
  /** The time that leases go by. Milliseconds since 1970. */
  now(): number;
}

export interface TakeOptions {
  /** 1 to 200 characters. */
  readonly workerId: string;
  readonly types: readonly string[];
  /** 1 to 1,000. */
  readonly limit: number;
  readonly leaseMs: number;
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

export interface Heartbeat {
  readonly workerId: string;
  readonly leaseIds: readonly string[];
  readonly leaseMs: number;
  /** What the worker would take if it had room. */
  readonly types?: readonly string[] | undefined;
  /** It takes no more. */
  readonly stopping?: boolean | undefined;
}

export interface TakenTask {
  readonly leaseId: string;
  readonly task: Job;
  readonly leasedUntil: number;
  readonly timeoutAt: number | null;
}

/** What a worker says of a task it holds. */
export type WorkReport = { readonly leaseId: string } & (
  | { readonly type: 'complete'; readonly result: unknown }
  | (ErrorFacts & {
      readonly type: 'fail';
      readonly retry: boolean;
      readonly retryAfterMs: number | null;
    })
  | { readonly type: 'return' }
  | (Numbered & { readonly type: 'progress'; readonly processed: number; readonly total: number | null })
  | (Numbered & ErrorFacts & { readonly type: 'error'; readonly item: string | null })
  | (Numbered & { readonly type: 'cost'; readonly microUsd: number })
  | {
      readonly type: 'log';
      readonly lines: readonly { readonly at: number; readonly level: LogLevel; readonly message: string }[];
    }
);

/** With one that grows with every report under the lease, a report may be said again; without, it counts again. */
interface Numbered {
  readonly number?: number;
}

export interface ReportOutcome {
  readonly status: string;
  /** The worker is to stop. */
  readonly calledOff: boolean;
}

/** The last one: the server failed over this very report, and has logged it. */
export type ReportResult =
  | Result<ReportOutcome>
  | { readonly ok: false; readonly refusal: null; readonly fault: unknown };

export interface ExtendedLease {
  readonly leaseId: string;
  /** Null when the lease is lost. */
  readonly leasedUntil: number | null;
  readonly calledOff: boolean;
}

/** Who is at work; for operators, whose role the transport has checked. */
export interface Workers {
  /** By id. `cursor`: the `nextCursor` of the page before; limit 1 to 999. */
  list(options: { readonly limit: number; readonly cursor?: string }): Promise<Result<WorkerPage>>;
}

export interface WorkerPage {
  readonly workers: readonly WorkerView[];
  /** False: more tasks are held than are looked at. */
  readonly complete: boolean;
  readonly nextCursor: string | null;
}

export interface WorkerView extends WorkerNote {
  /** `jobs`: those held longest, up to 100. */
  readonly holds: { readonly count: number; readonly jobs: readonly HeldJob[] };
}

/** What the kind task has a type's settings say of tasks that do not say it themselves. */
export interface TaskDefaults {
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly timeoutMs: number | null;
}

export interface WorkTypeView {
  readonly name: string;
  readonly limits: WorkLimits;
  readonly defaults: TaskDefaults;
  /** Null: as every type is that nothing was said of. */
  readonly updatedAt: number | null;
}

/** Operators set them; every user may see them. */
export interface WorkTypes {
  list(context: RequestContext): Promise<Result<readonly WorkTypeView[]>>;
  get(context: RequestContext, name: string): Promise<Result<WorkTypeView>>;
  /** No task of the type begins until it is resumed; those that run go on. Said again, changes nothing. */
  pause(context: RequestContext, name: string): Promise<Result<WorkTypeView>>;
  resume(context: RequestContext, name: string): Promise<Result<WorkTypeView>>;
  /** What is undefined stays as it is. */
  put(
    context: RequestContext,
    name: string,
    change: { readonly limits?: Partial<WorkLimits>; readonly defaults?: Partial<TaskDefaults> },
  ): Promise<Result<WorkTypeView>>;
}
