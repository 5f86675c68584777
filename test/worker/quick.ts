/** Limits quick enough for tests, and as the wire contract allows them. */
export const quick = {
  visibilityTimeoutMs: 2_000,
  pullWaitMs: 5_000,
  backoff: { firstMs: 5, maxMs: 20 },
  pullBackoff: { firstMs: 5, maxMs: 20 },
  transferPatienceMs: 300,
  troubleDelaySeconds: 0,
} as const;
