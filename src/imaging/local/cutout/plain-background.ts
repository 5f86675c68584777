import { labPlanes, type LabPlanes } from '../raster/lab-planes.ts';
import { plane, resized, smoothstep, type Plane } from '../raster/filter.ts';
import { shrunk, type Picture } from '../raster/picture.ts';

/**
 * Photos on a plain backdrop need no model to tell it: its colour varies slowly (light falls off), so a
 * quadratic in x and y, fitted to Lab along the border, says what it would be everywhere. What differs is
 * subject. The gate is the fit's own error on the border: 95 % within 3 of ΔE. Plain ones have about 1.3, others 9
 * and more.
 */
const SIDE = 640;
const GATE = 3;
const BORDER = 0.03;
const TERMS = 6;

export interface PlainBackground {
  /** How much each cell is subject (0..1). */
  readonly subject: Plane;
  /** The backdrop's lightness as fitted, and as it is, shadows included (both 0..100). */
  readonly expected: Plane;
  readonly actual: Plane;
}

/** Undefined when the background is not plain. `salience` (0..1) tells a deep shadow from a dark subject. */
export async function plainBackground(picture: Picture, salience: Plane): Promise<PlainBackground | undefined> {
  const small = await shrunk(picture, SIDE);
  const lab = labPlanes(small);
  const { width, height } = small;
  const border = borderCells(width, height);
  const fits = [lab.lightness, lab.a, lab.b].map((channel) => fittedQuadratic(channel, border));
  const expected = fits.map((fit) => evaluated(fit, width, height)) as [Plane, Plane, Plane];
  const distance = differences(lab, expected);
  const errors = border.map((at) => distance.data[at]!).sort((left, right) => left - right);
  const spread = errors[Math.floor(errors.length * 0.95)] ?? Infinity;
  if (spread > GATE) return undefined;
  const limit = Math.max(5, 2.5 * spread);
  const subject = outsideFlood(distance, lab, expected, border, limit);
  dropDeepShadow(subject, lab, expected, resized(salience, width, height));
  return { subject, expected: expected[0], actual: lab.lightness };
}

function borderCells(width: number, height: number): number[] {
  const depth = Math.max(2, Math.round(Math.min(width, height) * BORDER));
  const cells: number[] = [];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (Math.min(x, y, width - 1 - x, height - 1 - y) < depth) cells.push(y * width + x);
    }
  }
  return cells;
}

function terms(x: number, y: number, width: number, height: number): readonly number[] {
  const u = (2 * x) / (width - 1) - 1;
  const v = (2 * y) / (height - 1) - 1;
  return [1, u, v, u * u, u * v, v * v];
}

/** Least squares by the normal equations; six unknowns, thousands of cells. */
function fittedQuadratic(channel: Plane, cells: readonly number[]): number[] {
  const { width, height, data } = channel;
  const rows = Array.from({ length: TERMS }, () => new Array<number>(TERMS + 1).fill(0));
  for (const at of cells) {
    const values = terms(at % width, Math.floor(at / width), width, height);
    for (let row = 0; row < TERMS; row += 1) {
      for (let column = 0; column < TERMS; column += 1) rows[row]![column]! += values[row]! * values[column]!;
      rows[row]![TERMS]! += values[row]! * data[at]!;
    }
  }
  for (let pivot = 0; pivot < TERMS; pivot += 1) {
    const scale = rows[pivot]![pivot]!;
    for (let column = pivot; column <= TERMS; column += 1) rows[pivot]![column]! /= scale;
    for (let row = 0; row < TERMS; row += 1) {
      if (row === pivot) continue;
      const factor = rows[row]![pivot]!;
      for (let column = pivot; column <= TERMS; column += 1) rows[row]![column]! -= factor * rows[pivot]![column]!;
    }
  }
  return rows.map((row) => row[TERMS]!);
}

function evaluated(fit: readonly number[], width: number, height: number): Plane {
  const out = plane(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const values = terms(x, y, width, height);
      out.data[y * width + x] = fit.reduce((sum, factor, term) => sum + factor * values[term]!, 0);
    }
  }
  return out;
}

function differences(lab: LabPlanes, expected: readonly [Plane, Plane, Plane]): Plane {
  const out = plane(lab.lightness.width, lab.lightness.height);
  for (let at = 0; at < out.data.length; at += 1) {
    out.data[at] = Math.hypot(
      lab.lightness.data[at]! - expected[0].data[at]!,
      lab.a.data[at]! - expected[1].data[at]!,
      lab.b.data[at]! - expected[2].data[at]!,
    );
  }
  return out;
}

/**
 * Floods the backdrop from the border through cells that are its colour, or its shadow (darker, same hue, and not
 * next to a sharp step); what the flood does not reach is subject, holes of backdrop colour within it included.
 */
function outsideFlood(
  distance: Plane,
  lab: LabPlanes,
  expected: readonly [Plane, Plane, Plane],
  border: readonly number[],
  limit: number,
): Plane {
  const { width, height } = distance;
  const flooded = new Uint8Array(width * height);
  const isShadow = (at: number): boolean => {
    const darker = expected[0].data[at]! - lab.lightness.data[at]!;
    const tint = Math.hypot(lab.a.data[at]! - expected[1].data[at]!, lab.b.data[at]! - expected[2].data[at]!);
    return darker > 0 && darker < 30 && tint < Math.min(limit, 5);
  };
  const stack = border.filter((at) => distance.data[at]! < limit);
  for (const at of stack) flooded[at] = 1;
  const enter = (to: number, step: number): void => {
    if (flooded[to] === 1) return;
    if (distance.data[to]! >= limit && !(step < 2.5 && isShadow(to))) return;
    flooded[to] = 1;
    stack.push(to);
  };
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const x = at % width;
    const here = lab.lightness.data[at]!;
    const step = (to: number): number => Math.abs(lab.lightness.data[to]! - here);
    if (x > 0) enter(at - 1, step(at - 1));
    if (x < width - 1) enter(at + 1, step(at + 1));
    if (at >= width) enter(at - width, step(at - width));
    if (at < width * (height - 1)) enter(at + width, step(at + width));
  }
  const out = plane(width, height);
  for (let at = 0; at < out.data.length; at += 1) {
    out.data[at] = flooded[at] === 1 ? 0.5 * smoothstep(limit * 0.5, limit, distance.data[at]!) : 1;
    if (flooded[at] === 1 && isShadow(at)) out.data[at] = 0;
  }
  return out;
}

/** Right under the subject a shadow is too dark and too sharp for the flood; the model does not take it for subject. */
function dropDeepShadow(
  subject: Plane,
  lab: LabPlanes,
  expected: readonly [Plane, Plane, Plane],
  salience: Plane,
): void {
  for (let at = 0; at < subject.data.length; at += 1) {
    const level = Math.max(0, lab.lightness.data[at]! / Math.max(5, expected[0].data[at]!));
    if (level >= 1 || salience.data[at]! >= 0.5) continue;
    const tint = Math.hypot(
      lab.a.data[at]! - expected[1].data[at]! * level,
      lab.b.data[at]! - expected[2].data[at]! * level,
    );
    subject.data[at]! *= Math.max(smoothstep(0.3, 0.6, salience.data[at]!), smoothstep(7, 14, tint));
  }
}
