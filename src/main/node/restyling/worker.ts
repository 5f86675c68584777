import type { Logger } from '../../../ports/world.ts';
import { runImageWorker } from '../../../kinds/image-set/worker/image-worker.ts';
import type { ImageWorkerLimits } from '../../../kinds/image-set/worker/limits.ts';
import { pause } from '../../../http/pause.ts';
import { backoffMs } from '../../../domain/retry.ts';
import type { RestylingModels } from './messages.ts';
import { startRestyling } from './process.ts';

export interface ServersImageWorker {
  /** Rejects with what is missing when the process that restyles cannot begin. */
  readonly ready: Promise<unknown>;
  /** Lets the photos under way end for the grace time, and has the messages released. May be called again. */
  stop(): Promise<void>;
}

/** The worker ends for good only when it is refused, which a server does not do to its own. */
const restart = { firstMs: 1_000, maxMs: 60_000 };

/** The image worker of `serve --workers images`: it asks its own server, as those elsewhere do. */
export function startServersImageWorker(options: {
  /** Base URL of the server. */
  readonly server: string;
  readonly secret: string;
  readonly memoryBytes: number;
  readonly logger: Logger;
  readonly limits?: Partial<ImageWorkerLimits>;
  readonly models?: RestylingModels;
  readonly restyler?: string;
}): ServersImageWorker {
  const { server, secret, logger, limits = {} } = options;
  const restyling = startRestyling(options);
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    for (let tries = 1; !stopping.signal.aborted; tries++) {
      try {
        await runImageWorker({ server, secret, limits, logger, make: restyling.make, signal: stopping.signal });
      } catch (error) {
        logger.error('image worker ended', { error: error instanceof Error ? error.message : String(error) });
        await pause(backoffMs(restart, tries, Math.random()), stopping.signal).catch(() => {});
      }
    }
    await restyling.stop();
  };
  const done = work();
  return {
    ready: restyling.ready,
    stop: () => {
      stopping.abort(new Error('the worker is stopping'));
      return done;
    },
  };
}
