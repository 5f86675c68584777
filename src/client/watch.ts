import { pause } from '../http/pause.ts';
import { ApiError, isTransient } from './api-error.ts';

export interface WatchOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks right after something changed; default 250. */
  readonly minIntervalMs?: number;
  /** Milliseconds between two looks once nothing has changed for long; default 3,000. */
  readonly maxIntervalMs?: number;
  /** How long the server may be away, in milliseconds, before the watch gives up; default 120,000. */
  readonly patienceMs?: number;
  /** Hears of each look that failed while there is patience. */
  readonly onTrouble?: (error: ApiError) => void;
}

export interface Watched {
  readonly status: string;
  readonly progress: { readonly done: number; readonly failed: number; readonly total: number | null };
  readonly endedAt: string | null;
}

/** What `look` sees: at first, whenever status or progress is another one, and at the end. */
export async function* watch<T extends Watched>(
  look: (signal: AbortSignal | undefined) => Promise<T>,
  options: WatchOptions = {},
): AsyncGenerator<T, void, undefined> {
  const { signal, minIntervalMs = 250, maxIntervalMs = 3_000, patienceMs = 120_000 } = options;
  let intervalMs = minIntervalMs;
  let seen = '';
  let lastAnswer = Date.now();
  for (;;) {
    const view = await look(signal).catch((error: unknown) => {
      const lasting = !(error instanceof ApiError) || !isTransient(error);
      if (lasting || Date.now() - lastAnswer > patienceMs) throw error;
      options.onTrouble?.(error);
      return null;
    });
    if (view !== null) {
      lastAnswer = Date.now();
      const now = JSON.stringify([view.status, view.progress]);
      intervalMs = now === seen ? Math.min(maxIntervalMs, intervalMs * 1.5) : minIntervalMs;
      if (now !== seen) yield view;
      seen = now;
      if (view.endedAt !== null) return;
    }
    await pause(intervalMs, signal).catch((cause: unknown) => {
      throw new ApiError('aborted', 'The watch was stopped; the job continues.', { cause });
    });
  }
}
