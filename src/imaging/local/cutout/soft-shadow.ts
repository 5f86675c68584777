import { flagsOf, type Plane } from '../raster/filter.ts';
import type { Evidence } from './backdrop-cells.ts';
import { BACKDROP, SHADOW, SUBJECT } from './backdrop-kinds.ts';
import { components, distanceTo, largestNear } from './components.ts';

/** ΔE of a shadow that is one whatever the model sees. */
const FAINT = 12;
/** Of L per cell, the mean within a shadow: an object has edges and texture. */
const CALM = 3;
/** Cells across a rim; and how much of a shadow's outline may be one. */
const RIM = 3;
const MOST_HARD = 0.3;

/**
 * A soft shadow fades into the backdrop. A part that the flood took for one, and that ends in a rim with backdrop right
 * behind it, is the subject, entered where it is as grey as its shadow. The rim's colour lies between the two: a rim
 * darker than both is a wire that stands in its own shadow. Gives these parts back to the subject, and tells them.
 */
export function enteredParts(
  { width, height, contrast, shaded, sharp }: Evidence,
  kind: Uint8Array,
  salience: Plane,
): Uint8Array {
  const flags = (value: number): Uint8Array => flagsOf(kind, (one) => one === value);
  const { labels, areas } = components(flags(SHADOW), width, height);
  const toBackdrop = distanceTo(flags(BACKDROP), width, height, RIM + 1);
  const depth = largestNear(contrast.map((value, at) => (kind[at] === SHADOW ? value : 0)), width, height, RIM + 1);
  const [hard, soft] = [new Float64Array(areas.length), new Float64Array(areas.length)];
  for (let at = width; at < kind.length - width; at += 1) {
    if (kind[at] === SHADOW && toBackdrop[at] === 1) soft[labels[at]!]! += 1;
    if (kind[at] !== SUBJECT || toBackdrop[at]! > RIM || shaded[at] === 0 || sharp[at] === 0) continue;
    if (contrast[at]! > depth[at]! * 1.1 + 2 || depth[at]! < FAINT || salience.data[at]! < 0.2) continue;
    const beside = [at - 1, at + 1, at - width, at + width].find((to) => kind[to] === SHADOW);
    if (beside !== undefined) hard[labels[beside]!]! += 1;
  }
  const isEntered = areas.map((_, label) =>
    hard[label]! > (hard[label]! + soft[label]!) * MOST_HARD && hard[label]! > (width + height) * 0.02);
  const out = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label < 0 || !isEntered[label]!) continue;
    kind[at] = SUBJECT;
    out[at] = 1;
  }
  return out;
}

/**
 * Under the subject a shadow is too dark and too steep for the flood. It is the backdrop's colour with less light, has
 * a soft rim towards the backdrop, no texture, and the model does not see it as subject. Returns how many cells it was
 * not sure of. What is `kept` is the subject unless the model sees none.
 */
export function deepShadows(evidence: Evidence, kind: Uint8Array, salience: Plane, kept: Uint8Array): number {
  const { width, height, shaded, slope, contrast, sharp } = evidence;
  const flags = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) {
    const isOpen = salience.data[at]! < 0.5 || (contrast[at]! < FAINT && kept[at] === 0);
    flags[at] = kind[at] === SUBJECT && shaded[at] === 1 && isOpen ? 1 : 0;
  }
  const { labels, areas } = components(flags, width, height);
  const zeros = (): Float64Array => new Float64Array(areas.length);
  const [rims, softs, totals, seen] = [zeros(), zeros(), zeros(), zeros()];
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    totals[label]! += slope[at]!;
    seen[label]! += salience.data[at]!;
    for (const to of [at - 1, at + 1, at - width, at + width]) {
      if (to < 0 || to >= kind.length || kind[to] === SUBJECT) continue;
      rims[label]! += 1;
      if (kind[to] === SHADOW || (kept[at] === 1 && sharp[at] === 0)) softs[label]! += 1;
    }
  }
  let open = 0;
  const isShadow = areas.map((area, label) => {
    if (rims[label] === 0) return false;
    const softness = softs[label]! / rims[label]!;
    const calm = totals[label]! / area < CALM;
    const isHard = area > rims[label]! * 2.5 && seen[label]! < area * 0.15;
    if (calm && softness > 0.3 && softness < 0.6) open += area;
    return calm && (softness >= 0.45 || isHard);
  });
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label >= 0 && isShadow[label]!) kind[at] = SHADOW;
  }
  return open;
}
