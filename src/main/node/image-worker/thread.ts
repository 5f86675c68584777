import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Logger } from '../../../ports/world.ts';
import { defaultLimits, type ImageWorkerLimits } from '../../../worker/images/limits.ts';
import type { ImageWorkerStats } from '../../../worker/images/stats.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

export interface ImageWorkerThread {
  /**
   * Lets the photos under way end for the grace time, has the messages given back, and ends the thread, by
   * force if it does not end by itself soon after. May be called again; resolves when the thread is gone.
   */
  stop(): Promise<void>;
}

export interface ImageWorkerThreadOptions {
  /** Base URL of the server. */
  readonly server: string;
  readonly secret: string;
  /** Photos under way at once, 1 to 64. */
  readonly concurrency: number;
  readonly logger: Logger;
  readonly limits?: Partial<ImageWorkerLimits>;
  /** URL of a module whose default export makes `{ restyle }`, to be used instead of the built-in one. */
  readonly restyler?: string;
  /** Milliseconds beside the grace time until a thread that does not end is ended by force; 15,000 unless given. */
  readonly marginMs?: number;
  /** The counts of the thread that runs now: they begin at 0 again when it was restarted. */
  readonly onStats?: (stats: ImageWorkerStats) => void;
}

/** Between the death of a thread and the next one: doubled each time, and the first one after a long life again. */
const firstRestartMs = 1_000;
const maxRestartMs = 60_000;
const longLifeMs = 60_000;
/** For giving messages back, and for a photo that blocks the thread. */
const standardMarginMs = 15_000;

/**
 * Runs an image worker in a thread of its own, since restyling blocks a thread for seconds at a time.
 * A thread that dies is replaced; what it was doing is delivered again when its lease has run out.
 */
export function startImageWorkerThread(options: ImageWorkerThreadOptions): ImageWorkerThread {
  const { server, secret, concurrency, logger, limits = {}, restyler = null } = options;
  const { onStats = () => {}, marginMs = standardMarginMs } = options;
  // `.ts` in a checkout, `.js` when built.
  const entry = new URL(`./entry${extname(import.meta.url)}`, import.meta.url);
  const workerData: ThreadData = { server, secret, concurrency, limits, restyler };
  let thread: Worker | null = null;
  let restart: NodeJS.Timeout | undefined;
  let restartMs = firstRestartMs;
  let stopping: Promise<void> | null = null;

  const start = (): void => {
    const startedAt = performance.now();
    const started = new Worker(entry, { workerData, name: 'image-worker' });
    thread = started;
    started.on('message', (message: FromThread) => {
      if (message.type === 'stats') onStats(message.stats);
      else logger[message.level](message.message, { worker: 'images', ...message.fields });
    });
    started.on('error', (error: Error) => {
      logger.error('image worker thread broke', { worker: 'images', error: error.stack ?? String(error) });
    });
    started.on('exit', (exitCode) => {
      thread = null;
      if (stopping !== null) return;
      if (performance.now() - startedAt >= longLifeMs) restartMs = firstRestartMs;
      logger.error('image worker thread ended', { worker: 'images', exitCode, restartInMs: restartMs });
      restart = setTimeout(start, restartMs);
      restartMs = Math.min(maxRestartMs, restartMs * 2);
    });
  };

  const end = async (): Promise<void> => {
    clearTimeout(restart);
    const ending = thread;
    if (ending === null) return;
    const gone = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
    ending.postMessage({ type: 'stop' } satisfies ToThread);
    const graceMs = limits.graceMs ?? defaultLimits.graceMs;
    const force = setTimeout(() => {
      logger.warn('image worker thread did not end in time', { worker: 'images', graceMs });
      void ending.terminate();
    }, graceMs + marginMs);
    await gone;
    clearTimeout(force);
  };

  start();
  return { stop: () => (stopping ??= end()) };
}
