import { plane, type Plane } from '../raster/filter.ts';

/**
 * Three means over a window in each direction, which come close to a Gaussian of these radii. Outside of the plane
 * there is nothing: what is near its edge fades.
 */
export function blurred(source: Plane, across: number, down: number): Plane {
  const { width, height } = source;
  const [reachAcross, reachDown] = [reachOf(across), reachOf(down)];
  let from: Plane = { width, height, data: source.data.slice() };
  let to = plane(width, height);
  const pass = (mean: (from: Plane, to: Plane, reach: number) => void, reach: number): void => {
    if (reach < 1) return;
    mean(from, to, reach);
    [from, to] = [to, from];
  };
  for (let round = 0; round < 3; round += 1) {
    pass(meanAcross, reachAcross);
    pass(meanDown, reachDown);
  }
  return from;
}

const reachOf = (radius: number): number => Math.round(radius * 0.6);

function meanAcross({ width, height, data }: Plane, { data: out }: Plane, reach: number): void {
  const share = 1 / (2 * reach + 1);
  for (let row = 0; row < width * height; row += width) {
    let sum = 0;
    for (let x = 0; x < Math.min(reach, width); x += 1) sum += data[row + x]!;
    for (let x = 0; x < width; x += 1) {
      if (x + reach < width) sum += data[row + x + reach]!;
      if (x > reach) sum -= data[row + x - reach - 1]!;
      out[row + x] = sum * share;
    }
  }
}

/** Whole rows at a time: columns one by one would take each cell from elsewhere in memory. */
function meanDown({ width, height, data }: Plane, { data: out }: Plane, reach: number): void {
  const share = 1 / (2 * reach + 1);
  const sums = new Float64Array(width);
  const add = (y: number, sign: 1 | -1): void => {
    for (let x = 0, at = y * width; x < width; x += 1, at += 1) sums[x]! += sign * data[at]!;
  };
  for (let y = 0; y < Math.min(reach, height); y += 1) add(y, 1);
  for (let y = 0; y < height; y += 1) {
    if (y + reach < height) add(y + reach, 1);
    if (y > reach) add(y - reach - 1, -1);
    for (let x = 0, at = y * width; x < width; x += 1, at += 1) out[at] = sums[x]! * share;
  }
}
