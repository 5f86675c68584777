import { linearOf } from './colour.ts';
import { maskedMean, plane, resized, type Plane } from './filter.ts';
import { labPlanes } from './lab-planes.ts';
import { toPlane, type Mask } from './mask.ts';
import { shrunk, type Picture } from './picture.ts';

/** A surface without what is drawn on it: its colour in the light that falls there, as linear RGB. */
export interface Lit {
  readonly red: Plane;
  readonly green: Plane;
  readonly blue: Plane;
  /** Deviation in L (0..100) of what is drawn on it: the usual one of its small neighbourhoods. */
  readonly drawing: number;
}

const SIDE = 720;
/** Pixels of a cell of the grid, and least and most L of one. */
const CELL = 7;
const LEAST_RANGE = 4.5;
const MOST_RANGE = 30;
/** What is drawn differs by so much of a cell. */
const RANGE = 1.3;
const NEAR = 5;

/**
 * Looks through the grain, joints and pattern of the masked surface at the light on it: a mean over what is near and
 * of about the same lightness (a bilateral grid, Chen, Paris and Durand, 2007). Shadows and patches of sun keep their
 * edges, since they differ by more than what is drawn. Beyond the mask it goes on as it is at the mask's edge.
 */
export async function litSurface(picture: Picture, mask: Mask): Promise<Lit> {
  const small = await shrunk(picture, SIDE);
  const weights = resized(toPlane(mask), small.width, small.height);
  // Pixels of the edge are mixed with what is beside the surface.
  for (let at = 0; at < weights.data.length; at += 1) weights.data[at] = weights.data[at]! > 0.93 ? 1 : 0;
  const { lightness } = labPlanes(small);
  const drawing = drawingOf(lightness, weights);
  const range = Math.min(MOST_RANGE, Math.max(LEAST_RANGE, drawing * RANGE));
  const channels = [0, 1, 2].map((channel) => {
    const out = plane(small.width, small.height);
    for (let at = 0; at < out.data.length; at += 1) out.data[at] = linearOf[small.data[at * 4 + channel]!]!;
    return out;
  });
  const smooth = bilateral(channels, maskedMean(lightness, weights, 1), weights, range);
  const [red, green, blue] = smooth.map((channel) => beyond(channel, weights));
  return { red: red!, green: green!, blue: blue!, drawing };
}

/** The middle one of the deviations of small neighbourhoods. */
function drawingOf(lightness: Plane, weights: Plane): number {
  const mean = maskedMean(lightness, weights, NEAR);
  const squares = plane(lightness.width, lightness.height);
  for (let at = 0; at < squares.data.length; at += 1) {
    squares.data[at] = (lightness.data[at]! - mean.data[at]!) ** 2;
  }
  const variance = maskedMean(squares, weights, NEAR);
  const found: number[] = [];
  for (let at = 0; at < variance.data.length; at += 7) {
    if (weights.data[at] === 1) found.push(Math.sqrt(variance.data[at]!));
  }
  found.sort((one, other) => one - other);
  return found[Math.floor(found.length / 2)] ?? 0;
}

function bilateral(channels: readonly Plane[], guide: Plane, weights: Plane, range: number): Plane[] {
  const { width, height } = guide;
  const [columns, rows] = [Math.ceil(width / CELL) + 3, Math.ceil(height / CELL) + 3];
  const levels = Math.ceil(100 / range) + 3;
  const size = columns * rows * levels;
  const sums = Array.from({ length: 4 }, () => new Float32Array(size));
  for (let at = 0; at < guide.data.length; at += 1) {
    if (weights.data[at] === 0) continue;
    const column = Math.round((at % width) / CELL) + 1;
    const row = Math.round(Math.floor(at / width) / CELL) + 1;
    const cell = (Math.round(Math.max(0, guide.data[at]!) / range) + 1) * columns * rows + row * columns + column;
    channels.forEach((channel, index) => (sums[index]![cell]! += channel.data[at]!));
    sums[3]![cell]! += 1;
  }
  const blurred = sums.map((one) => blurredGrid(one, columns, columns * rows));
  const out = channels.map(() => plane(width, height));
  for (let at = 0; at < guide.data.length; at += 1) {
    if (weights.data[at] === 0) continue;
    const place = [
      (at % width) / CELL + 1, Math.floor(at / width) / CELL + 1, Math.max(0, guide.data[at]!) / range + 1,
    ] as const;
    const total = between(blurred[3]!, columns, rows, place);
    out.forEach((channel, index) => {
      channel.data[at] = between(blurred[index]!, columns, rows, place) / Math.max(1e-6, total);
    });
  }
  return out;
}

/** 1 4 6 4 1 along the rows and columns, 1 2 1 across the levels. */
function blurredGrid(source: Float32Array, row: number, level: number): Float32Array {
  let now = source;
  for (const step of [1, 1, row, row, level]) {
    const next = new Float32Array(now.length);
    for (let at = 0; at < now.length; at += 1) {
      next[at] = ((now[at - step] ?? 0) + 2 * now[at]! + (now[at + step] ?? 0)) / 4;
    }
    now = next;
  }
  return now;
}

function between(
  grid: Float32Array,
  columns: number,
  rows: number,
  [x, y, z]: readonly [number, number, number],
): number {
  const [left, top, low] = [Math.floor(x), Math.floor(y), Math.floor(z)];
  let sum = 0;
  for (let corner = 0; corner < 8; corner += 1) {
    const dx = corner & 1;
    const dy = (corner >> 1) & 1;
    const dz = corner >> 2;
    const weight = (dx ? x - left : 1 - x + left) * (dy ? y - top : 1 - y + top) * (dz ? z - low : 1 - z + low);
    sum += weight * (grid[((low + dz) * rows + top + dy) * columns + left + dx] ?? 0);
  }
  return sum;
}

/** The plane where it is known, and elsewhere what is known nearest. */
function beyond(source: Plane, weights: Plane): Plane {
  const around = maskedMean(source, weights, NEAR);
  const out = plane(source.width, source.height);
  for (let at = 0; at < out.data.length; at += 1) {
    out.data[at] = weights.data[at] === 1 ? source.data[at]! : around.data[at]!;
  }
  return out;
}
