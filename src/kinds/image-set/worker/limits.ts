import { pictureLimits } from '../../../domain/picture-limits.ts';
import type { Backoff } from '../../../domain/retry.ts';

/** Everything that bounds an image worker. Milliseconds, bytes and counts. */
export interface ImageWorkerLimits {
  /**
   * How long the queue keeps a message for this worker unless it is extended, which happens three times
   * as often. At least 1,000, and well over the longest time that restyling blocks the thread (some 3 s):
   * after a crash another worker has to wait this long.
   */
  readonly visibilityTimeoutMs: number;
  /** How long one pull waits for a message, up to 30,000. 0 for a queue that cannot wait. */
  readonly pullWaitMs: number;
  /** Between pulls of a queue that answers at once that it has nothing. */
  readonly idlePauseMs: number;
  /** For the photos under way when the worker is told to stop; what is not done then is given back. */
  readonly graceMs: number;
  /** A photo larger than this fails. */
  readonly maxInputBytes: number;
  /** An answer of the server or the queue larger than this is refused: a set of 200 photos has some 400 KB. */
  readonly maxAnswerBytes: number;
  /** One request to the server or the queue, beside the time that a pull waits. */
  readonly requestMs: number;
  /** One try of a download or an upload. */
  readonly transferMs: number;
  /** All tries of a download or an upload together. */
  readonly transferPatienceMs: number;
  /** All tries of one report to the server together. */
  readonly reportPatienceMs: number;
  /** All tries of acknowledging a message, or giving it back, together. */
  readonly settlePatienceMs: number;
  /** Restyling one photo; longer, and it fails. */
  readonly restyleMs: number;
  /** Between the tries of a request. */
  readonly backoff: Backoff;
  /** Between the tries of pulling, which never ends. */
  readonly pullBackoff: Backoff;
  /** The longest `Retry-After` that is waited for. */
  readonly maxRetryAfterMs: number;
  /** A message is given back after so many photos in a row that the storage did not take or give. */
  readonly maxStuckItems: number;
  /** From this delivery of a message on, a photo that the storage does not take or give fails. */
  readonly failFromDelivery: number;
  /** Until a message that was given back because of trouble is delivered again. */
  readonly troubleDelaySeconds: number;
  /** Characters of an error that is reported. */
  readonly maxErrorCharacters: number;
}

export const defaultLimits: ImageWorkerLimits = {
  visibilityTimeoutMs: 60_000,
  pullWaitMs: 20_000,
  idlePauseMs: 2_000,
  graceMs: 30_000,
  maxInputBytes: pictureLimits.bytes,
  maxAnswerBytes: 4 * 1024 ** 2,
  requestMs: 15_000,
  transferMs: 120_000,
  transferPatienceMs: 180_000,
  reportPatienceMs: 120_000,
  settlePatienceMs: 10_000,
  restyleMs: 300_000,
  backoff: { firstMs: 250, maxMs: 10_000 },
  pullBackoff: { firstMs: 500, maxMs: 30_000 },
  maxRetryAfterMs: 30_000,
  maxStuckItems: 3,
  failFromDelivery: 3,
  troubleDelaySeconds: 15,
  maxErrorCharacters: 500,
};
