import type { ListedJob } from '../../page.ts';
import { api } from '../../server/api.ts';
import type { JobQuery } from './filter.ts';

/** Of a filter, for what is done to all that it finds. */
export const mostJobs = 10_000;
const pageSize = 200;

/** The newest jobs that a filter finds, at most `mostJobs`; `onPage` hears of each page. Throws ApiError. */
export async function allJobs(
  query: JobQuery,
  signal: AbortSignal,
  onPage: (jobs: readonly ListedJob[]) => void,
): Promise<{ readonly count: number; readonly hasMore: boolean }> {
  let count = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const limit = Math.min(pageSize, mostJobs - count);
    if (limit === 0) return { count, hasMore: true };
    const page: { jobs: readonly ListedJob[]; nextCursor: string | null } = await api().listJobs(
      { query: { ...query, limit, ...(cursor !== '' && { cursor }) } }, { signal },
    );
    onPage(page.jobs);
    count += page.jobs.length;
    cursor = page.nextCursor;
  }
  return { count, hasMore: false };
}

/** Does something to each, some at a time; stops where it is told to. Never throws. */
export async function forEachOf<T>(
  all: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  act: (one: T) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < all.length && !signal.aborted) {
      next += 1;
      await act(all[next - 1]!).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
}
