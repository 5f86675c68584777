/**
 * Clocks of servers that keep to the same one may still differ by so much: what is stored as later than now by more
 * cannot be. Milliseconds.
 */
export const clockToleranceMs = 2_000;

/** How far ahead the start of a new job may be: a hundred years. Milliseconds. */
export const farthestStartMs = 36_525 * 86_400_000;

/** What is wrong with a time before which a new job is not to start, or null. */
export function startProblem(runAt: number | undefined, now: number): string | null {
  const latest = now + farthestStartMs;
  if (runAt === undefined || runAt <= latest) return null;
  return `must be at most 36525 days from now: not after ${new Date(latest).toISOString()}`;
}

/**
 * When an attempt begins that is claimed now. What waited for a slot was let on at `dueAt`: a claim whose clock is
 * a little behind that of who let it on must not count as a start before, or a rate would see more than it let on.
 */
export function startOf(now: number, dueAt: number, hasSlot: boolean): number {
  return hasSlot && dueAt <= now + clockToleranceMs ? Math.max(now, dueAt) : now;
}
