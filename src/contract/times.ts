/** What was last asked for, by the last digits: what is written of many jobs at once has few times in it. */
const known = 64;
const times = new Float64Array(known).fill(NaN);
const texts: string[] = Array.from({ length: known }, () => '');

/** Milliseconds since 1970 as the wire has them: ISO 8601 in UTC. */
export function iso(ms: number): string {
  const slot = Math.abs(Math.trunc(ms)) % known;
  if (times[slot] === ms) return texts[slot]!;
  const text = new Date(ms).toISOString();
  times[slot] = ms;
  texts[slot] = text;
  return text;
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
