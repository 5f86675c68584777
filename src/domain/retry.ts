/** Waits between attempts: doubling from `firstMs` up to `maxMs`, each shortened by up to half (jitter). */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Milliseconds before the attempt after `attempt` (from 1). `random` is in [0, 1). */
export function backoffMs({ firstMs, maxMs }: Backoff, attempt: number, random: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (1 - random / 2));
}

/**
 * Milliseconds from `now` that a Retry-After header asks for: a number of seconds, or an HTTP date (RFC 9110, 10.2.3).
 * Shopify writes the seconds with a fraction, "2.0". Null when there is none, or it is neither.
 */
export function retryAfterMs(header: string | null, now: number): number | null {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
