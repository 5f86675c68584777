/** Repeatable numbers in [0, 1) from a seed: mulberry32, by Tommy Ettinger (public domain). */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

/** Evenly from `least` to `most`. */
export const between = (random: Random, least: number, most: number): number => least + (most - least) * random();
