/** Numbers in 0..1, the same ones for the same seed on every machine. */
export type Random = () => number;

/** By mulberry32, seeded with the FNV-1a hash of a text. */
export function seeded(text: string): Random {
  let state = 2166136261;
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

export const between = (random: Random, least: number, most: number): number => least + random() * (most - least);

/** `count` values made one after the other. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** A colour of SVG: hue in degrees, saturation and lightness in per cent, alpha 0..1. */
export const hsl = (hue: number, saturation: number, lightness: number, alpha = 1): string =>
  `hsla(${hue},${saturation}%,${lightness}%,${alpha})`;
