import { boxMean, type Plane } from '../raster/filter.ts';
import type { Features } from './features.ts';
import { coloursAround } from './matte.ts';
import { weighted, type Partition } from './regions.ts';

/** Regions up to this many pixels may be mixtures of surface and edge, rather than things. */
const MOST_FRAGMENT = 500;
/** How far they reach from the surface, in pixels. */
const REACH = 9;

/**
 * Adds to a rough mask (0 or 1), in place, pixels of the fragments that patches leave along edges, where their colour
 * is that of the surface beside them; by flooding, so that nothing apart from the surface is added.
 */
export function absorbFragments(
  rough: Plane,
  features: Features,
  { regions, labels }: Partition,
  blocked: Uint8Array,
): void {
  const near = boxMean(rough, REACH);
  const { width, height, lab } = features;
  const { inside, spread } = coloursAround(lab, rough);
  const stack: number[] = [];
  for (let at = 0; at < rough.data.length; at += 1) if (rough.data[at] === 1) stack.push(at);
  for (let from = stack.pop(); from !== undefined; from = stack.pop()) {
    const x = from % width;
    for (const at of [x > 0 ? from - 1 : -1, x < width - 1 ? from + 1 : -1, from - width, from + width]) {
      if (at < 0 || at >= width * height || rough.data[at] === 1 || blocked[at] === 1) continue;
      if (near.data[at]! < 0.02 || regions.get(labels[at]!)!.area > MOST_FRAGMENT) continue;
      const difference = weighted(
        lab.lightness.data[at]! - inside.lightness.data[at]!,
        lab.a.data[at]! - inside.a.data[at]!,
        lab.b.data[at]! - inside.b.data[at]!,
      );
      if (difference > 2.2 + Math.min(3, spread.data[at]!)) continue;
      rough.data[at] = 1;
      stack.push(at);
    }
  }
}
