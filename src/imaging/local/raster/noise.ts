import { bilinear, plane, type Plane } from './filter.ts';

/** Repeatable numbers in 0..1 from two cell coordinates and a seed (an integer hash). */
export function hashed(x: number, y: number, seed: number): number {
  let bits = Math.imul(x, 374761393) + Math.imul(y, 668265263) + Math.imul(seed, 2147483647);
  bits = Math.imul(bits ^ (bits >>> 13), 1274126177);
  return ((bits ^ (bits >>> 16)) >>> 0) / 4294967295;
}

/** Smooth noise in -1..1 that repeats without a seam after `cells` x `cells` cells over the whole tile. */
export function tileNoise(side: number, cellsAcross: number, cellsDown: number, seed: number): Plane {
  const out = plane(side, side);
  for (let y = 0; y < side; y += 1) {
    const v = (y * cellsDown) / side;
    const row = Math.floor(v);
    const down = eased(v - row);
    for (let x = 0; x < side; x += 1) {
      const u = (x * cellsAcross) / side;
      const column = Math.floor(u);
      const along = eased(u - column);
      const right = (column + 1) % cellsAcross;
      const below = (row + 1) % cellsDown;
      out.data[y * side + x] = noiseBetween(column, row, right, below, along, down, seed);
    }
  }
  return out;
}

/** Noise in -1..1 between four cells: `along` and `down` are 0..1. */
export function noiseBetween(
  column: number,
  row: number,
  right: number,
  below: number,
  along: number,
  down: number,
  seed: number,
): number {
  const value = bilinear(
    hashed(column, row, seed), hashed(right, row, seed), hashed(column, below, seed), hashed(right, below, seed),
    along, down,
  );
  return value * 2 - 1;
}

const eased = (share: number): number => share * share * share * (share * (share * 6 - 15) + 10);

/** Octaves of noise, each with twice the cells and `fade` times the height of the one before. */
export function fractal(side: number, cells: number, octaves: number, fade: number, seed: number): Plane {
  const out = plane(side, side);
  let height = 1;
  for (let octave = 0; octave < octaves; octave += 1) {
    const count = Math.min(side, cells * 2 ** octave);
    const layer = tileNoise(side, count, count, seed + octave * 101);
    for (let at = 0; at < out.data.length; at += 1) out.data[at]! += layer.data[at]! * height;
    height *= fade;
  }
  return out;
}

/** A height field lit from the upper left: what a rough surface looks like in raking light. */
export function lit(heights: Plane): Plane {
  const { width, height, data } = heights;
  const out = plane(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const before = ((y + height - 1) % height) * width + ((x + width - 1) % width);
      const after = ((y + 1) % height) * width + ((x + 1) % width);
      out.data[y * width + x] = data[after]! - data[before]!;
    }
  }
  return out;
}

/** To mean 0 and deviation 1, outliers cut at 3. */
export function normalised(source: Plane): Plane {
  let sum = 0;
  for (const value of source.data) sum += value;
  const mean = sum / source.data.length;
  let squares = 0;
  for (const value of source.data) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / source.data.length) || 1;
  const data = source.data.map((value) => Math.min(3, Math.max(-3, (value - mean) / deviation)));
  return { ...source, data };
}

/** A weighted sum of fields of one size. */
export function mixed(...parts: readonly (readonly [field: Plane, weight: number])[]): Plane {
  const first = parts[0]![0];
  const out = plane(first.width, first.height);
  for (const [field, weight] of parts) {
    for (let at = 0; at < out.data.length; at += 1) out.data[at]! += field.data[at]! * weight;
  }
  return out;
}

/** A tile at a place in its cells: between them, and repeated without end. */
export function tiled({ width, height, data }: Plane, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [along, down] = [x - left, y - top];
  const [column, right] = [wrapped(left, width), wrapped(left + 1, width)];
  const [row, below] = [wrapped(top, height) * width, wrapped(top + 1, height) * width];
  return bilinear(data[row + column]!, data[row + right]!, data[below + column]!, data[below + right]!, along, down);
}

const wrapped = (at: number, length: number): number => ((at % length) + length) % length;
