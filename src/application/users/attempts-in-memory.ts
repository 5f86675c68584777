import { notWritableReason, unlessNotWritable } from '../unavailable.ts';
import type { AttemptStore } from '../../ports/store/attempt-store.ts';

const maxCounted = 10_000;

/**
 * Counts in this process while the store accepts no writes, so that people can still log in, look around and free
 * space.
 */
export function countingInMemory(store: AttemptStore): AttemptStore {
  const counts = new Map<string, { count: number; endsAt: number }>();

  const count = (key: string, now: number, windowMs: number): { readonly count: number; readonly endsAt: number } => {
    const known = counts.get(key);
    const lasts = known !== undefined && known.endsAt > now && known.endsAt <= now + windowMs;
    const counted = lasts ? known : { count: 0, endsAt: now + windowMs };
    counted.count += 1;
    counts.delete(key);
    if (counts.size >= maxCounted) counts.delete(counts.keys().next().value!);
    counts.set(key, counted);
    return { ...counted };
  };

  return {
    count: (keys, { now, windowMs }) =>
      store.count(keys, { now, windowMs }).catch((error: unknown) => {
        if (notWritableReason(error) === null) throw error;
        return keys.map((key) => count(key, now, windowMs));
      }),
    async settle({ clear, release }) {
      for (const key of clear) counts.delete(key);
      for (const key of release) {
        const counted = counts.get(key);
        if (counted !== undefined) counted.count = Math.max(0, counted.count - 1);
      }
      await unlessNotWritable(store.settle({ clear, release }));
    },
  };
}
