/** So many durations of each length, by lengths that grow by a fifth: sums of millions take a few hundred bytes. */
export type Durations = Readonly<Record<string, number>>;

const perDoubling = 4;

export function addDuration(durations: Record<string, number>, ms: number): void {
  const length = Math.floor(Math.log2(Math.max(1, ms)) * perDoubling);
  durations[length] = (durations[length] ?? 0) + 1;
}

export function together(all: Iterable<Durations>): Durations {
  const sum: Record<string, number> = {};
  for (const one of all) {
    for (const [length, count] of Object.entries(one)) sum[length] = (sum[length] ?? 0) + count;
  }
  return sum;
}

/** The duration that this share of them does not exceed, right to a tenth; null of none. Milliseconds. */
export function quantile(durations: Durations, share: number): number | null {
  const lengths = Object.entries(durations).map(([length, count]) => [Number(length), count] as const);
  lengths.sort(([one], [other]) => one - other);
  const total = lengths.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.ceil(total * share);
  for (const [length, count] of lengths) {
    left -= count;
    if (left <= 0) return Math.round(2 ** ((length + 0.5) / perDoubling));
  }
  return null;
}
