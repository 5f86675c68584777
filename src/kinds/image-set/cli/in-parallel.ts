/**
 * Runs `work` on each entry, at most `most` at once. The first one that throws stops those under way by
 * the signal they were given, and is thrown once they have ended.
 */
export async function inParallel<T>(
  entries: readonly T[],
  most: number,
  signal: AbortSignal,
  work: (entry: T, index: number, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  let first: { readonly error: unknown } | null = null;
  const queue = entries.entries();
  const lane = async (): Promise<void> => {
    for (const [index, entry] of queue) {
      if (stop.aborted) return;
      try {
        await work(entry, index, stop);
      } catch (error) {
        first ??= { error };
        failed.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, entries.length) }, lane));
  signal.throwIfAborted();
  if (first !== null) throw (first as { readonly error: unknown }).error;
}
