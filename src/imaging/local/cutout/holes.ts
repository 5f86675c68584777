import { length } from '../raster/colour.ts';
import { flagsOf, type Plane } from '../raster/filter.ts';
import type { Evidence } from './backdrop-cells.ts';
import { BACKDROP, SHADOW, SUBJECT } from './backdrop-kinds.ts';
import { boundsOfParts, components, distanceTo, type Components } from './components.ts';

/** A hole smaller than this many cells is texture. */
const LEAST_HOLE = 8;
/** From this many cells on noise does not matter at all. */
const LEAST_WIDE = 600;
/** As a multiple of noise, what is clearly not backdrop; and how many cells from a hole's rim it is at most. */
const CLEAR = 2.5;
const SHARP = 7;
/** As a multiple of the model's error: below, a part is the backdrop's colour; up to the second, it may be. */
const SAME = 0.8;
const NEARLY = 4;
/** Of a hole that is mostly in shadow, the least that is not. */
const DIM = 0.3;
const LIT = 0.04;
/** A mesh or link that is in shadow altogether is no wider than this share of the picture's side, and near another. */
const MESH = 0.07;
const NEAR = 20;
/** Of its rim, what has something beyond that is no shadow. */
const FIRM = 0.6;
/** Of L, the most within a hole's shadow, per cell and over the picture; and of L per cell the mean within a mesh. */
const STEEP = 3;
const STEEP_ACROSS = 2400;
const CALM = 3;
/** ΔE of a shadow in a hole that is seen, and its share of the hole. */
const SHADE = 6;
const SHADY = 0.06;
/** Of a backdrop's distance from grey: from here on its hue tells its shadows; and how far from it they are, ΔE. */
const COLOURED = 12;
const OWN_HUE = 2.2;
/** Of salience: the model sees no hole. */
const SOLID = 0.9;
/** Of everything within the subject's outline: a label is less. */
const LARGE = 0.15;
/** Half of a broad surface's width, in cells: as wide as the part on it, or, of a large part, a share of that. */
const LEAST_BROAD = 5;
const MOST_BROAD = 16;
const BROAD = 0.35;
/** Cells from the part, at least; and up to which widths are measured. */
const LEAST_REACH = 8;
const BROADEST = 160;
/** Of a label's rim, the least that is on a broad surface. */
const HELD = 0.6;
/** Cells of the smallest print, and its mean ΔE: less is noise. */
const LEAST_PRINT = 20;
/** Cells from it to the backdrop outside: nearer, it is no print. */
const RIM = 3;
const INK = 18;

interface Holes {
  /** 1 in each cell of one. */
  readonly holes: Uint8Array;
  /** How many cells may or may not be of one. */
  readonly open: number;
}

/**
 * Turns enclosed parts that are the backdrop's colour, on the mean of their cells that are in full light, and sharply
 * bounded, into backdrop, their soft shadows too. One with print on it is a label; so is one on a broad surface in
 * which the model (`salience`) sees no hole. `entered` is subject for sure.
 */
