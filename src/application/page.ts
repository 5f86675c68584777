import { lengthLeft } from './text-length.ts';

/** Of a page, as JSON, about: it ends early where entries are large. One is always in it. */
const pageBytes = 1_048_576;
/** Read at once, about: to read and write as much JSON takes some milliseconds. */
const stepBytes = 262_144;
const maxStep = 100;
const most = Number.MAX_SAFE_INTEGER;

export interface Page<T> {
  readonly entries: readonly T[];
  readonly hasMore: boolean;
}

/**
 * Reads at most `limit` entries (from 1), a few at a time, so that never much more than a page is in memory. `read`
 * gets the number to read and the last known entry. `firstStep`: how many to read first, before their size is known.
 */
export async function readPage<T>(options: {
  readonly limit: number;
  readonly firstStep: number;
  readonly read: (count: number, last: T | null) => Promise<readonly T[]>;
}): Promise<Page<T>> {
  const { limit, firstStep, read } = options;
  const entries: T[] = [];
  let bytes = 0;
  for (let step = firstStep; ; step = nextStep(bytes, entries.length)) {
    // One row more than requested shows whether there is a next page.
    const count = Math.min(step, limit + 1 - entries.length);
    const some = await read(count, entries.at(-1) ?? null);
    for (const entry of some) {
      bytes += most - lengthLeft(entry, most);
      if (entries.length === limit || (entries.length > 0 && bytes > pageBytes)) return { entries, hasMore: true };
      entries.push(entry);
    }
    if (some.length < count) return { entries, hasMore: false };
  }
}

/** As many as the page has room for, going by those before. */
function nextStep(bytes: number, count: number): number {
  const room = (Math.min(stepBytes, pageBytes - bytes) * count) / Math.max(1, bytes);
  return Math.max(1, Math.min(maxStep, Math.ceil(room)));
}
