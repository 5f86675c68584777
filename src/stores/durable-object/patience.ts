/** As long again as something has waited, but no less and no more: an alarm that rings is paid for. Milliseconds. */
const [leastMs, mostMs] = [60_000, 3_600_000];

/** How long to wait before the next try of what has been tried in vain since `since`. Milliseconds. */
export function againMs(since: number, now: number): number {
  return Math.min(mostMs, Math.max(leastMs, now - since));
}

/** When an alarm is to look after what is due at `due`: then, or again if it should have been done by now. */
export function lookAt(due: number, now: number): number {
  return due > now ? due : now + againMs(due, now);
}
