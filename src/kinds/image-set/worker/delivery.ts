import { readBody } from './elsewhere.ts';
import type { ImageWorkerLimits } from './limits.ts';
import { holdLease } from './lease.ts';
import type { WorkerLogger } from '../../../worker/server/log.ts';
import type { ImageSetMessage } from './message.ts';
import { retryUntilAnswered } from '../../../http/retry.ts';
import { doPhoto, type PhotoOutcome, type PhotoTools } from './photo.ts';
import type { Delivery, MessageQueue } from './queue.ts';
import type { Release, Slots } from './slots.ts';
import type { Storage } from './storage.ts';
import type { Tally } from './stats.ts';
import { RequestError } from '../../../http/request-error.ts';

export interface DeliveryTools extends PhotoTools {
  readonly queue: MessageQueue;
  readonly storage: Storage;
  readonly slots: Slots;
  readonly tally: Tally;
  readonly limits: ImageWorkerLimits;
  readonly logger: WorkerLogger;
  /** Aborted when the worker is told to stop: no photo is begun any more. */
  readonly stopping: AbortSignal;
  /** Aborted when the time for ending gracefully is over. */
  readonly cutOff: AbortSignal;
}

/** States in which results change nothing any more. */
const ended: ReadonlySet<string> = new Set(['done', 'failed', 'canceled']);

/**
 * Does the photos of one message and ends its delivery: acknowledged when every photo has its result or
 * the job has ended, otherwise given back for another worker (at once when this one is stopping). Never throws.
 *
 * @param first the place that was taken for pulling it; its first photo gets it
 */
export async function doDelivery(tools: DeliveryTools, delivery: Delivery, first: Release): Promise<void> {
  const { queue, limits, logger, tally, cutOff } = tools;
  const { messageId, attempts } = delivery;
  const reading = readBody(delivery.body, tools.storage, cutOff, limits.visibilityTimeoutMs);
  // Not awaited where it need not be: the first photos take their places before the next pull does.
  const message = reading instanceof Promise ? await reading : reading;
  if (message === null) {
    first();
    return settle(tools, delivery, null);
  }
  if (typeof message === 'string') {
    first();
    logger.error('message not understood', { messageId, trouble: message });
    await settle(tools, delivery, limits.troubleDelaySeconds);
    return;
  }
  const jobId = message.job_id;
  logger.info('message taken', { messageId, jobId, attempts, photos: message.items.length });
  const lease = holdLease(queue, delivery, limits, logger);
  const jobEnded = new AbortController();
  const work = AbortSignal.any([lease.lost, jobEnded.signal, cutOff]);
  const report = AbortSignal.any([jobEnded.signal, cutOff]);
  const progress = new Progress(limits, jobEnded);
  try {
    await doPhotos(tools, message, attempts, { work, report, progress, first });
  } finally {
    lease.stop();
  }
  if (progress.hasEnded) logger.info('job has ended', { jobId, status: progress.jobStatus });
  if (progress.hasEnded || progress.reported === message.items.length) return settle(tools, delivery, null);
  if (lease.lost.aborted) return tally.add('lost');
  return settle(tools, delivery, tools.stopping.aborted ? 0 : limits.troubleDelaySeconds);
}

async function doPhotos(
  tools: DeliveryTools,
  message: ImageSetMessage,
  attempts: number,
  run: { work: AbortSignal; report: AbortSignal; progress: Progress; first: Release },
): Promise<void> {
  const { slots, tally } = tools;
  const { work, report, progress } = run;
  const mayBegin = AbortSignal.any([work, tools.stopping, progress.stuck]);
  const underWay = new Set<Promise<void>>();
  let place: Release | null = run.first;
  try {
    // A photo that kills the worker is not the first one the next time: the others get their results before.
    for (const item of rotated(message.items, attempts - 1)) {
      // The other places are for photos of other sets.
      if (underWay.size >= message.batch_concurrency) await Promise.race(underWay);
      place ??= await slots.take('photo', mayBegin);
      if (mayBegin.aborted) break;
      const release = place;
      place = null;
      tally.begin();
      const photo = doPhoto(tools, { message, attempts, work, report }, item).then((outcome) => {
        progress.add(outcome);
        tally.end(outcome);
        underWay.delete(photo);
        release();
      });
      underWay.add(photo);
    }
  } catch (error) {
    if (!mayBegin.aborted) throw error;
  } finally {
    place?.();
    await Promise.all(underWay);
  }
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** What the photos of one message have come to. */
class Progress {
  reported = 0;
  jobStatus = '';
  #stuckInARow = 0;
  readonly #limits: ImageWorkerLimits;
  readonly #jobEnded: AbortController;
  readonly #stuck = new AbortController();

  constructor(limits: ImageWorkerLimits, jobEnded: AbortController) {
    this.#limits = limits;
    this.#jobEnded = jobEnded;
  }

  get hasEnded(): boolean {
    return this.#jobEnded.signal.aborted;
  }

  /** Aborted when going on with this message seems vain for now. */
  get stuck(): AbortSignal {
    return this.#stuck.signal;
  }

  add(outcome: PhotoOutcome): void {
    if (outcome.kind === 'stuck') {
      this.#stuckInARow += 1;
      if (this.#stuckInARow >= this.#limits.maxStuckItems) this.#stuck.abort();
    }
    if (outcome.kind === 'gone') this.#end('not known to the server');
    if (outcome.kind !== 'reported') return;
    this.#stuckInARow = 0;
    this.reported += 1;
    if (ended.has(outcome.jobStatus)) this.#end(outcome.jobStatus);
  }

  #end(status: string): void {
    if (this.hasEnded) return;
    this.jobStatus = status;
    this.#jobEnded.abort();
  }
}

/** Acknowledges the message (null), or gives it back. When that fails it is delivered again by itself, later. */
async function settle(tools: DeliveryTools, delivery: Delivery, redeliverAfterSeconds: number | null): Promise<void> {
  const { queue, limits, logger, tally } = tools;
  const { settlePatienceMs: patienceMs, backoff, maxRetryAfterMs } = limits;
  const { messageId, leaseId } = delivery;
  // Not cut off by stopping: giving the message back is the last thing that stopping is for.
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const settling = (): Promise<void> => queue.settle(leaseId, redeliverAfterSeconds, signal);
    await retryUntilAnswered(settling, { patienceMs, backoff, maxRetryAfterMs, signal });
    tally.add(redeliverAfterSeconds === null ? 'acknowledged' : 'givenBack');
    const what = redeliverAfterSeconds === null ? 'message acknowledged' : 'message given back';
    logger.info(what, { messageId, ...(redeliverAfterSeconds === null ? {} : { redeliverAfterSeconds }) });
  } catch (error) {
    tally.add('lost');
    const trouble = error instanceof RequestError ? error.message : String(error);
    logger.warn('message not settled; it will be delivered again', { messageId, trouble: `the queue ${trouble}` });
  }
}
