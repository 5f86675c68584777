import type { WorkerOptions } from '../../../kinds/task/worker/index.ts';
import { settingsFor } from '../../../kinds/task/worker/options.ts';
import { TaskWorker } from '../../../kinds/task/worker/worker.ts';
import { HandlerProcesses, type HandlerOptions } from './processes.ts';

export interface RunningHandlers {
  /** What it has handlers for. */
  readonly types: readonly string[];
  /** See `Worker.stop`; the processes of the handlers are gone then. */
  stop(): Promise<void>;
  /** See `Worker.done`. */
  readonly done: Promise<void>;
}

/**
 * A worker that holds its leases in this process and runs the handlers of a module in others (see `HandlerProcesses`).
 *
 * @throws {Error} when the module cannot be loaded, with what is wrong in a sentence
 */
export async function startHandlers(
  handlers: HandlerOptions,
  options: Omit<WorkerOptions, 'handlers' | 'signals'>,
): Promise<RunningHandlers> {
  const processes = await HandlerProcesses.start(handlers);
  let worker: TaskWorker;
  try {
    worker = new TaskWorker(settingsFor(processes.offer, processes, { ...options, signals: false }));
  } catch (error) {
    await processes.stop();
    throw error;
  }
  return {
    types: processes.offer.types,
    stop: () => worker.stop().then(() => processes.stop()),
    done: worker.done,
  };
}
