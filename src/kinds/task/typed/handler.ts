import type { WorkerLogger } from '../../../worker/server/log.ts';
import type { InputOf, OutputOf, Schema } from './schema.ts';
import type { Submission } from './submissions.ts';
import type { TaskOptions } from './task-options.ts';

/** A task as its handler is given it. */
export interface TaskJob<Data = any> {
  readonly id: string;
  readonly type: string;
  /** What was submitted. */
  readonly data: Data;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly createdById: string;
  /** Null: whoever submitted it did not say. */
  readonly totalItems: number | null;
  /** W3C traceparent of the request that submitted it, or null. */
  readonly traceparent: string | null;
}

/** What a handler has to work with. Its functions may be taken off it. */
export interface TaskContext {
  /**
   * How far it is, for those who watch: whole numbers from 0; the total stays as it was if left out. Only the newest
   * value is sent, some times a second. Awaiting it lets the worker breathe, which a long loop has to. Rejects with
   * the signal's reason once that is aborted.
   */
  progress(processed: number, total?: number): Promise<void>;
  /**
   * Notes what went wrong with one item, while the task goes on: in words, or what was thrown. The newest 100 are kept.
   */
  error(item: string | number | null, error: unknown): void;
  /** A line of the task's log, of up to 2,000 characters; level "info" unless given. The newest 10,000 are kept. */
  log(message: string): void;
  log(level: LogLevel, message: string): void;
  /**
   * A checkpoint: does the work, unless an earlier attempt has, and gives its result, which is JSON. Resolves when the
   * result is stored with the task, so that no later attempt does it again. Work that was done and not yet stored when
   * its worker died is done once more. Names are unique within a task, 1 to 100 characters; a task keeps up to 100
   * steps and 256 KB of results.
   */
  step<T>(name: string, work: () => T | Promise<T>): Promise<T>;
  /**
   * Starts another task, a part of this one, and gives its result. While it has not ended, this task holds no worker
   * and no slot: the attempt is interrupted and goes on later, with any worker, by running the handler again from its
   * start, which finds the children and the steps that are there by their names. So whatever is not in a `step` is done
   * again.
   * Rejects with `TaskFailed` or `TaskCanceled` when the child has; let through, that fails this task for good, since
   * the child has had its attempts. Whoever then retries this task retries the child. A task starts up to 1,000 others,
   * 10 levels deep; when it is canceled, they are.
   */
  run<I extends Schema<any, any>, O extends Schema<any, any>>(
    task: TaskOptions<I, O>, data: InputOf<I>, options?: ChildOptions,
  ): Promise<OutputOf<O>>;
  /** A child whose type is not defined here: nothing is known of its data and its result. */
  run<Result = any>(type: string, data: unknown, options?: ChildOptions): Promise<Result>;
  /** Several of a type at the same time; their results in the order of the data. The first that fails rejects. */
  runAll<I extends Schema<any, any>, O extends Schema<any, any>>(
    task: TaskOptions<I, O>, data: readonly InputOf<I>[], options?: ChildOptions,
  ): Promise<readonly OutputOf<O>[]>;
  runAll<Result = any>(type: string, data: readonly unknown[], options?: ChildOptions): Promise<readonly Result[]>;
  /**
   * Waits for so many milliseconds, or until a time, at most 366 days. Longer than a second, the attempt is interrupted
   * as it is by `run`, and goes on then.
   */
  sleep(until: number | Date, options?: { readonly name?: string }): Promise<void>;
  /** What the attempt has cost beside what was said before. Micro-dollars. */
  cost(microUsd: number): void;
  /** Aborted with a CanceledError, TimeoutError, ShutdownError or LeaseLostError: stop soon. */
  readonly signal: AbortSignal;
  readonly attempt: number;
  /** Writes to the task's log, fields as JSON after the message. */
  readonly logger: WorkerLogger;
}

/** What may be said of a child beside its data; it goes before what its definition says. */
export interface ChildOptions extends Pick<
  Submission, 'totalItems' | 'priority' | 'maxAttempts' | 'backoff' | 'timeout' | 'concurrencyKey' | 'labels'
> {
  /**
   * By which an attempt finds the child again: unique among those of the task, up to 100 characters. Its type unless
   * given, numbered from the second one on in the order of the calls. Those of `runAll` are numbered.
   */
  readonly name?: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * Does a task; gives its result, which must be JSON of up to 256 KB (nothing is null). What it throws fails the
 * attempt, see `DoNotRetry` and `RetryAfter`. It may be called again for the same task.
 */
export type Handler<Data = any> = (job: TaskJob<Data>, ctx: TaskContext) => unknown;

export type Handlers = Readonly<Record<string, Handler>>;
