/** The longest that a server's Retry-After is waited for; a longer one is given back to the caller at once. */
export const maxRetryAfterSeconds = 60;

const firstDelayMs = 200;
const maxDelayMs = 5_000;

/** Doubled at each attempt (from 0), with up to half of it taken off at random so that clients spread out. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(maxDelayMs, firstDelayMs * 2 ** attempt);
  return full * (1 - random() / 2);
}

/** Rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Of a Retry-After header, in seconds from now: a number of seconds, or a date; null when it is neither. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}
