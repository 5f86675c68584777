import type { Box } from '../../../src/imaging/local/raster/picture.ts';
import { spread } from '../../../src/imaging/local/raster/spread.ts';
import type { Photo } from './rooms.ts';

export interface Score {
  /** Shared area over the area of both. */
  readonly likeness: number;
  /** The share of the paint that lands elsewhere, and what most of that lands on. */
  readonly leak: number;
  readonly on: string;
}

/** By the best of several that may be meant, or all of them together. `unknown` pixels count for nothing. */
export function scoreOf(mask: Uint8Array, truths: readonly Uint8Array[], photo: Photo): Score {
  let best = { likeness: 0, leak: 1 };
  const all = mask.map((_, at) => Math.max(...truths.map((truth) => truth[at]!)));
  const unknown = photo.masks.get('unknown');
  for (const truth of [...truths, all]) {
    let [both, either, beyond, painted] = [0, 0, 0, 0];
    mask.forEach((value, at) => {
      if (unknown !== undefined && unknown[at]! > 0) return;
      both += Math.min(value, truth[at]!);
      either += Math.max(value, truth[at]!);
      beyond += Math.max(0, value - truth[at]!);
      painted += value;
    });
    if (both / either > best.likeness) best = { likeness: both / either, leak: beyond / Math.max(1, painted) };
  }
  let on = { name: '', area: 0 };
  for (const [name, covers] of photo.masks) {
    if (name === 'unknown') continue;
    const area = mask.reduce((sum, value, at) => sum + Math.max(0, Math.min(value, covers[at]!) - all[at]!), 0);
    if (area > on.area) on = { name, area };
  }
  return { ...best, on: on.name };
}

export function boundsOf(truth: Uint8Array, { width, height }: Photo): Box {
  let [left, top, right, bottom] = [width, height, 0, 0];
  truth.forEach((value, at) => {
    if (value < 128) return;
    const [x, y] = [at % width, Math.floor(at / width)];
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
  });
  return { x: left / width, y: top / height, width: (right - left) / width, height: (bottom - top) / height };
}

/** Around the same middle. */
export const shrunkTo = ({ x, y, width, height }: Box, share: number): Box => ({
  x: x + (width * (1 - share)) / 2, y: y + (height * (1 - share)) / 2, width: width * share, height: height * share,
});

export const within = (truth: Uint8Array, { width, height }: Photo, box: Box): Uint8Array =>
  truth.map((value, at) => {
    const [x, y] = [((at % width) + 0.5) / width - box.x, (Math.floor(at / width) + 0.5) / height - box.y];
    return x >= 0 && y >= 0 && x < box.width && y < box.height ? value : 0;
  });

/** The largest connected piece of what bears the name: one of several doors, say. */
export function partOf(photo: Photo, name: string): { readonly truth: Uint8Array; readonly box: Box } | undefined {
  const covers = photo.masks.get(name);
  if (covers === undefined) return undefined;
  const { width, height } = photo;
  const seen = new Uint8Array(covers.length);
  let largest: number[] = [];
  for (let first = 0; first < covers.length; first += 1) {
    if (covers[first]! < 128 || seen[first] === 1) continue;
    const piece = [first];
    seen[first] = 1;
    spread(width, height, piece, (at) => {
      if (seen[at] === 1 || covers[at]! < 128) return false;
      seen[at] = 1;
      piece.push(at);
      return true;
    });
    if (piece.length > largest.length) largest = piece;
  }
  if (largest.length === 0) return undefined;
  const own = new Uint8Array(covers.length);
  for (const at of largest) own[at] = 255;
  const box = boundsOf(own, photo);
  return { truth: within(covers, photo, box), box };
}
