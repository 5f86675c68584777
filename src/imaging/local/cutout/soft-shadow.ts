import type { Plane } from '../raster/filter.ts';
import type { Evidence } from './backdrop-cells.ts';
import { BACKDROP, SHADOW, SUBJECT } from './backdrop-kinds.ts';
import { components, distanceTo } from './components.ts';

/** ΔE of a shadow that is one whatever the model sees. */
const FAINT = 12;
/** Of L per cell, the mean within a shadow: an object has edges and texture. */
const CALM = 3;
/** Cells across a rim; and how much of a shadow's outline may be one. */
const RIM = 3;
const MOST_HARD = 0.3;

/**
 * A soft shadow fades into the backdrop. Where the flood took something for one that ends in a rim it could not enter,
 * with backdrop right behind it, it has entered the subject. Whether that is much of the shadows' outline. A rim that
 * is faint, or that the model does not see, may be a shadow's that was cut off.
 */
export function endsHard({ width, height, contrast }: Evidence, kind: Uint8Array, salience: Plane): boolean {
  const flags = (value: number): Uint8Array => kind.map((one) => (one === value ? 1 : 0));
  const toBackdrop = distanceTo(flags(BACKDROP), width, height, RIM + 1);
  const toShadow = distanceTo(flags(SHADOW), width, height, RIM + 1);
  let [hard, soft] = [0, 0];
  for (let at = 0; at < kind.length; at += 1) {
    if (kind[at] === SHADOW && toBackdrop[at] === 1) soft += 1;
    if (kind[at] !== SUBJECT || toBackdrop[at]! > RIM || toShadow[at] !== 1) continue;
    if (contrast[at]! > FAINT && salience.data[at]! >= 0.2) hard += 1;
  }
  return hard > (hard + soft) * MOST_HARD && hard > (width + height) * 0.02;
}

/**
 * Under the subject a shadow is too dark and too steep for the flood. It is the backdrop's colour with less light, has
 * a soft rim towards the backdrop, no texture, and the model does not see it as subject. Returns how many cells it was
 * not sure of.
 */
export function deepShadows(evidence: Evidence, kind: Uint8Array, salience: Plane, byModel: boolean): number {
  const { width, height, shaded, slope, contrast } = evidence;
  const flags = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) {
    const isOpen = salience.data[at]! < 0.5 || (contrast[at]! < FAINT && !byModel);
    flags[at] = kind[at] === SUBJECT && shaded[at] === 1 && isOpen ? 1 : 0;
  }
  const { labels, areas } = components(flags, width, height);
  const zeros = (): Float64Array => new Float64Array(areas.length);
  const [rims, softs, totals] = [zeros(), zeros(), zeros()];
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    totals[label]! += slope[at]!;
    for (const to of [at - 1, at + 1, at - width, at + width]) {
      if (to < 0 || to >= kind.length || kind[to] === SUBJECT) continue;
      rims[label]! += 1;
      if (kind[to] === SHADOW || (byModel && slope[at]! < 1)) softs[label]! += 1;
    }
  }
  let open = 0;
  const isShadow = areas.map((area, label) => {
    if (rims[label] === 0) return false;
    const softness = softs[label]! / rims[label]!;
    const calm = totals[label]! / area < CALM;
    if (calm && softness > 0.3 && softness < 0.6) open += area;
    return calm && softness >= 0.45;
  });
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label >= 0 && isShadow[label]!) kind[at] = SHADOW;
  }
  return open;
}
