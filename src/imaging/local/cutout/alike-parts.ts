import { length } from '../raster/colour.ts';
import { flagsOf, type Plane } from '../raster/filter.ts';
import type { Evidence } from './backdrop-cells.ts';
import { BACKDROP, SUBJECT } from './backdrop-kinds.ts';
import { components, distanceTo } from './components.ts';

/** Of salience: what the model is sure of, and what it still sees. */
const SURE = 0.9;
const SEEN = 0.5;
/** Cells of the smallest part; and how far from the rest of the subject its colour is its own. */
const LEAST = 12;
const APART = 6;
/** As a multiple of the model's error: the backdrop itself, with or without a shadow on it, is nearer. */
const UNLIKE = 0.75;
/** Of the part, what has to be farther. */
const MOST = 0.55;
/** Cells from where the model is sure to the part's edge. */
const RIM = 5;

/**
 * A part of the subject that is nearly as bright as the backdrop (a label, a highlight) is entered from outside. Gives
 * back to it, in place, what the model is sure of and most of which is not quite the backdrop's colour, and marks it as
 * `kept`.
 */
export function restoreAlike(
  { width, height, gaps, tint, meanLimit }: Evidence,
  kind: Uint8Array,
  salience: Plane,
  holes: Uint8Array,
  kept: Uint8Array,
): void {
  const flags = flagsOf(kind, (value, at) => value !== SUBJECT && holes[at] === 0 && salience.data[at]! >= SURE);
  const { labels, areas } = components(flags, width, height);
  const toSubject = distanceTo(flagsOf(kind, (value) => value === SUBJECT), width, height, APART + 1);
  const [unlike, counts] = [new Float64Array(areas.length), new Float64Array(areas.length)];
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label < 0 || toSubject[at]! <= APART) continue;
    counts[label]! += 1;
    const gap = kind[at] === BACKDROP ? length(gaps[0][at]!, gaps[1][at]!, gaps[2][at]!) : tint[at]!;
    if (gap > UNLIKE * meanLimit) unlike[label]! += 1;
  }
  const restored = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    const isOwn = label >= 0 && counts[label]! >= LEAST && unlike[label]! >= counts[label]! * MOST;
    if (isOwn) restored[at] = 1;
  }
  const near = distanceTo(restored, width, height, RIM + 1);
  for (let at = 0; at < kind.length; at += 1) {
    if (near[at]! > RIM || holes[at] === 1 || salience.data[at]! < SEEN) continue;
    kind[at] = SUBJECT;
    kept[at] = 1;
  }
}
