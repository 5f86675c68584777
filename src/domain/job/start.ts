/**
 * Clocks of servers that keep to the same one may still differ by so much: what is stored as later than now by more
 * cannot be. Milliseconds.
 */
export const clockToleranceMs = 2_000;

/**
 * When an attempt begins that is claimed now. What waited for a slot was let on at `dueAt`: a claim whose clock is
 * a little behind that of who let it on must not count as a start before, or a rate would see more than it let on.
 */
export function startOf(now: number, dueAt: number, hasSlot: boolean): number {
  return hasSlot && dueAt <= now + clockToleranceMs ? Math.max(now, dueAt) : now;
}
