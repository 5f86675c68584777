import type { ImageWorkerLimits } from './limits.ts';
import type { WorkerLogger } from '../../../worker/server/log.ts';
import { pause } from '../../../http/pause.ts';
import type { Delivery, MessageQueue } from './queue.ts';
import { RequestError } from '../../../http/request-error.ts';

export interface HeldLease {
  /** Aborted once the message is not this worker's any longer, or nobody could say for a whole lease that it is. */
  readonly lost: AbortSignal;
  stop(): void;
}

/** Extensions within the life of a lease, so that one or two may go wrong. */
const beatsPerLease = 3;
/** As many more while the queue does not answer. */
const hastePerBeat = 4;

/** Keeps a message that was just pulled by extending its lease again and again until it is stopped. */
export function holdLease(
  queue: MessageQueue,
  { leaseId, messageId }: Delivery,
  { visibilityTimeoutMs }: ImageWorkerLimits,
  logger: WorkerLogger,
): HeldLease {
  const lost = new AbortController();
  const stopped = new AbortController();
  const { extend } = queue;
  const lose = (reason: string): void => {
    logger.warn('lease lost', { messageId, reason });
    lost.abort(new Error(reason));
  };
  const beat = async (): Promise<void> => {
    const beatMs = visibilityTimeoutMs / beatsPerLease;
    let goodUntil = performance.now() + visibilityTimeoutMs;
    for (let pauseMs = beatMs; ; ) {
      await pause(pauseMs, stopped.signal);
      const asked = performance.now();
      // Asked even when the lease has run out: it still counts as long as nobody else was given the message.
      const time = AbortSignal.timeout(Math.ceil(Math.max(beatMs, goodUntil - asked)));
      try {
        await extend?.(leaseId, AbortSignal.any([stopped.signal, time]));
        goodUntil = asked + visibilityTimeoutMs;
        pauseMs = beatMs;
      } catch (error) {
        stopped.signal.throwIfAborted();
        if (isRefusal(error)) return lose('another worker has the message, or it is done');
        if (performance.now() >= goodUntil) return lose('the queue could not be asked in time');
        pauseMs = beatMs / hastePerBeat;
      }
    }
  };
  const wait = async (): Promise<void> => {
    await pause(visibilityTimeoutMs, stopped.signal);
    lose('the time that the message was given for is over');
  };
  // Only being stopped ends either of them by an error.
  (extend === null ? wait() : beat()).catch(() => {});
  return { lost: lost.signal, stop: () => stopped.abort() };
}

function isRefusal(error: unknown): boolean {
  return error instanceof RequestError && (error.code === 'lease_lost' || error.status === 404);
}
