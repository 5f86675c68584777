import type { Plane } from '../raster/filter.ts';
import type { Evidence } from './backdrop-cells.ts';
import { components, distanceTo, largestNear } from './components.ts';

/** What a cell of a picture on a plain backdrop is. */
export const BACKDROP = 0;
export const SHADOW = 1;
export const SUBJECT = 2;

export interface Parts {
  readonly width: number;
  readonly height: number;
  readonly kind: Uint8Array;
  /** Cells whose kind the colours do not settle, as a share of the subject. */
  readonly doubt: number;
}

/** Of L per cell: a soft shadow's slope is below, an edge's above. At 1,200 cells a side. */
const SOFT = 1.5;
/** A hole smaller than this many cells is texture. */
const LEAST_HOLE = 8;
/** ΔE of a shadow that is one whatever the model sees. */
const FAINT = 12;
/** A JPEG's blocks: how far ringing reaches, in pixels, and its height as a share of the edge's. */
const BLOCK = 8;
const RINGING = 0.17;
/** As a multiple of noise, what is clearly not backdrop; and how many cells from a hole's rim it is at most. */
const CLEAR = 2.5;
const SHARP = 7;

/**
 * Backdrop is what is like it and connected to the border, through soft shadows too; and what is like it within the
 * subject and sharply bounded: a hole. `salience` (0..1) only settles what the colours leave open. `scale` is the
 * picture's pixels per cell.
 */
export function partsOf(evidence: Evidence, salience: Plane, scale: number): Parts {
  const { width, height } = evidence;
  const kind = flooded(evidence);
  let open = holes(evidence, kind);
  dropRinging(evidence, kind, scale);
  open += deepShadows(evidence, kind, salience);
  let subject = 0;
  for (const value of kind) if (value === SUBJECT) subject += 1;
  return { width, height, kind, doubt: subject === 0 ? 1 : open / subject };
}

function flooded(evidence: Evidence): Uint8Array {
  const { width, height, unlike, shaded, slope } = evidence;
  const kind = new Uint8Array(width * height).fill(SUBJECT);
  const stack = new Int32Array(width * height);
  let top = 0;
  const enter = (at: number): void => {
    if (kind[at] !== SUBJECT) return;
    if (unlike[at]! < 1) kind[at] = BACKDROP;
    else if (shaded[at] === 1 && slope[at]! < SOFT) kind[at] = SHADOW;
    else return;
    stack[top] = at;
    top += 1;
  };
  for (let x = 0; x < width; x += 1) [x, (height - 1) * width + x].forEach((at) => unlike[at]! < 1 && enter(at));
  for (let y = 0; y < height; y += 1) [y * width, y * width + width - 1].forEach((at) => unlike[at]! < 1 && enter(at));
  while (top > 0) {
    top -= 1;
    const at = stack[top]!;
    const x = at % width;
    if (x > 0) enter(at - 1);
    if (x < width - 1) enter(at + 1);
    if (at >= width) enter(at - width);
    if (at < width * (height - 1)) enter(at + width);
  }
  return kind;
}

/** Turns enclosed parts that are the backdrop's colour into backdrop. Returns how many cells it was not sure of. */
function holes(evidence: Evidence, kind: Uint8Array): number {
  const { width, height, unlike, bias } = evidence;
  const like = new Uint8Array(kind.length);
  const strong = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) {
    like[at] = kind[at] === SUBJECT && unlike[at]! < 1 ? 1 : 0;
    strong[at] = unlike[at]! > CLEAR ? 1 : 0;
  }
  const { labels, areas } = components(like, width, height);
  const toStrong = distanceTo(strong, width, height, SHARP + 1);
  const [biases, inner, edge, sharp] = [zeros(areas), zeros(areas), zeros(areas), zeros(areas)];
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    const x = at % width;
    const isEdge =
      (x > 0 && labels[at - 1] !== label) ||
      (x < width - 1 && labels[at + 1] !== label) ||
      (at >= width && labels[at - width] !== label) ||
      (at < width * (height - 1) && labels[at + width] !== label);
    if (!isEdge) {
      inner[label]! += 1;
      biases[label]! += bias[at]!;
      continue;
    }
    edge[label]! += 1;
    if (toStrong[at]! <= SHARP) sharp[label]! += 1;
  }
  let open = 0;
  const accepted = areas.map((area, label) => {
    if (area < LEAST_HOLE || sharp[label]! < edge[label]! * 0.5) return false;
    const mean = inner[label] === 0 ? 0.5 : biases[label]! / inner[label]!;
    if (mean > 0.65 && mean < 1) open += area;
    return mean < 0.8;
  });
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label >= 0 && accepted[label]!) kind[at] = BACKDROP;
  }
  return open;
}

/** Around a strong edge a JPEG's blocks ring. Joined to the backdrop and far below the edge's contrast, that is it. */
function dropRinging({ width, height, contrast }: Evidence, kind: Uint8Array, scale: number): void {
  const strongest = largestNear(contrast, width, height, Math.max(2, Math.round(BLOCK / scale)));
  const stack = new Int32Array(kind.length * 2);
  let top = 0;
  const enter = (at: number): void => {
    if (kind[at] !== SUBJECT || contrast[at]! >= strongest[at]! * RINGING) return;
    kind[at] = BACKDROP;
    stack[top] = at;
    top += 1;
  };
  const around = (at: number): void => {
    const x = at % width;
    if (x > 0) enter(at - 1);
    if (x < width - 1) enter(at + 1);
    if (at >= width) enter(at - width);
    if (at < width * (height - 1)) enter(at + width);
  };
  for (let at = 0; at < kind.length; at += 1) if (kind[at] !== SUBJECT) around(at);
  while (top > 0) {
    top -= 1;
    around(stack[top]!);
  }
}

const zeros = (parts: readonly unknown[]): Float64Array => new Float64Array(parts.length);

/**
 * Under the subject a shadow is too dark and too steep for the flood. It is the backdrop's colour with less light,
 * has a soft rim towards the backdrop, no texture, and the model does not see it as subject.
 */
function deepShadows(evidence: Evidence, kind: Uint8Array, salience: Plane): number {
  const { width, height, shaded, slope, contrast } = evidence;
  const flags = new Uint8Array(kind.length);
  for (let at = 0; at < kind.length; at += 1) {
    const isOpen = salience.data[at]! < 0.5 || contrast[at]! < FAINT;
    flags[at] = kind[at] === SUBJECT && shaded[at] === 1 && isOpen ? 1 : 0;
  }
  const { labels, areas } = components(flags, width, height);
  const [rims, softs, totals] = [zeros(areas), zeros(areas), zeros(areas)];
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    totals[label]! += slope[at]!;
    for (const to of [at - 1, at + 1, at - width, at + width]) {
      if (to < 0 || to >= kind.length || kind[to] === SUBJECT) continue;
      rims[label]! += 1;
      if (kind[to] === SHADOW) softs[label]! += 1;
    }
  }
  let open = 0;
  const isShadow = areas.map((area, label) => {
    if (rims[label] === 0) return false;
    const softness = softs[label]! / rims[label]!;
    const calm = totals[label]! / area < 3;
    if (calm && softness > 0.3 && softness < 0.6) open += area;
    return calm && softness >= 0.45;
  });
  for (let at = 0; at < kind.length; at += 1) {
    const label = labels[at]!;
    if (label >= 0 && isShadow[label]!) kind[at] = SHADOW;
  }
  return open;
}
