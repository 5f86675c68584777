/**
 * A check whose outcome is kept: while one is fresh, or another request is at getting the next, that is the answer.
 * A Worker's requests must not wait for each other, so that only those before the first outcome look by themselves.
 */
export function keptCheck(ms: number, check: () => Promise<void>): () => Promise<void> {
  let outcome: { readonly failure: { readonly thrown: unknown } | null; askedAt: number } | null = null;
  return async () => {
    const now = Date.now();
    if (outcome === null || Math.abs(now - outcome.askedAt) >= ms) {
      if (outcome !== null) outcome.askedAt = now;
      const failure = await check().then(() => null, (thrown: unknown) => ({ thrown }));
      outcome = { failure, askedAt: now };
    }
    if (outcome.failure !== null) throw outcome.failure.thrown;
  };
}