export function fillHoles(
  evidence: Evidence, kind: Uint8Array, entered: Uint8Array, salience: Plane, ringing: Uint8Array,
): Holes {
  const { width, height, unlike, slope, shaded, sharp, contrast } = evidence;
  const [dim, lit, strong] = [new Uint8Array(kind.length), new Uint8Array(kind.length), new Uint8Array(kind.length)];
  const steep = Math.max(STEEP, STEEP_ACROSS / Math.max(width, height));
  for (let at = 0; at < kind.length; at += 1) {
    strong[at] = unlike[at]! > CLEAR && slope[at]! > 1 ? 1 : 0;
    if (kind[at] !== SUBJECT || entered[at] === 1) continue;
    // Also what is even and nearly the backdrop's colour, to know of it.
    lit[at] = unlike[at]! < 1 ? 1 : 0;
    const isShade = shaded[at] === 1 && sharp[at] === 0;
    const isEven = unlike[at]! < NEARLY && slope[at]! < 0.6;
    dim[at] = lit[at] === 1 || ringing[at] === 1 || isEven || (isShade && slope[at]! < steep) ? 1 : 0;
  }
  const found = components(dim, width, height);
  const lights = new Float64Array(found.areas.length);
  const totals = new Float64Array(found.areas.length);
  const shades = new Float64Array(found.areas.length);
  for (let at = 0; at < kind.length; at += 1) {
    const label = found.labels[at]!;
    if (label < 0) continue;
    lights[label]! += lit[at]!;
    totals[label]! += slope[at]!;
    if (shaded[at] === 1 && contrast[at]! > SHADE) shades[label]! += 1;
  }
  const gaps = meanGaps(evidence, found);
  const isShadowed = shadowedByHue(evidence, found, totals);
  const isOpen = new Uint8Array(found.areas.length);
  const sharpness = sharpnessOf(found, distanceTo(strong, width, height, SHARP + 1), width, height);
  const accepted = found.areas.map((area, label) => {
    const gap = gaps[label]! / evidence.meanLimit;
    // What is round is dark towards its edge on black, and hardly sharp: a wide part is backdrop all the same.
    const isBackdrop = area >= LEAST_WIDE && gap < SAME * 0.4 && lights[label]! > area * 0.95;
    if (area < LEAST_HOLE || sharpness[label]! < (isBackdrop ? 0.2 : 0.5)) return false;
    isOpen[label] = gap > SAME * 0.8 && gap < NEARLY * 0.75 ? 1 : 0;
    return isShadowed[label] === 1 || (gap < SAME && (shades[label]! < area * DIM || lights[label]! >= area * LIT));
  });
  const printed = printedOn(evidence, kind, found, accepted);
  // A label has the very colour of coloured paper by chance alone, and of white often.
  const isNeutral = evidence.chroma < COLOURED;
  const none = new Uint8Array(accepted.length);
  const solid = isNeutral ? solidAround(kind, width, height, found, accepted, salience) : none;
  const holes = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) {
    const label = found.labels[at]!;
    if (label < 0 || !accepted[label]!) continue;
    // What throws a shadow onto the backdrop is a thing, not print, and no label has a shadow in it.
    if (solid[label] === 0 && (printed[label] === 0 || shades[label]! > found.areas[label]! * SHADY)) holes[at] = 1;
    else isOpen[label] = 1;
    if (holes[at] === 1) kind[at] = lit[at] === 1 ? BACKDROP : SHADOW;
  }
  const radii = new Float64Array(found.areas.length);
  const inside = distanceTo(flagsOf(dim, (value) => value === 0), width, height, BROADEST);
  for (let at = 0; at < kind.length; at += 1) {
    const label = found.labels[at]!;
    if (label >= 0) radii[label] = Math.max(radii[label]!, inside[at]!);
  }
  const most = (Math.max(width, height) * MESH) / 2;
  const isMesh = found.areas.map((area, label) =>
    !accepted[label]! && area >= LEAST_HOLE && radii[label]! <= most && totals[label]! / area < CALM);
  fillMeshes(evidence, kind, found, isMesh, holes);
  let open = 0;
  for (let at = 0; at < kind.length; at += 1) {
    if (found.labels[at]! >= 0 && kind[at] === SUBJECT) open += isOpen[found.labels[at]!]!;
  }
  return { holes, open };
}

/** For each part 1 where it has the hue of a coloured backdrop, with less light and without texture. */
function shadowedByHue(
  { chroma, tint, shaded }: Evidence,
  { labels, areas }: Components,
  slopes: Float64Array,
): Uint8Array {
  const out = new Uint8Array(areas.length);
  if (chroma < COLOURED) return out;
  const [tints, held] = [new Float64Array(areas.length), new Float64Array(areas.length)];
  for (let at = 0; at < labels.length; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    tints[label]! += Math.min(tint[at]!, 3 * OWN_HUE);
    held[label]! += shaded[at]!;
  }
  areas.forEach((area, label) => {
    const isCalm = slopes[label]! < area * CALM;
    if (isCalm && tints[label]! < area * OWN_HUE && held[label]! > area * 0.8) out[label] = 1;
  });
  return out;
}

