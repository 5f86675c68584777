import { plane, resized, type Plane } from '../raster/filter.ts';
import { shrunk, type Picture } from '../raster/picture.ts';

/**
 * Closed-form matting (Levin, Lischinski and Weiss, "A closed-form solution to natural image matting", 2008): in each
 * small window alpha is a linear function of the colours, as it is where subject and background each vary along one
 * line of colours. What is known stays; the unknown band between is solved for by conjugate gradients, first at half
 * the size. Memory and time are those of the band.
 */
/** Below this variance (of colours 0..1, squared) a window's colours are noise. */
const NOISE = 2e-5;
/** How firmly alpha is held to the rough mask within the band: only where colours say nothing does that decide. */
const HOLD = 0.004;
const ROUNDS = 20;
const FIRST_ROUNDS = 60;
/** Cells of a side below which a picture is not halved. */
const SMALLEST = 200;
/** Of the first residual: less is no visible change. */
const CLOSE = 1e-3;

/** What alpha is known to be before it is solved for. */
export interface Trimap {
  /** 0..1. */
  readonly rough: Plane;
  /** 1 where alpha is unknown, as large as the rough mask. */
  readonly unknown: Uint8Array;
}

/** Alpha (0..1) of a picture as large as the trimap. */
export async function closedForm(picture: Picture, { rough, unknown }: Trimap): Promise<Plane> {
  const start = plane(rough.width, rough.height);
  start.data.set(rough.data);
  const isFirst = Math.max(picture.width, picture.height) <= 2 * SMALLEST;
  if (!isFirst) {
    const half = await shrunk(picture, Math.ceil(Math.max(picture.width, picture.height) / 2));
    const coarse = await closedForm(half, {
      rough: resized(rough, half.width, half.height),
      unknown: reduced(unknown, rough, half),
    });
    const guess = resized(coarse, rough.width, rough.height);
    for (let at = 0; at < unknown.length; at += 1) if (unknown[at] === 1) start.data[at] = guess.data[at]!;
  }
  solve(windowsOf(picture, unknown), unknown, rough, start, isFirst ? FIRST_ROUNDS : ROUNDS);
  for (let at = 0; at < start.data.length; at += 1) start.data[at] = Math.min(1, Math.max(0, start.data[at]!));
  return start;
}

function reduced(unknown: Uint8Array, from: { width: number; height: number }, to: Picture): Uint8Array {
  const out = new Uint8Array(to.width * to.height);
  for (let at = 0; at < unknown.length; at += 1) {
    if (unknown[at] === 0) continue;
    const x = Math.min(to.width - 1, Math.floor(((at % from.width) * to.width) / from.width));
    const y = Math.min(to.height - 1, Math.floor((Math.floor(at / from.width) * to.height) / from.height));
    out[y * to.width + x] = 1;
  }
  return out;
}

const SIDE = 3;
const CELLS = SIDE * SIDE;

/** Windows of 3 x 3 that hold something unknown. */
interface Windows {
  readonly width: number;
  /** Their middles. */
  readonly middles: Int32Array;
  /** For each its cells' three colours less their mean, and the inverse of their covariance (symmetric, six). */
  readonly colours: Float32Array;
  readonly inverses: Float32Array;
}

function windowsOf({ width, height, data }: Picture, unknown: Uint8Array): Windows {
  const found: number[] = [];
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      let any = 0;
      for (const row of [at - width, at, at + width]) any |= unknown[row - 1]! | unknown[row]! | unknown[row + 1]!;
      if (any !== 0) found.push(at);
    }
  }
  const middles = Int32Array.from(found);
  const colours = new Float32Array(middles.length * CELLS * 3);
  const inverses = new Float32Array(middles.length * 6);
  for (let window = 0; window < middles.length; window += 1) {
    const start = window * CELLS * 3;
    const mean = [0, 0, 0];
    let to = start;
    for (let down = -1; down <= 1; down += 1) {
      for (let along = -1; along <= 1; along += 1) {
        const pixel = (middles[window]! + down * width + along) * 4;
        for (let channel = 0; channel < 3; channel += 1) {
          const value = data[pixel + channel]! / 255;
          colours[to] = value;
          mean[channel]! += value / CELLS;
          to += 1;
        }
      }
    }
    const sums = [0, 0, 0, 0, 0, 0];
    for (let at = start; at < start + CELLS * 3; at += 3) {
      const r = (colours[at]! -= mean[0]!);
      const g = (colours[at + 1]! -= mean[1]!);
      const b = (colours[at + 2]! -= mean[2]!);
      sums[0]! += r * r;
      sums[1]! += r * g;
      sums[2]! += r * b;
      sums[3]! += g * g;
      sums[4]! += g * b;
      sums[5]! += b * b;
    }
    invert(sums, inverses, window * 6);
  }
  return { width, middles, colours, inverses };
}

