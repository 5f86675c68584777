import { doDelivery, type DeliveryTools } from './delivery.ts';
import { createPhotoMaker, type MakePhoto } from './make.ts';
import { defaultLimits, type ImageWorkerLimits } from './limits.ts';
import type { WorkerLogger } from '../../../worker/server/log.ts';
import { pause } from '../../../http/pause.ts';
import { retryUntilAnswered } from '../../../http/retry.ts';
import { createHttpQueue, type Delivery, type MessageQueue } from './queue.ts';
import { createReporter } from './report.ts';
import type { Fetch } from '../../../http/request.ts';
import type { Restyle } from './restyle.ts';
import { Slots } from './slots.ts';
import { Tally, type ImageWorkerStats } from './stats.ts';
import { createStorage } from './storage.ts';
import { RequestError } from '../../../http/request-error.ts';

export type ImageWorkerOptions = CommonOptions &
  (
    | { readonly restyle: Restyle }
    /** Where photos are made elsewhere, such as in another process. */
    | { readonly make: MakePhoto }
  );

interface CommonOptions {
  /** Base URL of the Waybill server. */
  readonly server: string;
  /** `GPU_CALLBACK_SECRET`; sent to the queue and to the callback URLs in its messages. */
  readonly secret: string;
  /**
   * Photos under way at once, 1 to 64, of all messages together; each is in memory as it came, decoded, and as
   * its result. Only waiting overlaps where restyling blocks the thread: for more of that, run more workers.
   */
  readonly concurrency?: number;
  readonly logger: WorkerLogger;
  /** Aborted to stop: the photos under way are ended or, after `limits.graceMs`, left, and the messages given back. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<ImageWorkerLimits>;
  /** Called with the new counts after every change; must not throw. */
  readonly stats?: (stats: ImageWorkerStats) => void;
  /** Another queue than the server's own `gpu-jobs`, such as one of Cloudflare's. */
  readonly queue?: MessageQueue;
  readonly fetch?: Fetch;
}

/** Name of the queue that the server puts image sets into. */
const queueName = 'gpu-jobs';
const maxConcurrency = 64;

/**
 * Works off image sets until it is stopped. Killed at any moment, it loses nothing: its message is delivered
 * again when its lease has run out, with the photos that have no result yet.
 *
 * @throws {TypeError} when an option is out of its range
 * @throws {Error} when the queue refuses the worker: a wrong secret, no such queue
 */
export async function runImageWorker(options: ImageWorkerOptions): Promise<ImageWorkerStats> {
  const { logger, signal, concurrency = 1 } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > maxConcurrency) {
    throw new TypeError(`concurrency must be 1 to ${maxConcurrency}`);
  }
  const limits = { ...defaultLimits, ...options.limits };
  const cutOff = new AbortController();
  const failure = new AbortController();
  const stopping = AbortSignal.any([signal, failure.signal]);
  const tools = toolsFor(options, limits, stopping, cutOff.signal);
  const underWay = new Set<Promise<void>>();
  logger.info('image worker started', { concurrency });
  try {
    while (!stopping.aborted) {
      const place = await tools.slots.take('pull', stopping);
      const delivery = await pullPatiently(tools, stopping).catch((error: unknown) => {
        place();
        throw error;
      });
      tools.tally.add('taken');
      const work = doDelivery(tools, delivery, place)
        // Only a bug; the message is delivered again by itself.
        .catch((error: unknown) => failure.abort(error))
        .finally(() => underWay.delete(work));
      underWay.add(work);
    }
  } catch (error) {
    if (!stopping.aborted) failure.abort(error);
  }
  const grace = setTimeout(() => cutOff.abort(new Error('the worker is stopping')), limits.graceMs);
  await Promise.all(underWay);
  clearTimeout(grace);
  logger.info('image worker stopped', { ...tools.tally.stats });
  failure.signal.throwIfAborted();
  return tools.tally.stats;
}

function toolsFor(
  options: ImageWorkerOptions,
  limits: ImageWorkerLimits,
  stopping: AbortSignal,
  cutOff: AbortSignal,
): DeliveryTools {
  const { secret, logger, concurrency = 1, stats = () => {} } = options;
  const { fetch = globalThis.fetch } = options;
  const onTrouble = (what: string, trouble: Error, tries: number): void =>
    logger.debug(`${what} is tried again`, { trouble: trouble.message, tries });
  const storage = createStorage(fetch, limits, onTrouble);
  const make =
    'make' in options ? options.make : createPhotoMaker({ storage, restyle: options.restyle, limits, logger });
  const url = `${options.server.replace(/\/+$/, '')}/api/queues/${queueName}`;
  return {
    queue: options.queue ?? createHttpQueue({ url, headers: { 'x-gpu-callback-secret': secret }, fetch, limits }),
    reporter: createReporter(fetch, secret, limits, onTrouble),
    slots: new Slots(concurrency),
    tally: new Tally(stats),
    make, storage, limits, logger, stopping, cutOff,
  };
}

/** Asks until there is a message, however long that takes. */
async function pullPatiently({ queue, limits, logger }: DeliveryTools, signal: AbortSignal): Promise<Delivery> {
  const { pullBackoff: backoff, maxRetryAfterMs, idlePauseMs } = limits;
  const pull = (): Promise<Delivery | null> => queue.pull(signal);
  for (;;) {
    const asked = performance.now();
    const delivery = await retryUntilAnswered(pull, {
      backoff, maxRetryAfterMs, signal,
      onFailure: (error, tries, nextInMs) =>
        logger.warn('pull failed', { trouble: `the queue ${error.message}`, tries, nextInMs }),
      onRecovery: (tries) => logger.info('the queue answers again', { tries }),
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      if (!(error instanceof RequestError)) throw error;
      throw new Error(`the queue ${error.message}${hint(error)}`, { cause: error });
    });
    if (delivery !== null) return delivery;
    if (performance.now() - asked < idlePauseMs) await pause(idlePauseMs, signal);
  }
}

function hint({ status, reason }: RequestError): string {
  if (status === 401 || status === 403) return ': the worker has another secret than the server';
  if (status !== 404) return '';
  return `: ${reason ?? 'there is no Waybill server with a queue for image sets at that address'}`;
}
