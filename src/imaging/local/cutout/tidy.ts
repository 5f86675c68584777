import { boxMean, plane, smoothstep, type Plane } from '../raster/filter.ts';

/** A blob smaller than this share of the largest one is a reflection or a watermark, not part of the subject. */
const SMALLEST_BLOB = 0.015;
/** Soft edges reach this many cells from a blob; haze farther away is doubt, not subject. */
const REACH = 7;

/** The rough mask without specks and haze; all zero when nothing in it is certain. */
export function tidied(rough: Plane): Plane {
  const { width, height } = rough;
  const { labels, sizes } = blobs(rough);
  const largest = Math.max(0, ...sizes);
  const kept = plane(width, height);
  for (let at = 0; at < kept.data.length; at += 1) {
    const label = labels[at]!;
    kept.data[at] = label >= 0 && sizes[label]! >= largest * SMALLEST_BLOB ? 1 : 0;
  }
  const near = boxMean(kept, REACH);
  const out = plane(width, height);
  for (let at = 0; at < out.data.length; at += 1) {
    const isSpeck = labels[at]! >= 0 && kept.data[at] === 0;
    out.data[at] = isSpeck ? 0 : rough.data[at]! * (kept.data[at] === 1 ? 1 : smoothstep(0, 0.05, near.data[at]!));
  }
  return out;
}

/** Connected cells of at least 0.5. */
function blobs(rough: Plane): { labels: Int32Array; sizes: number[] } {
  const { width, height, data } = rough;
  const labels = new Int32Array(width * height).fill(-1);
  const sizes: number[] = [];
  for (let first = 0; first < data.length; first += 1) {
    if (data[first]! < 0.5 || labels[first]! >= 0) continue;
    const label = sizes.length;
    const stack = [first];
    labels[first] = label;
    let size = 0;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      size += 1;
      const x = at % width;
      const neighbours = [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width];
      for (const to of neighbours) {
        if (to < 0 || to >= data.length || data[to]! < 0.5 || labels[to]! >= 0) continue;
        labels[to] = label;
        stack.push(to);
      }
    }
    sizes.push(size);
  }
  return { labels, sizes };
}
