import type { WorkerLogger } from '../../../worker/server/log.ts';

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
  /** What the attempt has cost beside what was said before. Micro-dollars. */
  cost(microUsd: number): void;
  /** Aborted with a CanceledError, TimeoutError, ShutdownError or LeaseLostError: stop soon. */
  readonly signal: AbortSignal;
  readonly attempt: number;
  /** Writes to the task's log, fields as JSON after the message. */
  readonly logger: WorkerLogger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * Does a task; gives its result, which must be JSON of up to 256 KB (nothing is null). What it throws fails the
 * attempt, see `DoNotRetry` and `RetryAfter`. It may be called again for the same task.
 */
export type Handler<Data = any> = (job: TaskJob<Data>, ctx: TaskContext) => unknown;

export type Handlers = Readonly<Record<string, Handler>>;
