import { plane, type Plane } from '../raster/filter.ts';

/** Three means over a window in each direction, which come close to a Gaussian of these radii. */
export function blurred(source: Plane, across: number, down: number): Plane {
  const { width, height } = source;
  const out = plane(width, height);
  out.data.set(source.data);
  const line = new Float64Array(Math.max(width, height) + 1);
  for (let pass = 0; pass < 3; pass += 1) {
    for (let y = 0; y < height; y += 1) averaged(out.data, y * width, 1, width, reachOf(across), line);
    for (let x = 0; x < width; x += 1) averaged(out.data, x, width, height, reachOf(down), line);
  }
  return out;
}

const reachOf = (radius: number): number => Math.round(radius * 0.6);

/** In place, by sums from the start: outside of the line there is nothing. */
function averaged(
  data: Float32Array, start: number, step: number, length: number, reach: number, sums: Float64Array,
): void {
  if (reach < 1) return;
  for (let at = 0; at < length; at += 1) sums[at + 1] = sums[at]! + data[start + at * step]!;
  const window = 2 * reach + 1;
  for (let at = 0; at < length; at += 1) {
    const [from, to] = [Math.max(0, at - reach), Math.min(length, at + reach + 1)];
    data[start + at * step] = (sums[to]! - sums[from]!) / window;
  }
}
