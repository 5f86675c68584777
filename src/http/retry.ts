import { backoffMs, type Backoff } from '../domain/retry.ts';
import { pause } from './pause.ts';
import { RequestError } from './request-error.ts';

export interface RetryPauses {
  readonly backoff: Backoff;
  /** The longest `Retry-After` that is waited for. Milliseconds. */
  readonly maxRetryAfterMs: number;
}

/** What waits are measured and made with; tests have their own. */
export interface RetryTime {
  /** Milliseconds from anywhere that never go back. */
  now(): number;
  /** As `pause`. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realTime: RetryTime = { now: () => performance.now(), pause };

/** Milliseconds before the try after `tries` (from 1), and never before the server wants it. */
export function pauseAfter(error: unknown, tries: number, { backoff, maxRetryAfterMs }: RetryPauses): number {
  const asked = error instanceof RequestError ? Math.min(error.retryAfterMs ?? 0, maxRetryAfterMs) : 0;
  // Those that failed together, or heard the same Retry-After, are not to come back all at once.
  return Math.max(backoffMs(backoff, tries, Math.random()), Math.round(asked * (1 + Math.random() / 5)));
}

/**
 * Tries until there is an answer, it fails in a way that trying again does not mend, or the time is used up.
 *
 * @throws what the last try failed with
 * @throws the signal's reason, once it is aborted
 */
export async function retryUntilAnswered<T>(
  attempt: () => Promise<T>,
  options: RetryPauses & {
    readonly signal: AbortSignal | undefined;
    /** Whether trying again may help after `tries`. Unless given: after a RequestError that says so. */
    readonly mayHelp?: (error: unknown, tries: number) => boolean;
    /**
     * For all tries and the pauses between them, in milliseconds; no limit unless given. The try under way at the end
     * is not cut off.
     */
    readonly patienceMs?: number;
    readonly time?: RetryTime;
    /** Hears of each try that failed and is made again. */
    readonly onFailure?: (error: Error, tries: number, pauseMs: number) => void;
    /** Said once it works again after `tries` that failed. */
    readonly onRecovery?: (tries: number) => void;
  },
): Promise<T> {
  const { signal, mayHelp = isRetryable, patienceMs = Infinity, time = realTime, onFailure, onRecovery } = options;
  const until = time.now() + patienceMs;
  for (let tries = 0; ; ) {
    try {
      const answer = await attempt();
      if (tries > 0) onRecovery?.(tries);
      return answer;
    } catch (error) {
      signal?.throwIfAborted();
      tries += 1;
      if (!mayHelp(error, tries)) throw error;
      const pauseMs = pauseAfter(error, tries, options);
      if (time.now() + pauseMs >= until) throw error;
      onFailure?.(error as Error, tries, pauseMs);
      await time.pause(pauseMs, signal);
    }
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof RequestError && error.retryable;
}
