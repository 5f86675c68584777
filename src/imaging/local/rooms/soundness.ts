import type { PlaneName } from './names.ts';
import { weighted, type Border, type Partition } from './regions.ts';
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
  /** How much of the lower edge of what was looked at it takes, 0..1. */
  readonly foot: number;
  /** The strongest other candidate's area over its own. */
  readonly rival: number;
}

/** A border of this strength (weighted Lab) is an edge that can be seen. */
const VISIBLE = 1.6;

export function measured(surface: Surface, { regions, labels }: Partition, width: number): Measured {
  const inside = new Set(surface.members.map((region) => region.id));
  let [area, largest, lightness, edge, visible] = [0, 0, 0, 0, 0];
  for (const region of surface.members) {
    area += region.area;
    largest = Math.max(largest, region.area);
    lightness += region.lightness * region.area;
    for (const [id, border] of region.borders) {
      if (inside.has(id)) continue;
      edge += border.length;
      // Where the room's own edge is known it may be too faint to see.
      if (strengthOf(border) >= VISIBLE || regions.get(id)!.zone !== region.zone) visible += border.length;
    }
  }
  return {
    share: area / labels.length,
    foot: labels.subarray(-width).reduce((sum, id) => sum + Number(inside.has(id)), 0) / width,
    largest: largest / labels.length,
    lightness: lightness / Math.max(1, area),
    onEdges: edge === 0 ? 1 : visible / edge,
    rival: surface.rival / Math.max(1, area),
  };
}

const strengthOf = ({ lightness, a, b, length, size }: Border): number =>
  Math.max(weighted(lightness / length, a / length, b / length), (size / length) * 0.5);

/** Below these a surface is a chance find. A box says that the surface is what it shows, so it asks for more. */
const LEAST_SHARE = { box: 0.14, picture: 0.05 } as const;
/** Where the edges of the plane are known from the room itself. */
const LEAST_KNOWN = 0.012;
/** Unless there are as many of them as a striped wall has. */
const LEAST_REGION = 0.04;
const MANY_SMALL = 0.35;
/** A colour on what is darker is hardly seen. */
const LEAST_LIGHTNESS = { box: 5, picture: 12 } as const;
const LEAST_ON_EDGES = { box: 0.4, picture: 0.65 } as const;
/** A ceiling's edge is a crease, and often a faint one. */
const LEAST_ON_CREASE = 0.4;
const MOST_RIVAL = 0.6;
/** By name alone. Of a floor, part of it in other light is as wrong to leave out as a rug is to take in. */
const MOST_RIVAL_NAMED = { floor: 0.28, wall: 0.5, ceiling: 0.6 } as const;
/** Of the picture's lower edge: where a floor that is all of it lies. */
const LEAST_FOOT = 0.08;

/** A floor may be all planks and tiles; a wall of small parts alone is what shows between pictures and shelves. */
export function doubtOf(
  found: Measured, plane: PlaneName | 'any', within: 'box' | 'picture', isBounded: boolean,
): Doubt {
  if (found.share < (isBounded ? LEAST_KNOWN : LEAST_SHARE[within])) return 'small';
  if (plane !== 'floor' && !isBounded && found.largest < LEAST_REGION && found.share < MANY_SMALL) return 'small';
  if (found.lightness < LEAST_LIGHTNESS[within]) return 'dark';
  const mostRival = within === 'box' || plane === 'any' ? MOST_RIVAL : MOST_RIVAL_NAMED[plane];
  if (found.rival > mostRival) return 'several';
  if (plane === 'floor' && within === 'picture' && found.foot < LEAST_FOOT) return 'several';
  const least = plane === 'ceiling' ? LEAST_ON_CREASE : LEAST_ON_EDGES[within];
  if (found.onEdges < least) return 'open';
  return undefined;
}
