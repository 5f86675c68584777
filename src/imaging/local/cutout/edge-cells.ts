import type { Picture } from '../raster/picture.ts';
import { spread } from '../raster/spread.ts';
import type { Evidence } from './backdrop-cells.ts';
import { SUBJECT, type Parts } from './backdrop-kinds.ts';
import { flagsOf } from '../raster/filter.ts';
import { distanceTo, largestNear } from './components.ts';
import { spillIn, type Spill } from './spill.ts';

/** Cells from the edge that may be mixed: inside of it, and outside. */
const INNER = 3;
const INNER_SPILL = 5;
const OUTER = 2;
/** On a strong backdrop fur is mixed as deep as it has the backdrop's hue; cells, and RGB steps above its own. */
const DEEP = 24;
const HUED = 14;
/** As a multiple of noise, what is sure to be subject. */
const SURE = 2.5;
/** Cells to a sure one, in each of eight directions. */
const NEAR = [1, 2, 3, 4, 5, 6, 7];
const FAR = [9, 12, 16, 21, 28];
const DIRECTIONS = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, 1], [1, -1], [-1, -1]] as const;

/** How many sure cells are known to each mixed one. */
export const SAMPLES = DIRECTIONS.length;

/** The cells at the edge of a subject on a known backdrop. */
export interface EdgeCells {
  /** 1 where pixels may be mixed of both. */
  readonly mixed: Uint8Array;
  readonly inside: Uint8Array;
  /** Up to `SAMPLES` sure cells of the subject for each mixed one, nearest first, then -1. */
  readonly sure: Int32Array;
}

export function edgeCells(
  small: Picture,
  evidence: Evidence,
  { kind, width, height }: Parts,
  spill: Spill | undefined,
): EdgeCells {
  const inside = flagsOf(kind, (value) => value === SUBJECT);
  const outside = flagsOf(inside, (value) => value === 0);
  const toOutside = distanceTo(outside, width, height, DEEP + 1);
  const toInside = distanceTo(inside, width, height, OUTER + 1);
  const hued = spill === undefined ? undefined : huedCells(small, inside, spill);
  const inner = spill === undefined ? INNER : INNER_SPILL;
  const mixed = new Uint8Array(kind.length);
  const isSure = new Uint8Array(kind.length);
  const edge: number[] = [];
  for (let at = 0; at < kind.length; at += 1) {
    mixed[at] = inside[at] === 1 ? Number(toOutside[at]! <= inner) : Number(toInside[at]! <= OUTER);
    isSure[at] = inside[at] === 1 && toOutside[at]! > 2 && evidence.unlike[at]! > SURE && hued?.[at] !== 1 ? 1 : 0;
    if (hued?.[at] === 1 && mixed[at] === 1) edge.push(at);
  }
  spread(width, height, edge, (at) => {
    if (mixed[at] === 1 || hued?.[at] !== 1 || toOutside[at]! > DEEP) return false;
    mixed[at] = 1;
    return true;
  });
  const sure = new Int32Array(kind.length * SAMPLES).fill(-1);
  const steps = hued === undefined ? NEAR : [...NEAR, ...FAR];
  for (let at = 0; at < kind.length; at += 1) {
    if (mixed[at] === 1) findSure(at, evidence, isSure, inside, steps, sure);
  }
  return { mixed, inside, sure };
}

/** Cells of the subject with more of the backdrop's hue than grey has, and than the least of it nearby. */
function huedCells({ width, height, data }: Picture, inside: Uint8Array, spill: Spill): Uint8Array {
  const TOP = 512;
  const without = new Float32Array(inside.length);
  for (let at = 0; at < inside.length; at += 1) {
    if (inside[at] === 0) continue;
    without[at] = TOP - Math.max(0, spillIn(data[at * 4]!, data[at * 4 + 1]!, data[at * 4 + 2]!, spill));
  }
  const most = largestNear(without, width, height, DEEP);
  return flagsOf(without, (value, at) => inside[at] === 1 && most[at]! - value > HUED);
}

/** Sure cells around a mixed one; where the subject is too thin to have any, its most contrasting cells. */
function findSure(
  at: number,
  { width, height, contrast, shaded }: Evidence,
  isSure: Uint8Array,
  inside: Uint8Array,
  steps: readonly number[],
  out: Int32Array,
): void {
  const x = at % width;
  const y = (at - x) / width;
  let found = 0;
  for (const step of steps) {
    if (found >= SAMPLES) return;
    for (const [along, down] of DIRECTIONS) {
      const toX = x + along * step;
      const toY = y + down * step;
      if (toX < 0 || toY < 0 || toX >= width || toY >= height || isSure[toY * width + toX] === 0) continue;
      if (found < SAMPLES) out[at * SAMPLES + found] = toY * width + toX;
      found += 1;
    }
  }
  if (found > 0) return;
  // What could be a shadow counts for less: beside a thin thing it is darker than the thing.
  const weight = (cell: number): number => contrast[cell]! * (shaded[cell] === 1 ? 0.4 : 1);
  let best = -1;
  for (let toY = Math.max(0, y - 3); toY <= Math.min(height - 1, y + 3); toY += 1) {
    for (let toX = Math.max(0, x - 3); toX <= Math.min(width - 1, x + 3); toX += 1) {
      const to = toY * width + toX;
      if (inside[to] === 1 && (best < 0 || weight(to) > weight(best))) best = to;
    }
  }
  out[at * SAMPLES] = best;
}
