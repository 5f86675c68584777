import { length } from '../raster/colour.ts';
import type { Evidence } from './backdrop-cells.ts';
import { BACKDROP, SUBJECT } from './backdrop-kinds.ts';
import { components, distanceTo, type Components } from './components.ts';

/** A hole smaller than this many cells is texture. */
const LEAST_HOLE = 8;
/** As a multiple of noise, what is clearly not backdrop; and how many cells from a hole's rim it is at most. */
const CLEAR = 2.5;
const SHARP = 7;
/** As a multiple of the model's error: below, a part is the backdrop's colour; up to the second, it may be. */
const SAME = 0.8;
const NEARLY = 4;
/** Cells of the smallest print, and its mean ΔE: less is noise. */
const LEAST_PRINT = 20;
const INK = 18;

/**
 * Turns enclosed parts that are the backdrop's colour, on the mean of all their cells, and sharply bounded, into
 * backdrop. One with print on it is a label. Returns how many cells it was not sure of.
 */
export function fillHoles(evidence: Evidence, kind: Uint8Array): number {
  const { width, height, unlike, slope } = evidence;
  const like = new Uint8Array(kind.length);
  const strong = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) {
    // Also what is even and nearly the backdrop's colour, to know of it.
    const isNear = unlike[at]! < 1 || (unlike[at]! < NEARLY && slope[at]! < 0.6);
    like[at] = kind[at] === SUBJECT && isNear ? 1 : 0;
    strong[at] = unlike[at]! > CLEAR && slope[at]! > 1 ? 1 : 0;
  }
  const found = components(like, width, height);
  const gaps = meanGaps(evidence, found);
  const sharpness = sharpnessOf(found, distanceTo(strong, width, height, SHARP + 1), width, height);
  let open = 0;
  const accepted = found.areas.map((area, label) => {
    if (area < LEAST_HOLE || sharpness[label]! < 0.5) return false;
    const gap = gaps[label]! / evidence.meanLimit;
    if (gap > SAME * 0.8 && gap < NEARLY * 0.75) open += area;
    return gap < SAME;
  });
  const printed = printedOn(evidence, kind, found, accepted);
  for (let at = 0; at < kind.length; at += 1) {
    const label = found.labels[at]!;
    if (label < 0 || !accepted[label]!) continue;
    if (printed[label] === 0) kind[at] = BACKDROP;
    else open += 1;
  }
  return open;
}

/** ΔE of each part's mean from the backdrop: over many cells noise cancels. */
export function meanGaps({ gaps, meanLimit }: Evidence, { labels, areas }: Components): Float64Array {
  const sums = gaps.map(() => new Float64Array(areas.length));
  const weights = new Float64Array(areas.length);
  for (let at = 0; at < labels.length; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    // Beside an edge a mean has some of the edge's colour.
    const isFar = length(gaps[0][at]!, gaps[1][at]!, gaps[2][at]!) > NEARLY * meanLimit;
    const weight = isFar ? 0.01 : 1;
    weights[label]! += weight;
    for (let channel = 0; channel < 3; channel += 1) sums[channel]![label]! += weight * gaps[channel]![at]!;
  }
  return weights.map((all, label) => length(sums[0]![label]! / all, sums[1]![label]! / all, sums[2]![label]! / all));
}

/** The share of each part's rim that has a clear edge beside it. */
function sharpnessOf(
  { labels, areas }: Components,
  toStrong: Uint8Array,
  width: number,
  height: number,
): Float64Array {
  const [edge, sharp] = [new Float64Array(areas.length), new Float64Array(areas.length)];
  for (let at = 0; at < labels.length; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    const x = at % width;
    const isEdge =
      (x > 0 && labels[at - 1] !== label) ||
      (x < width - 1 && labels[at + 1] !== label) ||
      (at >= width && labels[at - width] !== label) ||
      (at < width * (height - 1) && labels[at + width] !== label);
    if (!isEdge) continue;
    edge[label]! += 1;
    if (toStrong[at]! <= SHARP) sharp[label]! += 1;
  }
  return sharp.map((count, label) => (edge[label] === 0 ? 0 : count / edge[label]!));
}

/** For each part, cells of print in it: clear things that touch nothing but this part. */
function printedOn(
  { width, height, contrast }: Evidence,
  kind: Uint8Array,
  { labels, areas }: Components,
  accepted: readonly boolean[],
): Float64Array {
  const rest = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    rest[at] = kind[at] === SUBJECT && !(label >= 0 && accepted[label]!) ? 1 : 0;
  }
  const things = components(rest, width, height, 8);
  const inks = new Float64Array(things.areas.length);
  const OPEN = -2;
  const within = new Int32Array(things.areas.length).fill(-1);
  const touch = (thing: number, at: number): void => {
    const label = labels[at]!;
    const to = kind[at] === SUBJECT && label >= 0 && accepted[label]! ? label : OPEN;
    within[thing] = within[thing] === -1 || within[thing] === to ? to : OPEN;
  };
  for (let at = 0; at < kind.length; at += 1) {
    const thing = things.labels[at]!;
    if (thing < 0) continue;
    inks[thing]! += contrast[at]!;
    const x = at % width;
    if (x === 0 || x === width - 1 || at < width || at >= kind.length - width) {
      within[thing] = OPEN;
      continue;
    }
    for (const to of [at - 1, at + 1, at - width, at + width]) if (rest[to] === 0) touch(thing, to);
  }
  const out = new Float64Array(areas.length);
  within.forEach((label, thing) => {
    const area = things.areas[thing]!;
    if (label >= 0 && area >= LEAST_PRINT && inks[thing]! / area > INK) out[label]! += area;
  });
  return out;
}
