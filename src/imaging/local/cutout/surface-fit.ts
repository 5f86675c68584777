import { plane, type Plane } from '../raster/filter.ts';
import type { Picture } from '../raster/picture.ts';

/** A polynomial in x and y (each -1..1 over the picture), lowest terms first. */
export interface Surface {
  readonly degree: number;
  readonly factors: readonly number[];
}

const ROUNDS = 9;
const SAMPLES = 6000;
/** 8-bit steps below which a deviation is noise and not weighed down. */
const NOISE = 2.5;

/**
 * One surface per channel through the given cells, by iteratively reweighted least squares with weights common to the
 * three: first as for the least sum of distances, which up to half the cells being something else does not move far,
 * then Tukey's biweight, which leaves those out (Holland and Welsch, "Robust regression using iteratively reweighted
 * least-squares", 1977).
 */
export function fitted(picture: Picture, cells: Int32Array, degree: number): readonly [Surface, Surface, Surface] {
  const stride = Math.max(1, Math.floor(cells.length / SAMPLES));
  const count = Math.floor((cells.length + stride - 1) / stride);
  const terms = termCount(degree);
  const basis = new Float64Array(count * terms);
  const values = new Float64Array(count * 3);
  for (let sample = 0; sample < count; sample += 1) {
    const at = cells[sample * stride]!;
    write(basis, sample * terms, degree, at % picture.width, Math.floor(at / picture.width), picture);
    for (let channel = 0; channel < 3; channel += 1) values[sample * 3 + channel] = picture.data[at * 4 + channel]!;
  }
  const weights = new Float64Array(count).fill(1);
  let factors: number[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    factors = solved(basis, values, weights, terms);
    reweigh(weights, residuals(basis, values, factors, terms), round);
  }
  return factors.map((one) => ({ degree, factors: one })) as unknown as readonly [Surface, Surface, Surface];
}

/** One field of 8-bit steps per channel. */
export type Colours = readonly [red: Plane, green: Plane, blue: Plane];

export function meanLevels(colours: Colours): number[] {
  return colours.map(({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length);
}

export function evaluated(surfaces: readonly [Surface, Surface, Surface], width: number, height: number): Colours {
  const out: Colours = [plane(width, height), plane(width, height), plane(width, height)];
  const terms = new Float64Array(termCount(surfaces[0].degree));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      write(terms, 0, surfaces[0].degree, x, y, { width, height });
      for (let channel = 0; channel < 3; channel += 1) {
        const { factors } = surfaces[channel]!;
        let sum = 0;
        for (let term = 0; term < terms.length; term += 1) sum += factors[term]! * terms[term]!;
        out[channel]!.data[y * width + x] = sum;
      }
    }
  }
  return out;
}

const termCount = (degree: number): number => ((degree + 1) * (degree + 2)) / 2;

function write(
  out: Float64Array,
  start: number,
  degree: number,
  x: number,
  y: number,
  size: { readonly width: number; readonly height: number },
): void {
  const u = (2 * x) / Math.max(1, size.width - 1) - 1;
  const v = (2 * y) / Math.max(1, size.height - 1) - 1;
  out[start] = 1;
  let at = start + 1;
  // Each row of terms is the one before times u, and its last times v.
  for (let total = 1; total <= degree; total += 1) {
    for (let power = 0; power < total; power += 1) out[at + power] = out[at + power - total]! * u;
    out[at + total] = out[at - 1]! * v;
    at += total + 1;
  }
}

function residuals(basis: Float64Array, values: Float64Array, factors: number[][], terms: number): Float64Array {
  const count = values.length / 3;
  const out = new Float64Array(count);
  for (let sample = 0; sample < count; sample += 1) {
    let squares = 0;
    for (let channel = 0; channel < 3; channel += 1) {
      let value = 0;
      for (let term = 0; term < terms; term += 1) value += factors[channel]![term]! * basis[sample * terms + term]!;
      squares += (values[sample * 3 + channel]! - value) ** 2;
    }
    out[sample] = Math.sqrt(squares);
  }
  return out;
}

function reweigh(weights: Float64Array, distances: Float64Array, round: number): void {
  const median = distances.slice().sort()[Math.floor(distances.length / 2)] ?? 0;
  const reach = Math.max(2 * NOISE, 4 * median);
  for (let sample = 0; sample < weights.length; sample += 1) {
    const distance = distances[sample]!;
    if (round < 4) weights[sample] = 1 / Math.max(NOISE, distance);
    else weights[sample] = distance >= reach ? 0 : (1 - (distance / reach) ** 2) ** 2;
  }
}

/** Weighted normal equations of the three channels at once. Higher terms are held down where few cells tell them. */
function solved(basis: Float64Array, values: Float64Array, weights: Float64Array, terms: number): number[][] {
  const columns = terms + 3;
  const rows = Array.from({ length: terms }, () => new Float64Array(columns));
  let total = 0;
  for (let sample = 0; sample < weights.length; sample += 1) {
    const weight = weights[sample]!;
    if (weight === 0) continue;
    total += weight;
    for (let row = 0; row < terms; row += 1) {
      const own = basis[sample * terms + row]! * weight;
      for (let column = row; column < terms; column += 1) rows[row]![column]! += own * basis[sample * terms + column]!;
      for (let channel = 0; channel < 3; channel += 1) {
        rows[row]![terms + channel]! += own * values[sample * 3 + channel]!;
      }
    }
  }
  for (let row = 0; row < terms; row += 1) {
    for (let column = 0; column < row; column += 1) rows[row]![column] = rows[column]![row]!;
    rows[row]![row]! += total * (row < 6 ? 1e-7 : 1e-4) + 1e-9;
  }
  for (let pivot = 0; pivot < terms; pivot += 1) {
    const scale = rows[pivot]![pivot]!;
    for (let column = pivot; column < columns; column += 1) rows[pivot]![column]! /= scale;
    for (let row = 0; row < terms; row += 1) {
      if (row === pivot) continue;
      const factor = rows[row]![pivot]!;
      for (let column = pivot; column < columns; column += 1) rows[row]![column]! -= factor * rows[pivot]![column]!;
    }
  }
  return [0, 1, 2].map((channel) => rows.map((row) => row[terms + channel]!));
}
