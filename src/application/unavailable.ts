import { refusal, type Refusal } from '../domain/errors.ts';
import { StoreUnreachable } from '../ports/store/unreachable.ts';

/** What to answer when a use case was rejected because the store cannot be reached; null for any other error. */
export function unavailableBecause(error: unknown): Refusal | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StoreUnreachable) {
      return refusal('unavailable', 'The store cannot be reached: nothing was changed. Try again in a few seconds.');
    }
  }
  return null;
}
