import { pauseAfter, pausing } from '../../../worker/server/patience.ts';
import { Trouble } from '../../../worker/server/trouble.ts';
import { messageOf } from '../../../worker/thrown.ts';

const backoff = { firstMs: 200, maxMs: 10_000 };
/** The longest `Retry-After` that is waited for. */
const maxRetryAfterMs = 60_000;

/** What a request failed with, so that a person can do something about it. */
export function describe(error: unknown): string {
  return error instanceof Trouble ? `the server ${error.message}` : messageOf(error);
}

/** Whether saying the same again is vain. */
export function isRefusal(error: unknown): error is Trouble {
  return error instanceof Trouble && !error.retryable;
}

/** Whether the server does not know the worker, or does not let it work. */
export function isLockedOut(error: unknown): error is Trouble {
  return isRefusal(error) && (error.status === 401 || error.status === 403);
}

/** Milliseconds before the try after `tries` (from 1), and never before the server wants it. */
export function pauseOf(error: unknown, tries: number): number {
  const asked = error instanceof Trouble ? Math.min(error.retryAfterMs ?? 0, maxRetryAfterMs) : 0;
  // Everybody heard the same Retry-After: they are not to come back all at once.
  return Math.max(pauseAfter(backoff, tries), asked * (1 + Math.random() / 5));
}

/**
 * Tries until there is an answer.
 *
 * @throws {Trouble} when the same request would never work
 * @throws the signal's reason, once it is aborted
 */
export async function untilAnswered<T>(
  attempt: () => Promise<T>,
  options: {
    readonly signal: AbortSignal;
    readonly onTrouble: (trouble: string, tries: number, nextInMs: number) => void;
    /** Said once it works again after trouble. */
    readonly onRecovery: (tries: number) => void;
  },
): Promise<T> {
  const { signal, onTrouble, onRecovery } = options;
  for (let tries = 0; ; ) {
    try {
      const answer = await attempt();
      if (tries > 0) onRecovery(tries);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (isRefusal(error)) throw error;
      tries += 1;
      const pause = pauseOf(error, tries);
      onTrouble(describe(error), tries, Math.round(pause));
      await pausing(pause, signal);
    }
  }
}
