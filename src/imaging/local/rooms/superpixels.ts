import type { Features } from './features.ts';
import type { Line } from './lines.ts';

/** The picture in small patches of one colour each. */
export interface Superpixels {
  readonly count: number;
  /** The patch of each pixel. */
  readonly labels: Int32Array;
}

/** Patches that lie on one side of each edge between zones: each is cut where it crosses one. */
export function cutBy({ count, labels }: Superpixels, zones: Uint8Array): Superpixels & { readonly zones: Uint8Array } {
  const parts = new Map<number, number>();
  const zoneOf: number[] = [];
  const cut = labels.map((label, at) => {
    const key = zones[at]! * count + label;
    let part = parts.get(key);
    if (part === undefined) {
      parts.set(key, (part = parts.size));
      zoneOf.push(zones[at]!);
    }
    return part;
  });
  return { count: parts.size, labels: cut, zones: Uint8Array.from(zoneOf) };
}

/** How many pixels of distance weigh as much as one step of Lab, over the patches' spacing. */
const COMPACTNESS = 7;
const ROUNDS = 5;

/**
 * SLIC (Achanta and others, 2012): k-means in Lab and place, each centre reaching only its surroundings. Pieces that
 * are cut off from their patch join the patch beside them.
 */
export function superpixels(features: Features, spacing: number, lines: readonly Line[]): Superpixels {
  const { width, height, lab } = features;
  const [L, A, B] = [lab.lightness.data, lab.a.data, lab.b.data];
  const columns = Math.max(1, Math.round(width / spacing));
  const rows = Math.max(1, Math.round(height / spacing));
  const count = columns * rows;
  const centres = new Float32Array(count * 5);
  for (let at = 0; at < count; at += 1) {
    const x = Math.min(width - 1, Math.floor((((at % columns) + 0.5) * width) / columns));
    const y = Math.min(height - 1, Math.floor(((Math.floor(at / columns) + 0.5) * height) / rows));
    centres.set([x, y, L[y * width + x]!, A[y * width + x]!, B[y * width + x]!], at * 5);
  }
  const labels = new Int32Array(width * height);
  const nearest = new Float32Array(width * height);
  const nearness = (COMPACTNESS / spacing) ** 2;
  for (let round = 0; round < ROUNDS; round += 1) {
    nearest.fill(Infinity);
    for (let centre = 0; centre < count; centre += 1) {
      const [cx, cy, cl, ca, cb] = centres.subarray(centre * 5, centre * 5 + 5) as unknown as number[];
      const left = Math.max(0, Math.floor(cx! - spacing * 1.5));
      const right = Math.min(width, Math.ceil(cx! + spacing * 1.5) + 1);
      const bottom = Math.min(height, Math.ceil(cy! + spacing * 1.5) + 1);
      for (let y = Math.max(0, Math.floor(cy! - spacing * 1.5)); y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) {
          const at = y * width + x;
          const distance =
            (L[at]! - cl!) ** 2 + (A[at]! - ca!) ** 2 + (B[at]! - cb!) ** 2 +
            ((x - cx!) ** 2 + (y - cy!) ** 2) * nearness;
          if (distance >= nearest[at]!) continue;
          nearest[at] = distance;
          labels[at] = centre;
        }
      }
    }
    if (round < ROUNDS - 1) recentre(features, labels, centres, count);
  }
  split(labels, lines, width, height, spacing, count);
  return connected(labels, width, height, Math.max(4, (spacing * spacing) / 6));
}

/** Cuts patches that a straight edge crosses: k-means does not see an edge weaker than its grain. */
function split(
  labels: Int32Array, lines: readonly Line[], width: number, height: number, spacing: number, count: number,
): void {
  let next = count;
  for (const line of lines) {
    const sides = new Map<number, number>();
    const along = (line.x2 - line.x1) / line.length;
    const down = (line.y2 - line.y1) / line.length;
    const reach = spacing * 1.5;
    const top = Math.max(0, Math.floor(Math.min(line.y1, line.y2) - reach));
    const bottom = Math.min(height - 1, Math.ceil(Math.max(line.y1, line.y2) + reach));
    const left = Math.max(0, Math.floor(Math.min(line.x1, line.x2) - reach));
    const right = Math.min(width - 1, Math.ceil(Math.max(line.x1, line.x2) + reach));
    for (let y = top; y <= bottom; y += 1) {
      for (let x = left; x <= right; x += 1) {
        const dx = x - line.x1;
        const dy = y - line.y1;
        const place = dx * along + dy * down;
        const off = dy * along - dx * down;
        if (place < -spacing / 2 || place > line.length + spacing / 2 || off <= 0 || off > reach) continue;
        const label = labels[y * width + x]!;
        let side = sides.get(label);
        if (side === undefined) sides.set(label, (side = next++));
        labels[y * width + x] = side;
      }
    }
  }
}

function recentre({ width, lab }: Features, labels: Int32Array, centres: Float32Array, count: number): void {
  const sums = new Float64Array(count * 6);
  for (let at = 0; at < labels.length; at += 1) {
    const to = labels[at]! * 6;
    sums[to]! += at % width;
    sums[to + 1]! += Math.floor(at / width);
    sums[to + 2]! += lab.lightness.data[at]!;
    sums[to + 3]! += lab.a.data[at]!;
    sums[to + 4]! += lab.b.data[at]!;
    sums[to + 5]! += 1;
  }
  for (let centre = 0; centre < count; centre += 1) {
    const total = sums[centre * 6 + 5]!;
    if (total === 0) continue;
    for (let field = 0; field < 5; field += 1) centres[centre * 5 + field] = sums[centre * 6 + field]! / total;
  }
}

/** Gives each connected piece a number of its own, and pieces below `least` pixels to the piece met before them. */
function connected(labels: Int32Array, width: number, height: number, least: number): Superpixels {
  const out = new Int32Array(labels.length).fill(-1);
  const piece: number[] = [];
  let count = 0;
  for (let first = 0; first < labels.length; first += 1) {
    if (out[first]! >= 0) continue;
    piece.length = 0;
    piece.push(first);
    out[first] = count;
    let beside = -1;
    for (let next = 0; next < piece.length; next += 1) {
      const at = piece[next]!;
      const x = at % width;
      for (const to of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width]) {
        if (to < 0 || to >= width * height) continue;
        if (out[to]! >= 0 && out[to] !== count) beside = out[to]!;
        else if (out[to]! < 0 && labels[to] === labels[first]) {
          out[to] = count;
          piece.push(to);
        }
      }
    }
    if (piece.length < least && beside >= 0) for (const at of piece) out[at] = beside;
    else count += 1;
  }
  return { count, labels: out };
}