/** Small enclosed parts in full shadow, beside other shadows and holes, between things that are none. */
function fillMeshes(
  { width, height, shaded }: Evidence,
  kind: Uint8Array,
  { labels, areas }: Components,
  candidates: readonly boolean[],
  holes: Uint8Array,
): void {
  const [rims, firm] = [new Float64Array(areas.length), new Float64Array(areas.length)];
  for (let at = width * 3; at < kind.length - width * 3; at += 1) {
    const label = labels[at]!;
    if (label < 0 || !candidates[label]!) continue;
    for (const step of [-1, 1, -width, width]) {
      if (labels[at + step] === label) continue;
      rims[label]! += 1;
      if ([at + step, at + 2 * step, at + 3 * step].some((to) => shaded[to] === 0)) firm[label]! += 1;
    }
  }
  const isFirm = (label: number): boolean => candidates[label]! && firm[label]! > rims[label]! * FIRM;
  const waiting = new Set([...areas.keys()].filter(isFirm));
  for (let isMore = waiting.size > 0; isMore; ) {
    const toKnown = distanceTo(flagsOf(kind, (value) => value === SHADOW), width, height, NEAR + 1);
    const reached = new Set<number>();
    for (let at = 0; at < kind.length; at += 1) {
      if (toKnown[at]! <= NEAR && waiting.has(labels[at]!)) reached.add(labels[at]!);
    }
    for (let at = 0; at < kind.length; at += 1) {
      if (!reached.has(labels[at]!)) continue;
      kind[at] = SHADOW;
      holes[at] = 1;
    }
    for (const label of reached) waiting.delete(label);
    isMore = reached.size > 0 && waiting.size > 0;
  }
}

/** For each accepted part 1 where the subject around it is broad against it, and the model sees no hole in it. */
function solidAround(
  kind: Uint8Array,
  width: number,
  height: number,
  parts: Components,
  accepted: readonly boolean[],
  salience: Plane,
): Uint8Array {
  const { labels, areas } = parts;
  const isHole = flagsOf(labels, (label) => label >= 0 && accepted[label]!);
  const radius = distanceTo(flagsOf(isHole, (value) => value === 0), width, height, BROADEST);
  const isBody = flagsOf(kind, (value, at) => value === SUBJECT && labels[at]! < 0);
  const broad = distanceTo(flagsOf(isBody, (value) => value === 0), width, height, BROADEST);
  let whole = 0;
  for (const value of kind) if (value === SUBJECT) whole += 1;
  const [seen, radii] = [new Float64Array(areas.length), new Float64Array(areas.length)];
  const boxes = boundsOfParts(parts, width, height);
  for (let at = 0; at < kind.length; at += 1) {
    if (isHole[at] === 0) continue;
    const label = labels[at]!;
    seen[label]! += salience.data[at]!;
    radii[label] = Math.max(radii[label]!, radius[at]!);
  }
  return Uint8Array.from(areas, (area, label) => {
    if (!accepted[label]! || seen[label]! < area * SOLID || area > whole * LARGE) return 0;
    const [reach, box] = [Math.max(LEAST_REACH, radii[label]!), boxes[label]!];
    const [left, top] = [Math.max(0, box.left - reach), Math.max(0, box.top - reach)];
    const wide = Math.min(width, box.right + reach) - left;
    const high = Math.min(height, box.bottom + reach) - top;
    const least = Math.max(LEAST_BROAD, Math.min(1.5 * radii[label]!, Math.max(MOST_BROAD, radii[label]! * BROAD)));
    const isBroad = new Uint8Array(wide * high);
    for (let y = 0, at = 0; y < high; y += 1) {
      const row = (y + top) * width + left;
      for (let x = 0; x < wide; x += 1, at += 1) if (broad[row + x]! >= least) isBroad[at] = 1;
    }
    const toBroad = distanceTo(isBroad, wide, high, BROADEST);
    let [rim, held] = [0, 0];
    for (let y = 0, at = 0; y < high; y += 1) {
      const row = (y + top) * width + left;
      for (let x = 0; x < wide; x += 1, at += 1) {
        if (labels[row + x] !== label || radius[row + x] !== 1) continue;
        rim += 1;
        if (toBroad[at]! <= reach) held += 1;
      }
    }
    return held > rim * HELD ? 1 : 0;
  });
}

/** ΔE of each part's mean from the backdrop: over many cells noise cancels. */
export function meanGaps({ gaps, meanLimit }: Evidence, { labels, areas }: Components): Float64Array {
  const sums = gaps.map(() => new Float64Array(areas.length));
  const weights = new Float64Array(areas.length);
  for (let at = 0; at < labels.length; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    // Beside an edge a mean has some of the edge's colour: in a small hole most have.
    const gap = length(gaps[0][at]!, gaps[1][at]!, gaps[2][at]!) / meanLimit;
    const weight = 1 / (1 + gap * gap * gap * gap);
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
  const toOutside = distanceTo(flagsOf(kind, (value) => value !== SUBJECT), width, height, RIM + 1);
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
    const isAtFrame = x === 0 || x === width - 1 || at < width || at >= kind.length - width;
    // A bead of a string has the hole on one side, and on the other a rim of ringing that joins it to the hole.
    if (isAtFrame || toOutside[at]! <= RIM) {
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
