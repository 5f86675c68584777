import { boxMean, type Plane } from '../raster/filter.ts';
import { spread } from '../raster/spread.ts';
import type { Features } from './features.ts';
import { coloursAround } from './matte.ts';
import { weighted, type Partition } from './regions.ts';

/** Regions up to this many pixels may be mixtures of surface and edge, rather than things. */
const MOST_FRAGMENT = 500;
/** The same of strips along strong edges, by the grain that the edge gives them. */
const MOST_STRIP = 2000;
const GRAIN_OF_EDGE = 2.5;
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
  const { inside, spread: deviation } = coloursAround(lab, rough);
  const taken: number[] = [];
  for (let at = 0; at < rough.data.length; at += 1) if (rough.data[at] === 1) taken.push(at);
  spread(width, height, taken, (at) => {
    if (rough.data[at] === 1 || blocked[at] === 1) return false;
    const { area, grain } = regions.get(labels[at]!)!;
    if (near.data[at]! < 0.02 || area > (grain > GRAIN_OF_EDGE ? MOST_STRIP : MOST_FRAGMENT)) return false;
    const difference = weighted(
      lab.lightness.data[at]! - inside.lightness.data[at]!,
      lab.a.data[at]! - inside.a.data[at]!,
      lab.b.data[at]! - inside.b.data[at]!,
    );
    if (difference > 2.2 + Math.min(3, deviation.data[at]!)) return false;
    rough.data[at] = 1;
    return true;
  });
}
