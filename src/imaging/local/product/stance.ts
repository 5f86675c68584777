import { components, partsAtFrame, type Components } from '../cutout/components.ts';
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
/** Of so many pieces none stands: coins, beads, screws. A speck is no piece. */
const MANY = 6;
const SPECK = 0.005;
/** How much higher (of the whole height) one of several things may stand than another that is nearer. */
const MOST_BEHIND = 0.25;

/** `alpha`: the product within its box, 0..1; a few hundred cells on its longer side. */
export function stanceOf(alpha: Plane): Stance {
  const footing = footingOf(alpha);
  const { width, height, data } = alpha;
  const flags = Uint8Array.from(data, (value) => (value >= 0.5 ? 1 : 0));
  const area = flags.reduce((sum, flag) => sum + flag, 0);
  const pieces = components(flags, width, height, 8);
  if (isScattered(pieces, area, alpha, footing)) return 'lying';
  if (hasLegs(pieces, alpha, footing)) return 'standing';
  if (hollowShare(flags, width, height) > LEAST_HOLLOW || area < width * height * MOST_THIN) return 'lying';
  return isBalanced(alpha, footing) ? 'standing' : 'lying';
}

const sizeOf = ({ width, height }: Plane): number => Math.max(height, width * 0.6);

/** Whether one piece has legs apart from each other: a chair, however much of it is holes. */
function hasLegs({ labels }: Components, alpha: Plane, footing: Footing): boolean {
  const seen = new Map<number, number>();
  let last = -1;
  for (let x = 0; x < alpha.width; x += 1) {
    if (!isLeg(footing, x, sizeOf(alpha))) continue;
    const label = labels[footing.bottoms[x]! * alpha.width + x]!;
    if (last < x - 1) seen.set(label, (seen.get(label) ?? 0) + 1);
    last = x;
  }
  return [...seen.values()].some((legs) => legs > 1);
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

/** Legs farther back end higher in the picture than those in front. */
const LEG = { mostAbove: 0.35, halfWidth: 0.06, length: 0.04 };

/** Whether a product ends below in this column, and higher on both sides of it. `size`: of the whole product. */
export function isLeg({ bottoms, lowest }: Footing, x: number, size: number): boolean {
  const bottom = bottoms[x]!;
  if (bottom < 0 || lowest - bottom > size * LEG.mostAbove) return false;
  const reach = Math.max(2, Math.round(size * LEG.halfWidth));
  for (let away = 1; away < reach; away += 1) {
    if ((bottoms[x - away] ?? -1) > bottom || (bottoms[x + away] ?? -1) > bottom) return false;
  }
  const least = bottom - size * LEG.length;
  return (bottoms[x - reach] ?? -1) < least && (bottoms[x + reach] ?? -1) < least;
}

/** What is enclosed, as a share of it and of what encloses it. */
function hollowShare(flags: Uint8Array, width: number, height: number): number {
  const open = Uint8Array.from(flags, (flag) => 1 - flag);
  const parts = components(open, width, height);
  const isOutside = partsAtFrame(parts, width, height);
  let [holes, solid] = [0, 0];
  for (const flag of flags) solid += flag;
  parts.areas.forEach((area, label) => {
    if (isOutside[label] === 0) holes += area;
  });
  return holes / Math.max(1, holes + solid);
}

/** Many things, or several that do not stand on one ground, are laid out and seen from above. */
function isScattered(
  { labels, areas }: Components,
  area: number,
  { width, height }: Plane,
  { lowest }: Footing,
): boolean {
  if (areas.filter((one) => one > area * SPECK).length >= MANY) return true;
  const bottoms = new Int32Array(areas.length);
  for (let at = 0; at < labels.length; at += 1) if (labels[at]! >= 0) bottoms[labels[at]!] = Math.floor(at / width);
  return areas.some((one, label) => one > area * LEAST_PIECE && lowest - bottoms[label]! > height * MOST_BEHIND);
}

/** Whether its weight is above what it stands on: on a base, or on legs apart. */
function isBalanced(alpha: Plane, footing: Footing): boolean {
  const { width, data } = alpha;
  const { bottoms, lowest } = footing;
  const size = sizeOf(alpha);
  const near = Math.max(1, NEAR_GROUND * size);
  let [count, groups, first, last] = [0, 0, -1, -1];
  for (let x = 0; x < width; x += 1) {
    if (bottoms[x]! < 0 || (lowest - bottoms[x]! > near && !isLeg(footing, x, size))) continue;
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
