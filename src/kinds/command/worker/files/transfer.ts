import type { RetryPauses } from '../../../../http/retry.ts';

/** Of one try, and of all of them. */
export const transferTimeMs = 30 * 60_000;
export const transferPatienceMs = 5 * 60_000;
export const transferPauses: RetryPauses = { backoff: { firstMs: 250, maxMs: 10_000 }, maxRetryAfterMs: 30_000 };
