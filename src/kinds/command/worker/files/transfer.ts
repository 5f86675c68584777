import type { RetryPauses } from '../../../../http/retry.ts';

/** Of one download; an upload has as long as it progresses. */
export const downloadTimeMs = 30 * 60_000;
/** Of all tries. */
export const transferPatienceMs = 5 * 60_000;
export const transferPauses: RetryPauses = { backoff: { firstMs: 250, maxMs: 10_000 }, maxRetryAfterMs: 30_000 };
