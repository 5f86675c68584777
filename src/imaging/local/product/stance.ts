import { components } from '../cutout/components.ts';
import type { Plane } from '../raster/filter.ts';

/**
 * How a product is seen: it stands on the ground before the viewer, or lies and is seen from above, as jewellery often
 * is. Only its outline says so, so this is a guess: a wrong one gives it the other kind of shadow.
 */
export type Stance = 'standing' | 'lying';

/** Where a standing product touches the ground, by its lowest pixels. */
export interface Footing {
  /** The lowest row of each column of the product; -1 where there is none. */
  readonly bottoms: Int32Array;
  readonly lowest: number;
}

/** Of the product's outline, the share that holes take up in a ring, a necklace or a net. */
const LEAST_HOLLOW = 0.35;
/** Of its box, the share that is filled by what is as thin as a chain. */
const MOST_THIN = 0.1;
/** So near to the lowest row (of the product's size) it touches the ground. */
const NEAR_GROUND = 0.03;
/** Of its width, the least on which it stands, if it does not stand on legs. */
const LEAST_SUPPORT = 0.1;
/** A piece smaller than this share is no sign of anything. */
const LEAST_PIECE = 0.05;
/** How much higher (of the whole height) one of several things may stand than another that is nearer. */
const MOST_BEHIND = 0.25;

/** `alpha`: the product within its box, 0..1; a few hundred cells on its longer side. */
export function stanceOf(alpha: Plane): Stance {
  const footing = footingOf(alpha);
  const { width, height, data } = alpha;
  const flags = Uint8Array.from(data, (value) => (value >= 0.5 ? 1 : 0));
  const hollow = hollowShare(flags, width, height);
  const area = flags.reduce((sum, flag) => sum + flag, 0);
  if (hollow > LEAST_HOLLOW || area < width * height * MOST_THIN) return 'lying';
  if (isScattered(flags, area, alpha, footing)) return 'lying';
  return isBalanced(alpha, footing) ? 'standing' : 'lying';
}

export function footingOf({ width, height, data }: Plane): Footing {
  const bottoms = new Int32Array(width).fill(-1);
  let lowest = -1;
  for (let x = 0; x < width; x += 1) {
    for (let y = height - 1; y >= 0; y -= 1) {
      if (data[y * width + x]! < 0.5) continue;
      bottoms[x] = y;
      lowest = Math.max(lowest, y);
      break;
    }
  }
  return { bottoms, lowest };
}

/** What is enclosed, as a share of it and of what encloses it. */
function hollowShare(flags: Uint8Array, width: number, height: number): number {
  const open = Uint8Array.from(flags, (flag) => 1 - flag);
  const { labels, areas } = components(open, width, height);
  const isOutside = new Uint8Array(areas.length);
  const mark = (at: number): void => {
    if (labels[at]! >= 0) isOutside[labels[at]!] = 1;
  };
  for (let x = 0; x < width; x += 1) {
    mark(x);
    mark((height - 1) * width + x);
  }
  for (let y = 0; y < height; y += 1) {
    mark(y * width);
    mark(y * width + width - 1);
  }
  let [holes, solid] = [0, 0];
  for (const flag of flags) solid += flag;
  areas.forEach((area, label) => {
    if (isOutside[label] === 0) holes += area;
  });
  return holes / Math.max(1, holes + solid);
}

/** Several things that do not stand on one ground are laid out, and seen from above. */
function isScattered(flags: Uint8Array, area: number, { width, height }: Plane, { lowest }: Footing): boolean {
  const { labels, areas } = components(flags, width, height, 8);
  const bottoms = new Int32Array(areas.length);
  for (let at = 0; at < labels.length; at += 1) if (labels[at]! >= 0) bottoms[labels[at]!] = Math.floor(at / width);
  return areas.some((one, label) => one > area * LEAST_PIECE && lowest - bottoms[label]! > height * MOST_BEHIND);
}

/** Whether its weight is above what it stands on: on a base, or on legs apart. */
function isBalanced({ width, height, data }: Plane, { bottoms, lowest }: Footing): boolean {
  const near = Math.max(1, NEAR_GROUND * Math.max(height, width / 2));
  let [count, groups, first, last] = [0, 0, -1, -1];
  for (let x = 0; x < width; x += 1) {
    if (bottoms[x]! < 0 || lowest - bottoms[x]! > near) continue;
    if (last !== x - 1) groups += 1;
    if (first === -1) first = x;
    last = x;
    count += 1;
  }
  let [moment, weight] = [0, 0];
  for (let at = 0; at < data.length; at += 1) {
    moment += (at % width) * data[at]!;
    weight += data[at]!;
  }
  const middle = moment / Math.max(1e-6, weight);
  const slack = width * 0.06;
  const isAbove = middle >= first - slack && middle <= last + slack;
  return isAbove && (count >= width * LEAST_SUPPORT || groups > 1);
}
