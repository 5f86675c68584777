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
      const y = (at - x) / width;
      for (let down = -1; down <= 1; down += 1) {
        if (y + down < 0 || y + down >= height) continue;
        for (let along = -1; along <= 1; along += 1) {
          if (x + along < 0 || x + along >= width || (neighbours === 4 && down !== 0 && along !== 0)) continue;
          const to = at + down * width + along;
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
  for (let at = 0; at < labels.length; at += 1) {
    const box = boxes[labels[at]!];
    if (box === undefined) continue;
    const x = at % width;
    const y = (at - x) / width;
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
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
  const out = new Uint8Array(flags.length).fill(most);
  for (let at = 0; at < flags.length; at += 1) {
    if (flags[at] === 1) {
      out[at] = 0;
      continue;
    }
    const x = at % width;
    if (x > 0 && out[at - 1]! + 1 < out[at]!) out[at] = out[at - 1]! + 1;
    if (at >= width && out[at - width]! + 1 < out[at]!) out[at] = out[at - width]! + 1;
  }
  for (let at = flags.length - 1; at >= 0; at -= 1) {
    const x = at % width;
    if (x < width - 1 && out[at + 1]! + 1 < out[at]!) out[at] = out[at + 1]! + 1;
    if (at < width * (height - 1) && out[at + width]! + 1 < out[at]!) out[at] = out[at + width]! + 1;
  }
  return out;
}

/** The largest value within a square of `2 * radius + 1`. */
export function largestNear(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const across = new Float32Array(values.length);
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let most = 0;
      const end = Math.min(width - 1, x + radius);
      for (let at = Math.max(0, x - radius); at <= end; at += 1) most = Math.max(most, values[y * width + at]!);
      across[y * width + x] = most;
    }
  }
  for (let y = 0; y < height; y += 1) {
    const [start, end] = [Math.max(0, y - radius), Math.min(height - 1, y + radius)];
    for (let from = start; from <= end; from += 1) {
      for (let x = 0; x < width; x += 1) {
        const value = across[from * width + x]!;
        if (value > out[y * width + x]!) out[y * width + x] = value;
      }
    }
  }
  return out;
}
