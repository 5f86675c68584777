import type { PlaneName } from './names.ts';
import { weighted, type Partition, type Region } from './regions.ts';
import type { Surface } from './surface.ts';

/** What is wrong with a surface that was found; undefined when it can be painted. */
export type Doubt = 'none' | 'small' | 'dark' | 'several' | 'open' | undefined;

export interface Measured {
  /** Of the part of the picture that was looked at, 0..1. */
  readonly share: number;
  readonly lightness: number;
  /** Of its edge (that is not the frame's), how much lies on an edge of the picture. 1 where it fills the frame. */
  readonly onEdges: number;
  /** Of its largest region, likewise. */
  readonly largest: number;
  /** The strongest other candidate's area over its own. */
  readonly rival: number;
}

/** A border of this strength (weighted Lab) is an edge that can be seen. */
const VISIBLE = 1.6;

export function measured(surface: Surface, { labels }: Partition): Measured {
  const inside = new Set(surface.members.map((region) => region.id));
  let [area, largest, lightness, edge, visible] = [0, 0, 0, 0, 0];
  for (const region of surface.members) {
    area += region.area;
    largest = Math.max(largest, region.area);
    lightness += region.lightness * region.area;
    for (const [id, border] of region.borders) {
      if (inside.has(id)) continue;
      edge += border.length;
      if (strengthOf(border) >= VISIBLE) visible += border.length;
    }
  }
  return {
    share: area / labels.length,
    largest: largest / labels.length,
    lightness: lightness / Math.max(1, area),
    onEdges: edge === 0 ? 1 : visible / edge,
    rival: surface.rival / Math.max(1, area),
  };
}

type Border = Region['borders'] extends Map<number, infer One> ? One : never;
const strengthOf = ({ lightness, a, b, length, size }: Border): number =>
  Math.max(weighted(lightness / length, a / length, b / length), (size / length) * 0.5);

/** Below these a surface is a chance find. A box says that the surface is what it shows, so it asks for more. */
const LEAST_SHARE = { box: 0.14, picture: 0.05 } as const;
/** Unless there are as many of them as a striped wall has. */
const LEAST_REGION = 0.04;
const MANY_SMALL = 0.35;
const LEAST_LIGHTNESS = 5;
const LEAST_ON_EDGES = 0.4;
const MOST_RIVAL = 0.6;

/** A floor may be all planks and tiles; a wall of small parts alone is what shows between pictures and shelves. */
export function doubtOf(found: Measured, plane: PlaneName | 'any', within: 'box' | 'picture'): Doubt {
  if (found.share < LEAST_SHARE[within]) return 'small';
  if (plane !== 'floor' && found.largest < LEAST_REGION && found.share < MANY_SMALL) return 'small';
  if (found.lightness < LEAST_LIGHTNESS) return 'dark';
  if (found.rival > MOST_RIVAL) return 'several';
  if (found.onEdges < LEAST_ON_EDGES) return 'open';
  return undefined;
}
