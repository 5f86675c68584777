import { nearestStep, plane, steps, type Plane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import { shrunk, type Picture } from '../raster/picture.ts';

/**
 * The colours of subject and background at each cell, of which the picture shows a mixture: those that explain it and
 * change least from cell to cell. After Germer, Uelwer, Conrad and Harmeling, "Fast multi-level foreground estimation"
 * (2020): solved at a few cells, then at ever more, each time from the solution before, so that colours spread from
 * afar where strands leave no pure ones near by.
 */
export interface Layers {
  readonly width: number;
  readonly height: number;
  /** Three levels (0..255) a cell. */
  readonly subject: Float32Array;
  readonly background: Float32Array;
}

/** How firmly neighbours are held together: a little everywhere, and more where alpha changes between them. */
const [HELD, HELD_AT_EDGES] = [5e-6, 0.1];
/** Cells of a side at which the smallest level is solved, and with how many rounds small and large ones are. */
const SMALLEST = 24;
const [SMALL, SMALL_ROUNDS, LARGE_ROUNDS] = [64, 10, 2];

/** `alpha` is 0..1, as large as the picture. */
export async function layersOf(picture: Picture, alpha: Plane): Promise<Layers> {
  const { width, height } = picture;
  const longest = Math.max(width, height);
  if (longest <= SMALLEST) return solved(picture, alpha, undefined);
  const half = await shrunk(picture, Math.max(SMALLEST, Math.ceil(longest / 2)));
  return solved(picture, alpha, await layersOf(half, means(alpha, 1, half.width, half.height)));
}

/** A mask made smaller, as 0..1: means, so that a strand that is thinner than a cell still counts. */
export function meanShares(mask: Mask, width: number, height: number): Plane {
  return means(mask, 1 / 255, width, height);
}

interface Values { readonly width: number; readonly height: number; readonly data: Uint8Array | Float32Array }

function means(from: Values, scale: number, width: number, height: number): Plane {
  const out = plane(width, height);
  const across = from.width / width;
  const down = from.height / height;
  for (let y = 0; y < height; y += 1) {
    const top = Math.floor(y * down);
    const bottom = Math.min(from.height, Math.max(top + 1, Math.floor((y + 1) * down)));
    for (let x = 0; x < width; x += 1) {
      const left = Math.floor(x * across);
      const right = Math.min(from.width, Math.max(left + 1, Math.floor((x + 1) * across)));
      let sum = 0;
      for (let row = top; row < bottom; row += 1) {
        for (let at = row * from.width + left; at < row * from.width + right; at += 1) sum += from.data[at]!;
      }
      out.data[y * width + x] = (scale * sum) / ((right - left) * (bottom - top));
    }
  }
  return out;
}

/** Beyond these, a cell shows one of the two alone. */
const [NOTHING, ALL] = [0.01, 0.99];

function solved(picture: Picture, alpha: Plane, before: Layers | undefined): Layers {
  const { width, height } = picture;
  const subject = begun(picture, before?.subject, before);
  const background = begun(picture, before?.background, before);
  const open: number[] = [];
  for (let at = 0; at < alpha.data.length; at += 1) {
    const share = alpha.data[at]!;
    if (share > NOTHING && share < ALL) {
      open.push(at);
      continue;
    }
    // What is hidden keeps the colour that spread to it.
    const shown = share >= ALL ? subject : background;
    for (let channel = 0; channel < 3; channel += 1) shown[at * 3 + channel] = picture.data[at * 4 + channel]!;
  }
  const cells = before === undefined ? Int32Array.from(alpha.data.keys()) : Int32Array.from(open);
  const rounds = Math.max(width, height) <= SMALL ? SMALL_ROUNDS : LARGE_ROUNDS;
  for (let round = 0; round < rounds; round += 1) relax(picture, alpha, cells, subject, background);
  return { width, height, subject, background };
}

/** The colours of the level before, by nearest cells; the picture's own at the first. */
function begun(
  { width, height, data }: Picture,
  from: Float32Array | undefined,
  before: Layers | undefined,
): Float32Array {
  const out = new Float32Array(width * height * 3);
  if (from === undefined || before === undefined) {
    for (let at = 0; at < width * height; at += 1) {
      for (let channel = 0; channel < 3; channel += 1) out[at * 3 + channel] = data[at * 4 + channel]!;
    }
    return out;
  }
  const [columns, rows] = [steps(before.width, width), steps(before.height, height)];
  for (let y = 0; y < height; y += 1) {
    const row = nearestStep(rows, y) * before.width;
    for (let x = 0; x < width; x += 1) {
      const at = (row + nearestStep(columns, x)) * 3;
      const to = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) out[to + channel] = from[at + channel]!;
    }
  }
  return out;
}

/** One round: each cell's two colours are set to what fits the mixture and the neighbours best. */
function relax(
  { width, height, data }: Picture,
  { data: alpha }: Plane,
  cells: Int32Array,
  subject: Float32Array,
  background: Float32Array,
): void {
  for (let place = 0; place < cells.length; place += 1) {
    const at = cells[place]!;
    const x = at % width;
    const share = alpha[at]!;
    let weights = 0;
    let [f0, f1, f2, b0, b1, b2] = [0, 0, 0, 0, 0, 0];
    for (let side = 0; side < 4; side += 1) {
      let to = at;
      if (side === 0 && x > 0) to = at - 1;
      else if (side === 1 && x < width - 1) to = at + 1;
      else if (side === 2 && at >= width) to = at - width;
      else if (side === 3 && at < width * (height - 1)) to = at + width;
      const weight = HELD + HELD_AT_EDGES * Math.abs(share - alpha[to]!);
      weights += weight;
      f0 += weight * subject[to * 3]!;
      f1 += weight * subject[to * 3 + 1]!;
      f2 += weight * subject[to * 3 + 2]!;
      b0 += weight * background[to * 3]!;
      b1 += weight * background[to * 3 + 1]!;
      b2 += weight * background[to * 3 + 2]!;
    }
    // By the means of the neighbours, and what is left of the mixture shared out between the two.
    const rest = 1 - share;
    const factor = 1 / (weights + share * share + rest * rest);
    const means = 1 / weights;
    set(subject, background, at * 3, data[at * 4]!, f0 * means, b0 * means, share, rest, factor);
    set(subject, background, at * 3 + 1, data[at * 4 + 1]!, f1 * means, b1 * means, share, rest, factor);
    set(subject, background, at * 3 + 2, data[at * 4 + 2]!, f2 * means, b2 * means, share, rest, factor);
  }
}

function set(
  subject: Float32Array,
  background: Float32Array,
  at: number,
  mixture: number,
  own: number,
  behind: number,
  share: number,
  rest: number,
  factor: number,
): void {
  const left = (mixture - share * own - rest * behind) * factor;
  subject[at] = Math.min(255, Math.max(0, own + share * left));
  background[at] = Math.min(255, Math.max(0, behind + rest * left));
}
