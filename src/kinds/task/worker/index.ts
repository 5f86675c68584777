import { settingsOf, type WorkerOptions } from './options.ts';
import { stopOnSignals } from './signals.ts';
import { TaskWorker, type WorkerStats } from './worker.ts';

export {
  CanceledError, DoNotRetry, LeaseLostError, RetryAfter, ShutdownError, SuspendedError, TimeoutError,
} from './errors.ts';
export { TaskCanceled, TaskFailed } from '../typed/ended.ts';
export type { Handler, Handlers, LogLevel, TaskContext, TaskJob } from '../typed/handler.ts';
export type { WorkerOptions } from './options.ts';
export type { WorkTransport } from './transport.ts';
export type { WorkerStats } from './worker.ts';

export interface Worker {
  /**
   * Takes no more tasks, returns those not begun, lets those at work go on for `shutdownMs`, then tells them to stop,
   * and returns what has not ended a second later. Resolves when the server has heard of all that, or cannot be
   * reached. May be called again.
   */
  stop(): Promise<void>;
  /**
   * Resolves when the worker has stopped; rejects when it has by itself, because the server does not let it work: a
   * wrong token, no such server.
   */
  readonly done: Promise<void>;
  readonly stats: WorkerStats;
}

/**
 * Begins to do tasks, until it is stopped. Killed at any moment, it loses nothing: when its leases have run out, other
 * workers take its tasks.
 *
 * @throws {TypeError} when an option is missing or out of its range
 */
export function createWorker(options: WorkerOptions): Worker {
  const settings = settingsOf(options);
  const worker = new TaskWorker(settings);
  if (settings.signals) stopOnSignals(worker);
  return {
    stop: () => worker.stop(),
    done: worker.done,
    get stats() {
      return worker.stats;
    },
  };
}
