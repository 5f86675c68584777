import type { Evidence } from './backdrop-cells.ts';
import type { Plane } from '../raster/filter.ts';
import { SUBJECT, SHADOW } from './backdrop-kinds.ts';
import { boundsOfParts, components } from './components.ts';

/**
 * What is known to be dust, a blemish of the backdrop or of the scan, and not a part of the subject: never by its
 * size against the largest part, since a screw beside a cupboard is no dust. Sizes are the picture's own pixels.
 */
/** Nothing that a shop sells covers less: across, in pixels. */
const SPECK = 3;
/** A mark may be larger if it is faint: a share of the longer side, and ΔE. */
const MARK = 0.015;
const FAINT = 14;
/** Of L per cell. */
const EDGE = 0.8;
/** A streak along the frame is where a scan or a frame ends. A share of the shorter side. */
const FRAME = 0.02;

/** ΔE of noise from which on a backdrop is grained wood or stone, of which some is unlike the rest. */
export const GRAINED = 5;
/** Of such a part: of salience, what the model does not see; and its contrast as a multiple of noise. */
const UNSEEN = 0.15;
const LIKE_GRAIN = 2.5;

/**
 * Takes dust and the backdrop's own pattern off the subject, in place. `scale` is the picture's pixels per cell.
 * Returns how many cells were pattern.
 */
export function dropDust(evidence: Evidence, kind: Uint8Array, salience: Plane, scale: number): number {
  const { width, height, contrast, slope, limit } = evidence;
  const flags = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) flags[at] = kind[at] === SUBJECT ? 1 : 0;
  const parts = components(flags, width, height, 8);
  const { labels, areas } = parts;
  const peaks = new Float32Array(areas.length);
  const steepest = new Float32Array(areas.length);
  const [contrasts, seen] = [new Float64Array(areas.length), new Float64Array(areas.length)];
  const boxes = boundsOfParts(parts, width, height);
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    peaks[label] = Math.max(peaks[label]!, contrast[at]!);
    contrasts[label]! += contrast[at]!;
    seen[label]! += salience.data[at]!;
    steepest[label] = Math.max(steepest[label]!, slope[at]!);
  }
  const isDust = areas.map((area, label) => {
    const { left, top, right, bottom } = boxes[label]!;
    const across = Math.max(right - left, bottom - top);
    if (across * scale <= SPECK || area <= 2) return true;
    // A stain without any edge is light that the model of the backdrop does not know.
    if (peaks[label]! < 2 * limit && steepest[label]! < EDGE) return true;
    const mark = Math.max(width, height) * MARK;
    if (area <= (mark * mark) / 2 && peaks[label]! < FAINT) return true;
    if (across <= 2 * mark && peaks[label]! < 1.6 * limit) return true;
    const depth = Math.max(2, Math.round(Math.min(width, height) * FRAME));
    const isStreak = Math.min(right - left, bottom - top) <= depth;
    const atFrame = left === 0 || top === 0 || right === width || bottom === height;
    const within = right <= depth || bottom <= depth || left > width - 1 - depth || top > height - 1 - depth;
    return isStreak && atFrame && within && peaks[label]! < 3 * FAINT;
  });
  const isPattern = areas.map((area, label) =>
    limit >= GRAINED && seen[label]! < area * UNSEEN && contrasts[label]! < area * limit * LIKE_GRAIN);
  let pattern = 0;
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label < 0 || !(isDust[label]! || isPattern[label]!)) continue;
    kind[at] = SHADOW;
    if (!isDust[label]!) pattern += 1;
  }
  return pattern;
}
