import { toLab } from './colour.ts';
import { plane, type Plane } from './filter.ts';
import type { Mask } from './mask.ts';
import type { Picture } from './picture.ts';

export interface LabPlanes {
  readonly lightness: Plane;
  readonly a: Plane;
  readonly b: Plane;
}

/** The whole picture in Lab. Twelve bytes a pixel: for shrunk pictures only. */
export function labPlanes(picture: Picture): LabPlanes {
  const { width, height, data } = picture;
  const [lightness, a, b] = [plane(width, height), plane(width, height), plane(width, height)];
  const lab = new Float32Array(3);
  for (let at = 0; at < width * height; at += 1) {
    toLab(data[at * 4]!, data[at * 4 + 1]!, data[at * 4 + 2]!, lab);
    lightness.data[at] = lab[0]!;
    a.data[at] = lab[1]!;
    b.data[at] = lab[2]!;
  }
  return { lightness, a, b };
}

/** What colour a masked part of a picture has. */
export interface Statistics {
  /** Medians of L, a and b. */
  readonly median: readonly [lightness: number, a: number, b: number];
  /** The most frequent L: that of the surface itself, neither in shade nor shining. */
  readonly mode: number;
  /** The 5th and the 95th percentile of L. */
  readonly dark: number;
  readonly light: number;
}

const SAMPLES = 60_000;

/** From up to 60 000 pixels that are mostly within the mask; undefined when there is none. */
export function statistics(picture: Picture, mask: Mask): Statistics | undefined {
  const stride = Math.max(1, Math.floor(mask.data.length / SAMPLES / 2)) | 1;
  const values: [number[], number[], number[]] = [[], [], []];
  const lab = new Float32Array(3);
  for (let at = 0; at < mask.data.length; at += stride) {
    if (mask.data[at]! < 128) continue;
    toLab(picture.data[at * 4]!, picture.data[at * 4 + 1]!, picture.data[at * 4 + 2]!, lab);
    values.forEach((channel, index) => channel.push(lab[index]!));
  }
  if (values[0].length === 0) return undefined;
  for (const channel of values) channel.sort((left, right) => left - right);
  const at = (channel: number[], share: number): number => channel[Math.floor((channel.length - 1) * share)]!;
  return {
    median: [at(values[0], 0.5), at(values[1], 0.5), at(values[2], 0.5)],
    mode: modeOf(values[0]),
    dark: at(values[0], 0.05),
    light: at(values[0], 0.95),
  };
}

/** The middle of the narrowest stretch that holds a quarter of the sorted values. */
function modeOf(sorted: readonly number[]): number {
  const quarter = Math.floor(sorted.length / 4);
  let best = 0;
  for (let at = 0; at + quarter < sorted.length; at += 1) {
    if (sorted[at + quarter]! - sorted[at]! < sorted[best + quarter]! - sorted[best]!) best = at;
  }
  return (sorted[best]! + sorted[best + quarter]!) / 2;
}