/** Of sums over the cells, with the noise added to the variances. */
function invert(sums: readonly number[], out: Float32Array, at: number): void {
  const [xx, xy, xz, yy, yz, zz] = sums as [number, number, number, number, number, number];
  const noise = NOISE * CELLS;
  const [a, d, f] = [xx + noise, yy + noise, zz + noise];
  const c0 = d * f - yz * yz;
  const c1 = yz * xz - xy * f;
  const c2 = xy * yz - d * xz;
  const determinant = a * c0 + xy * c1 + xz * c2;
  out[at] = c0 / determinant;
  out[at + 1] = c1 / determinant;
  out[at + 2] = c2 / determinant;
  out[at + 3] = (a * f - xz * xz) / determinant;
  out[at + 4] = (xy * xz - a * yz) / determinant;
  out[at + 5] = (a * d - xy * xy) / determinant;
}

/** The matting Laplacian times a field of alpha, added to `out`. */
function laplacian({ width, middles, colours, inverses }: Windows, alpha: Float32Array, out: Float32Array): void {
  const values = new Float64Array(CELLS);
  for (let window = 0; window < middles.length; window += 1) {
    const middle = middles[window]!;
    const start = window * CELLS * 3;
    let sum = 0;
    let r = 0;
    let g = 0;
    let b = 0;
    let cell = 0;
    let from = start;
    for (let row = middle - width; row <= middle + width; row += width) {
      for (let at = row - 1; at <= row + 1; at += 1) {
        const value = alpha[at]!;
        values[cell] = value;
        sum += value;
        r += colours[from]! * value;
        g += colours[from + 1]! * value;
        b += colours[from + 2]! * value;
        cell += 1;
        from += 3;
      }
    }
    const mean = sum / CELLS;
    const at6 = window * 6;
    const i0 = inverses[at6]!;
    const i1 = inverses[at6 + 1]!;
    const i2 = inverses[at6 + 2]!;
    const i3 = inverses[at6 + 3]!;
    const i4 = inverses[at6 + 4]!;
    const i5 = inverses[at6 + 5]!;
    const toR = i0 * r + i1 * g + i2 * b;
    const toG = i1 * r + i3 * g + i4 * b;
    const toB = i2 * r + i4 * g + i5 * b;
    cell = 0;
    from = start;
    for (let row = middle - width; row <= middle + width; row += width) {
      for (let at = row - 1; at <= row + 1; at += 1) {
        const fitted = mean + toR * colours[from]! + toG * colours[from + 1]! + toB * colours[from + 2]!;
        out[at]! += values[cell]! - fitted;
        cell += 1;
        from += 3;
      }
    }
  }
}

/** Conjugate gradients over the unknown cells, in place. */
function solve(windows: Windows, unknown: Uint8Array, rough: Plane, alpha: Plane, rounds: number): void {
  const cells: number[] = [];
  for (let at = 0; at < unknown.length; at += 1) if (unknown[at] === 1) cells.push(at);
  if (cells.length === 0) return;
  const unknowns = Int32Array.from(cells);
  const field = (): Float32Array => new Float32Array(unknown.length);
  const [residual, direction, changed] = [field(), field(), field()];
  laplacian(windows, alpha.data, changed);
  let square = 0;
  for (const at of unknowns) {
    residual[at] = -changed[at]! - HOLD * (alpha.data[at]! - rough.data[at]!);
    direction[at] = residual[at]!;
    square += residual[at]! ** 2;
  }
  const enough = square * CLOSE * CLOSE;
  for (let round = 0; round < rounds && square > enough; round += 1) {
    changed.fill(0);
    laplacian(windows, direction, changed);
    let along = 0;
    for (const at of unknowns) {
      changed[at]! += HOLD * direction[at]!;
      along += changed[at]! * direction[at]!;
    }
    const step = square / along;
    let next = 0;
    for (const at of unknowns) {
      alpha.data[at]! += step * direction[at]!;
      residual[at]! -= step * changed[at]!;
      next += residual[at]! ** 2;
    }
    for (const at of unknowns) direction[at] = residual[at]! + (next / square) * direction[at]!;
    square = next;
  }
}
