import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from './trouble.ts';

/** Waits between tries: doubling from `firstMs` up to `maxMs`, each shortened by up to half. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Milliseconds before the try after `tries` (from 1). Workers that fail together do not come back together. */
export function pauseAfter({ firstMs, maxMs }: Backoff, tries: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(tries - 1, 30));
  return Math.round(full * (1 - Math.random() / 2));
}

/**
 * Tries until it works, it fails in a way that trying again does not mend, or the time is used up.
 *
 * @throws {Trouble} the last one; retryable when only the time was too short
 * @throws the signal's reason, once it is aborted
 */
export async function withPatience<T>(
  attempt: () => Promise<T>,
  options: {
    /** For all tries and the pauses between them. The try under way at the end is not cut off. */
    readonly patienceMs: number;
    readonly backoff: Backoff;
    readonly maxRetryAfterMs: number;
    readonly signal: AbortSignal;
    readonly onTrouble?: (trouble: Trouble, tries: number) => void;
  },
): Promise<T> {
  const { patienceMs, backoff, maxRetryAfterMs, signal, onTrouble } = options;
  const until = performance.now() + patienceMs;
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !(error instanceof Trouble) || !error.retryable) throw error;
      const pause = Math.max(pauseAfter(backoff, tries), Math.min(error.retryAfterMs ?? 0, maxRetryAfterMs));
      if (performance.now() + pause >= until) throw error;
      onTrouble?.(error, tries);
      await pausing(pause, signal);
    }
  }
}

/** @throws the signal's reason, as soon as it is aborted */
export async function pausing(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
