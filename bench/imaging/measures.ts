import { boxMean, plane } from '../../src/imaging/local/raster/filter.ts';
import type { Picture } from '../../src/imaging/local/raster/picture.ts';
import { isEdge, type Composed } from './set/frame.ts';

export interface Scores {
  /** Of the pixels that are at least half subject in either: the share that is in both. */
  readonly iou: number;
  /** F1 of precision and recall of the outlines, within two pixels at a longer side of 1000. */
  readonly boundary: number;
  /** Mean absolute difference of alpha over the whole picture, 0..1. */
  readonly error: number;
  /**
   * Pixels of the edge that still show the old background: visible (alpha above 0.1, in truth and in the result), and
   * pulled from the subject's true colour towards what was behind it by over a quarter of the way and over 24 levels.
   * Null where the true colours are not known.
   */
  readonly spill: number | null;
  /** Their share (0..1) of the visible pixels of the edge. */
  readonly spillShare: number | null;
}

/** Compares a cut-out with the right one of the same size. */
export function scoresOf(result: Picture, right: Composed): Scores {
  const { width, height } = right;
  const alpha = new Uint8Array(width * height);
  for (let at = 0; at < alpha.length; at += 1) alpha[at] = result.data[at * 4 + 3]!;
  let difference = 0;
  for (let at = 0; at < alpha.length; at += 1) difference += Math.abs(alpha[at]! - right.alpha[at]!);
  return {
    ...overlapOf(alpha, right),
    error: difference / 255 / alpha.length,
    ...spillOf(result, right),
  };
}

export function overlapOf(alpha: Uint8Array, right: Composed): Pick<Scores, 'iou' | 'boundary'> {
  const { width, height } = right;
  let [both, either] = [0, 0];
  for (let at = 0; at < alpha.length; at += 1) {
    const [one, other] = [alpha[at]! >= 128, right.alpha[at]! >= 128];
    if (one && other) both += 1;
    if (one || other) either += 1;
  }
  const reach = Math.max(1, Math.round((2 * Math.max(width, height)) / 1000));
  const [found, wanted] = [outline(alpha, width, height), outline(right.alpha, width, height)];
  const [precision, recall] = [shareNear(found, wanted, reach), shareNear(wanted, found, reach)];
  const boundary = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { iou: either === 0 ? 1 : both / either, boundary };
}

type Outline = ReturnType<typeof plane>;

/** Pixels of the subject next to one that is not; the picture's frame is no outline. */
function outline(alpha: Uint8Array, width: number, height: number): Outline {
  const out = plane(width, height);
  for (let at = 0; at < alpha.length; at += 1) {
    if (alpha[at]! < 128) continue;
    const x = at % width;
    const next = [x > 0 ? at - 1 : at, x < width - 1 ? at + 1 : at, at - width, at + width];
    if (next.some((to) => to >= 0 && to < alpha.length && alpha[to]! < 128)) out.data[at] = 1;
  }
  return out;
}

/** Within a square of `reach` pixels each way. */
function shareNear(line: Outline, other: Outline, reach: number): number {
  const near = boxMean(other, reach).data;
  let [hits, all] = [0, 0];
  for (let at = 0; at < line.data.length; at += 1) {
    if (line.data[at] === 0) continue;
    all += 1;
    if (near[at]! > 1e-6) hits += 1;
  }
  return all === 0 ? 0 : hits / all;
}

function spillOf(result: Picture, { alpha, colours, width, height }: Composed): Pick<Scores, 'spill' | 'spillShare'> {
  if (colours === undefined) return { spill: null, spillShare: null };
  const edge = isEdge(alpha, width, height);
  let [spill, seen] = [0, 0];
  for (let at = 0; at < alpha.length; at += 1) {
    if (edge[at] === 0 || alpha[at]! <= 25 || result.data[at * 4 + 3]! <= 25) continue;
    seen += 1;
    let [along, squared] = [0, 0];
    for (let channel = 0; channel < 3; channel += 1) {
      const own = colours.subject[at * 3 + channel]!;
      const towards = colours.behind[at * 3 + channel]! - own;
      along += (result.data[at * 4 + channel]! - own) * towards;
      squared += towards * towards;
    }
    const way = Math.sqrt(squared);
    if (way > 0 && along / squared > 0.25 && along / way > 24) spill += 1;
  }
  return { spill, spillShare: seen === 0 ? 0 : spill / seen };
}
