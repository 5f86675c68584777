import type { Frame } from './layout.ts';
import { weighted, type Border, type Partition, type Region } from './regions.ts';

/** Of the frame: smaller parts of a wall are left as they were found. */
const LEAST_AREA = 0.0025;
/** Pixels up to which a region may be a mixture along an edge. */
const FRAGMENT = 400;
/** A border with this much of it on straight lines, and this step (weighted Lab), is the edge of a thing. */
const STRAIGHT = 0.3;
const STEP = 2.2;
/** Or this step on any line. */
const STRONG = 5;
/** Shares of a part's columns that have more of the surface above and below it. */
const MOSTLY = 0.6;
const SELDOM = 0.25;
/** Of its area above eye level, as a door has and a cupboard has not. */
const TALL = 0.12;
/** Upright edges of what stands on a floor, over its height. */
const UPRIGHT = 0.5;
/** As bright as this a smooth part of a darker wall is a window or a lamp. */
const GLARE = 96;

/**
 * A wall or floor without what only looks like it and stands before it: parts of its colour that edges part from it.
 * On a wall these are doors and cupboards, with the wall above them and none below; a patch of sun or shade seldom
 * reaches the floor between straight edges. On a floor they have the floor in front of them and upright edges, which
 * no tile, rug or patch of sun has.
 */
export function withoutThings(
  members: readonly Region[], partition: Partition, frame: Frame, plane: 'wall' | 'floor',
): Region[] {
  const parts = partsOf(members);
  const main = parts.reduce((one, other) => (areaOf(other) > areaOf(one) ? other : one));
  const lies = placesIn(parts, main, partition, frame);
  const isThing = (part: readonly Region[], place: Lies): boolean => {
    if (part === main || areaOf(part) < frame.width * frame.height * LEAST_AREA) return false;
    const rim = rimOf(part);
    return plane === 'wall' ? isBeforeWall(part, main, place, rim) : standsOnFloor(place, rim);
  };
  return parts.flatMap((part, index) => (isThing(part, lies[index]!) ? [] : part));
}

const areaOf = (regions: readonly Region[]): number => regions.reduce((sum, { area }) => sum + area, 0);

/** Groups of regions with no edge of a thing between them; fragments go with what they touch most. */
function partsOf(members: readonly Region[]): Region[][] {
  const left = new Map(members.filter(({ area }) => area >= FRAGMENT).map((region) => [region.id, region]));
  const parts: Region[][] = [];
  const partOf = new Map<number, Region[]>();
  for (const first of [...left.values()]) {
    if (!left.delete(first.id)) continue;
    const part = [first];
    for (const region of part) {
      partOf.set(region.id, part);
      for (const [id, border] of region.borders) {
        const other = left.get(id);
        if (other === undefined || isEdge(border)) continue;
        left.delete(id);
        part.push(other);
      }
    }
    parts.push(part);
  }
  for (const region of members) {
    if (region.area >= FRAGMENT) continue;
    // What only edges surround, a strip of wall beside a door, say, is told by nothing.
    const beside = [...region.borders].filter(([id, border]) => partOf.has(id) && !isEdge(border));
    if (beside.length === 0) parts.push([region]);
    else partOf.get(beside.reduce((one, other) => (other[1].length > one[1].length ? other : one))[0])!.push(region);
  }
  return parts;
}

function isEdge({ lightness, a, b, length, straight }: Border): boolean {
  if (length < 4) return true;
  const step = weighted(lightness / length, a / length, b / length);
  return (straight > length * STRAIGHT && step > STEP) || step > STRONG;
}

interface Lies {
  columns: number;
  under: number;
  over: number;
  overMain: number;
  high: number;
  area: number;
  top: number;
  bottom: number;
}

/** In how many of its columns each part has others above and below it, and how much of it is above eye level. */
function placesIn(
  parts: readonly (readonly Region[])[],
  main: readonly Region[],
  { labels }: Partition,
  { width, height, horizon }: Frame,
): Lies[] {
  const mainIndex = parts.indexOf(main as Region[]);
  // A strip along an edge is above or below nothing.
  const counts = (part: readonly Region[]): boolean => areaOf(part) >= width * height * LEAST_AREA;
  const partOf = new Map(parts.flatMap((part, index) =>
    counts(part) ? part.map(({ id }) => [id, index] as const) : []));
  const none = { columns: 0, under: 0, over: 0, overMain: 0, high: 0, area: 0, top: height, bottom: 0 };
  const lies = parts.map(() => ({ ...none }));
  for (let x = 0; x < width; x += 1) {
    const first = new Map<number, boolean>();
    let last = -1;
    let lastMain = -1;
    const lowest = new Map<number, number>();
    for (let y = 0; y < height; y += 1) {
      const index = partOf.get(labels[y * width + x]!);
      if (index === undefined) continue;
      if (!first.has(index)) first.set(index, last >= 0);
      last = index;
      lowest.set(index, y);
      if (index === mainIndex) lastMain = y;
      const place = lies[index]!;
      place.area += 1;
      place.top = Math.min(place.top, y);
      place.bottom = Math.max(place.bottom, y);
      if (y < horizon) place.high += 1;
    }
    for (const [index, isUnder] of first) {
      lies[index]!.columns += 1;
      if (isUnder) lies[index]!.under += 1;
      if (index !== last) lies[index]!.over += 1;
      if (lowest.get(index)! < lastMain) lies[index]!.overMain += 1;
    }
  }
  return lies;
}

interface Rim { length: number; straight: number; upright: number }

/** All of a part's border. */
function rimOf(part: readonly Region[]): Rim {
  const inside = new Set(part.map(({ id }) => id));
  const rim = { length: 0, straight: 0, upright: 0 };
  for (const region of part) {
    for (const [id, border] of region.borders) {
      if (inside.has(id)) continue;
      rim.length += border.length;
      rim.straight += border.straight;
      rim.upright += border.upright;
    }
  }
  return rim;
}

function isBeforeWall(part: readonly Region[], main: readonly Region[], lies: Lies, rim: Rim): boolean {
  const [own, wall] = [meanOf(part), meanOf(main)];
  const rise = own.lightness - wall.lightness;
  if (own.lightness > GLARE && rise > 2 && own.grain < 1.2) return true;
  if (lies.under < lies.columns * MOSTLY || lies.over > lies.columns * SELDOM) return false;
  const isOther = Math.hypot(own.a - wall.a, own.b - wall.b) > 2.5;
  // A shadow is darker and has edges of any sort.
  if (rim.straight < rim.length * STRAIGHT) return rise > 6 && isOther;
  return isOther || Math.abs(rise) > 6 || lies.high > lies.area * TALL;
}

const standsOnFloor = (lies: Lies, rim: Rim): boolean =>
  lies.overMain > lies.columns * MOSTLY && rim.upright > (lies.bottom - lies.top) * UPRIGHT;

type Look = Pick<Region, 'lightness' | 'a' | 'b' | 'grain'>;

function meanOf(regions: readonly Region[]): Look {
  const area = areaOf(regions);
  const mean = (field: keyof Look): number =>
    regions.reduce((sum, region) => sum + region[field] * region.area, 0) / area;
  return { lightness: mean('lightness'), a: mean('a'), b: mean('b'), grain: mean('grain') };
}
