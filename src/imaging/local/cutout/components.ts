import type { Bounds } from '../raster/picture.ts';

/** Connected parts of a map of flags (4-neighbours, or 8 where thin diagonals hold together). */
export interface Components {
  /** The part of each cell, -1 where the flag is not set. */
  readonly labels: Int32Array;
  /** Cells of each part. */
  readonly areas: readonly number[];
}

export function components(
  flags: Uint8Array,
  width: number,
  height: number,
  neighbours: 4 | 8 = 4,
): Components {
  const labels = new Int32Array(flags.length).fill(-1);
  const areas: number[] = [];
  const stack = new Int32Array(flags.length);
  for (let first = 0; first < flags.length; first += 1) {
    if (flags[first] === 0 || labels[first]! >= 0) continue;
    const label = areas.length;
    let [top, area] = [1, 0];
    stack[0] = first;
    labels[first] = label;
    while (top > 0) {
      top -= 1;
      const at = stack[top]!;
      area += 1;
      const x = at % width;
      for (let row = at - width; row <= at + width; row += width) {
        if (row < 0 || row >= width * height) continue;
        const isNarrow = neighbours === 4 && row !== at;
        const end = isNarrow || x === width - 1 ? row : row + 1;
        for (let to = isNarrow || x === 0 ? row : row - 1; to <= end; to += 1) {
          if (flags[to] === 0 || labels[to]! >= 0) continue;
          labels[to] = label;
          stack[top] = to;
          top += 1;
        }
      }
    }
    areas.push(area);
  }
  return { labels, areas };
}

/** The box of each part, by its label. */
export function boundsOfParts({ labels, areas }: Components, width: number, height: number): readonly Bounds[] {
  const boxes = areas.map(() => ({ left: width, top: height, right: 0, bottom: 0 }));
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (labels[at]! < 0) continue;
      const box = boxes[labels[at]!]!;
      if (x < box.left) box.left = x;
      if (x >= box.right) box.right = x + 1;
      if (y < box.top) box.top = y;
      if (y >= box.bottom) box.bottom = y + 1;
    }
  }
  return boxes;
}

/** For each part, by its label, 1 where the frame of the picture cuts it. */
export function partsAtFrame({ labels, areas }: Components, width: number, height: number): Uint8Array {
  const found = new Uint8Array(areas.length);
  const mark = (at: number): void => {
    if (labels[at]! >= 0) found[labels[at]!] = 1;
  };
  for (let x = 0; x < width; x += 1) {
    mark(x);
    mark((height - 1) * width + x);
  }
  for (let y = 0; y < height; y += 1) {
    mark(y * width);
    mark(y * width + width - 1);
  }
  return found;
}

/** Steps (4-neighbours) to the nearest cell whose flag is set, up to `most`. */
export function distanceTo(flags: Uint8Array, width: number, height: number, most: number): Uint8Array {
  const out = new Uint8Array(flags.length);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      let steps = flags[at] === 1 ? 0 : most;
      if (x > 0 && out[at - 1]! + 1 < steps) steps = out[at - 1]! + 1;
      if (y > 0 && out[at - width]! + 1 < steps) steps = out[at - width]! + 1;
      out[at] = steps;
    }
  }
  for (let y = height - 1, at = flags.length - 1; y >= 0; y -= 1) {
    for (let x = width - 1; x >= 0; x -= 1, at -= 1) {
      let steps = out[at]!;
      if (x < width - 1 && out[at + 1]! + 1 < steps) steps = out[at + 1]! + 1;
      if (y < height - 1 && out[at + width]! + 1 < steps) steps = out[at + width]! + 1;
      out[at] = steps;
    }
  }
  return out;
}

/** The largest value within a square of `2 * radius + 1`; of the values that are not below 0. */
export function largestNear(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const across = new Float32Array(values.length);
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y += 1) largestAlong(values, across, { start: y * width, step: 1, count: width, radius });
  for (let x = 0; x < width; x += 1) largestAlong(across, out, { start: x, step: width, count: height, radius });
  return out;
}

interface Line { readonly start: number; readonly step: number; readonly count: number; readonly radius: number }

/** The largest within `radius` along a line. Only where it falls out of reach is it looked for again. */
function largestAlong(values: Float32Array, out: Float32Array, { start, step, count, radius }: Line): void {
  let most = 0;
  let place = -1;
  for (let at = 0; at < count; at += 1) {
    const last = Math.min(count - 1, at + radius);
    const isLost = place >= 0 && place < at - radius;
    if (isLost) most = 0;
    for (let next = isLost ? Math.max(0, at - radius) : at === 0 ? 0 : last; next <= last; next += 1) {
      const value = values[start + next * step]!;
      if (value < most) continue;
      most = value;
      place = next;
    }
    out[start + at * step] = most;
  }
}
