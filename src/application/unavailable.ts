import { refusal, type Refusal } from '../domain/errors.ts';
import { ObjectStoreFailure } from '../ports/object-store.ts';
import { outageBehind, StoreAnswerLost, StoreNotWritable, type NotWritableReason } from '../ports/store/unreachable.ts';

const notWritable: Readonly<Record<NotWritableReason, string>> = {
  disk_full: 'The disk is full: nothing was changed, and what is stored can still be read. Try again later.',
  read_only: 'The database is read-only: nothing was changed, and what is stored can still be read. Try again later.',
  disk_error: 'The disk of the server fails. Try again later.',
};

/** Longer than the usual two seconds, in which nobody can free disk space. */
const retryAfterSeconds = 15;

/** What to answer when a use case was rejected because of the store's state; null for any other error. */
export function unavailableBecause(error: unknown): Refusal | null {
  const outage = outageBehind(error);
  if (outage instanceof StoreNotWritable) {
    const { reason } = outage;
    return refusal('unavailable', notWritable[reason], { reason, retryAfterSeconds });
  }
  if (outage instanceof StoreAnswerLost) {
    const look = 'perhaps it was done. Look whether it was, or repeat it with the same Idempotency-Key.';
    return refusal('unavailable', `The store went away before it answered: ${look}`);
  }
  if (outage !== null) {
    return refusal('unavailable', 'The store cannot be reached: nothing was changed. Try again in a few seconds.');
  }
  if (error instanceof ObjectStoreFailure && error.retryable) {
    if (error.reason !== null) {
      return refusal('unavailable', notWritable[error.reason], { reason: error.reason, retryAfterSeconds });
    }
    return refusal('unavailable', 'The store of the objects cannot answer now: nothing was changed. Try again later.');
  }
  return null;
}

/** Whether an error is one of the store's outages, which are logged once for all who run into them. */
export function isStoreOutage(error: unknown): boolean {
  return outageBehind(error) !== null;
}

/** Why a part takes no writes, though what it holds can be read; null when something else is wrong with it. */
export function notWritableReason(error: unknown): NotWritableReason | null {
  const outage = outageBehind(error);
  if (outage instanceof StoreNotWritable) return outage.reason;
  return error instanceof ObjectStoreFailure ? error.reason : null;
}

/**
 * For what may fail when nothing can be written: a part that can still be read is ready, since without any traffic it
 * would serve nobody; and a login goes without what it would better write down.
 */
export async function unlessNotWritable(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (notWritableReason(error) === null) throw error;
  }
}

/** For requests that would store something new while the disk is nearly full. */
export function diskNearlyFull(): Refusal {
  const message = "The server's disk is nearly full, so it accepts nothing new: try again later.";
  return refusal('unavailable', message, { reason: 'disk_full', retryAfterSeconds });
}
