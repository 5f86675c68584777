import { withoutThings } from './standing.ts';
import type { Frame, Place } from './layout.ts';
import { placesOf, seesHorizon } from './layout.ts';
import type { PlaneName } from './names.ts';
import { weighted, type Partition, type Region } from './regions.ts';

/** The regions that make up one surface, the one it was grown from first. */
export interface Surface {
  readonly members: readonly Region[];
  /** Area of the strongest region that is another such surface, in pixels: two walls of different paint, say. */
  readonly rival: number;
}

const MOST_BLOCKED = 0.5;
const MOST_BEHIND = 0.35;
/** From here on a region lies where the floor does, and other light alone does not part it from the floor. */
const LEAST_ZONE = 0.85;
const MOST_RISE = 13;
const MOST_SEEDS = 8;
/** Of the frame: what is smaller and apart from the surface is a reflection or a label in its colour. */
const LEAST_APART = 0.003;
/** Of a region's paint from the mean of the surface so far, in Lab. */
const MOST_DRIFT = 7;
/** The same where no edge is seen. */
const MOST_FLOW = 11;
/** The same over a long border without any edge: lamp light beside daylight. */
const MOST_FALL = 26;
/** Below it a region lies where the plane cannot be. */
const LEAST_FIT = 0.49;
/** Of the height of the horizon. */
const LOWEST_CEILING = 0.94;
/** Chroma of a paint whose hue is told well. */
const STRONG = 18;
/** Pixels of a region that shows what light does to it. */
const PATCHES = 400;
/** Pixels of a region of more than a few patches. */
const FRAGMENT = 60;

/** Finds the largest surface that can be the plane and everything that continues it. */
export function surfaceOf(partition: Partition, frame: Frame, plane: PlaneName | 'any'): Surface | undefined {
  const places = placesOf(partition, frame);
  const scored = [...partition.regions.values()]
    .map((region) => ({ region, score: scoreOf(region, places.get(region.id)!, frame, plane) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score);
  const grown: { members: Region[]; score: number }[] = [];
  for (const { region } of scored.slice(0, MOST_SEEDS)) {
    // What another seed has reached already would only be found again.
    if (grown.some(({ members }) => members.includes(region))) continue;
    const members = grow(partition, places, region, frame, plane);
    const score = members.reduce((sum, one) => sum + scoreOf(one, places.get(one.id)!, frame, plane), 0);
    grown.push({ members, score: score * reachOf(members, places, plane) });
  }
  const best = grown.toSorted((one, other) => other.score - one.score)[0];
  if (best === undefined) return undefined;
  const inside = new Set(best.members);
  const others = grown.filter((one) => one !== best && !one.members.some((region) => inside.has(region)));
  // Walls of one paint in another light: beyond a corner, or a person in the middle.
  // A ceiling within its edges likewise, where a lamp's cord parts it.
  const isBounded = plane === 'wall' || (plane === 'ceiling' && frame.overhead !== undefined);
  const alike = (members: readonly Region[]): boolean => isBounded && isOnePaint(best.members, members);
  for (const { members } of others) if (alike(members)) for (const region of members) inside.add(region);
  const rivals = others.filter(({ members }) => !alike(members)).map(({ score }) => score);
  const all = [...inside];
  const hasThings = plane === 'wall' || plane === 'floor';
  const members = hasThings ? withoutThings(all, partition, frame, plane) : all;
  return { members, rival: Math.max(0, ...rivals) };
}

const isBarred = (place: Place): boolean => place.blocked > MOST_BLOCKED || place.behind > MOST_BEHIND;

/** The region's area, less where it cannot be the plane. */
function scoreOf(region: Region, place: Place, frame: Frame, plane: PlaneName | 'any'): number {
  if (isBarred(place)) return 0;
  const fit = fitOf(place, frame, plane) * edgeFit(place, frame, plane);
  return fit < LEAST_FIT ? 0 : region.area * fit ** 2;
}

/** 0..1, by which side of the horizon the region lies on. */
function fitOf(place: Place, frame: Frame, plane: PlaneName | 'any'): number {
  if (plane === 'any' || !seesHorizon(frame)) return 1;
  if (plane === 'floor') return Math.max(0, 1 - place.above * 3);
  if (plane === 'ceiling') return Math.max(0, 1 - place.below * 3);
  // What lies wholly on one side of the horizon and meets the frame's edge there is floor or ceiling, most likely.
  if (place.below > 0.93) return place.bottom > 0 ? 0.2 : 0.5;
  if (place.above > 0.93) return place.top > 0 && !reachesDown(place, frame) ? 0.45 : 0.7;
  return 1;
}

/** A floor meets the lower edge of what is looked at, a ceiling the upper one: furniture seldom does so widely. */
function edgeFit(place: Place, frame: Frame, plane: PlaneName | 'any'): number {
  if (plane !== 'floor' && plane !== 'ceiling') return 1;
  const met = plane === 'floor' ? place.bottom : place.top;
  if (met > frame.width * 0.1) return 1;
  return met + place.left + place.right > 0 ? 0.55 : 0.4;
}

/** A floor goes on past the picture's sides, and a rug on it does not. */
function reachOf(members: readonly Region[], places: ReadonlyMap<number, Place>, plane: PlaneName | 'any'): number {
  if (plane !== 'floor') return 1;
  const meets = (side: 'left' | 'right'): number => Number(members.some(({ id }) => places.get(id)![side] > 2));
  return [0.45, 0.8, 1][meets('left') + meets('right')]!;
}

const reachesDown = (place: Place, frame: Frame): boolean => place.maxY > frame.horizon - frame.height * 0.08;

function grow(
  { regions }: Partition,
  places: ReadonlyMap<number, Place>,
  seed: Region,
  frame: Frame,
  plane: PlaneName | 'any',
): Region[] {
  const members = new Map([[seed.id, seed]]);
  const tried = new Set<number>();
  // Walls of one paint face different windows and lamps.
  const paintLimit = plane === 'wall' ? 4 : 2.6;
  const fits = (region: Region): boolean => {
    const place = places.get(region.id)!;
    // White beside a darker wall is a lamp or a window.
    if (plane !== 'floor' && plane !== 'any' && region.lightness > 93 && mean.lightness < 86) return false;
    // At the far wall's top a ceiling ends well above eye level: what goes on is a stripe of wallpaper.
    if (plane === 'ceiling' && seesHorizon(frame) && place.maxY > frame.horizon * LOWEST_CEILING) return false;
    return !isBarred(place) && (region.area < FRAGMENT || fitOf(place, frame, plane) >= LEAST_FIT);
  };
  const mean = { lightness: seed.lightness, a: seed.a, b: seed.b, area: seed.area };
  const take = (region: Region): void => {
    members.set(region.id, region);
    const area = mean.area + region.area;
    for (const field of ['lightness', 'a', 'b'] as const) {
      mean[field] += ((region[field] - mean[field]) * region.area) / area;
    }
    mean.area = area;
  };
  // Between a ceiling (or a smooth floor) and a wall of its colour there is nothing but the crease.
  const isBehindCrease = (one: Region, other: Region): boolean => {
    const border = one.borders.get(other.id)!;
    if (plane === 'wall' || plane === 'any' || one.grain > 1.6 || border.straight < border.length / 2) return false;
    return places.get(other.id)![plane === 'floor' ? 'bottom' : 'top'] === 0;
  };
  for (let grew = true; grew; ) {
    grew = false;
    tried.clear();
    for (const member of [...members.values()]) {
      for (const id of member.borders.keys()) {
        if (members.has(id) || tried.has(id)) continue;
        const region = regions.get(id)!;
        if (!fits(region)) continue;
        const touching = [...region.borders.keys()].flatMap((one) => members.get(one) ?? []);
        // Many small steps must not lead to another paint.
        const drift = paintDifference(mean, region).size;
        const isClose = drift < MOST_DRIFT;
        const follows = touching.some(
          (one) =>
            ((drift < MOST_FLOW || (drift < MOST_FALL && plane !== 'any')) && flowsInto(one, region, drift)) ||
            (isClose && continues(one, region, paintLimit) && !isBehindCrease(one, region)),
        );
        if (!follows && !underOtherLight(region, members, plane)) {
          tried.add(id);
          continue;
        }
        take(region);
        grew = true;
      }
    }
    for (const region of regions.values()) {
      if (members.has(region.id) || !fits(region)) continue;
      const large = [...members.values()].filter((one) => one.area > seed.area / 10);
      if (!isPartApart(region, places.get(region.id)!, large, mean, frame, plane)) continue;
      take(region);
      grew = true;
    }
  }
  return [...members.values()];
}

/** Parts that furniture cuts off: only what is the same without doubt. */
function isPartApart(
  region: Region,
  place: Place,
  members: readonly Region[],
  mean: Colour,
  frame: Frame,
  plane: PlaneName | 'any',
): boolean {
  const isZone = place.zone > LEAST_ZONE && place.above < 0.02;
  const least = isZone ? 2 * FRAGMENT : Math.max(FRAGMENT, frame.width * frame.height * LEAST_APART);
  if (region.area < least || (plane === 'ceiling' && place.top === 0)) return false;
  const rise = region.lightness - mean.lightness;
  // Below eye level and brighter than the wall: a rug, or a bed.
  if (plane === 'wall' && place.below > 0.93 && rise > 3) return false;
  return members.some((one) =>
    isSame(one, region, plane) || (isZone && rise < MOST_RISE && isFloorInOtherLight(one, region)));
}

type Colour = Pick<Region, 'lightness' | 'a' | 'b'>;

/** Chroma grows with the light as (L + 16) does: what is left is the paint. At L = 50, in Lab. */
function paintDifference(one: Colour, other: Colour): { a: number; b: number; size: number } {
  const [light, dark] = [66 / (one.lightness + 16), 66 / (other.lightness + 16)];
  const [a, b] = [other.a * dark - one.a * light, other.b * dark - one.b * light];
  return { a, b, size: Math.hypot(a, b) };
}

/** As seen, or for the light that falls there: the more alike of the two. */
function grainDifference(one: Region, other: Region): number {
  const differ = (first: number, second: number): number => Math.abs(Math.log((first + 0.8) / (second + 0.8)));
  return Math.min(differ(one.grain, other.grain), differ(relativeGrain(one), relativeGrain(other)));
}

/** In shade a grain is weaker with the light, and the sensor's noise stronger. At L = 50. */
function relativeGrain({ grain, lightness }: Region): number {
  const light = 66 / (lightness + 16);
  return Math.max(0, grain - 0.4 * light) * light;
}

/** No edge between them over a long border: light changes here, however much, and not the surface. */
function flowsInto(one: Region, other: Region, drift: number): boolean {
  const border = one.borders.get(other.id)!;
  if (border.length < 14 || border.straight > border.length * 0.2) return false;
  const step = weighted(border.lightness / border.length, border.a / border.length, border.b / border.length);
  // Where a lamp's light falls off there is no edge at all, and the fall counts as grain.
  const isFall = step < 0.8 && border.length > 40 && border.size < border.length * 3.2;
  if (drift > MOST_FLOW && !(isFall && border.straight < border.length * 0.1)) return false;
  return step < 1.6 && grainDifference(one, other) < (isFall ? 1 : 0.6);
}

/** A neighbour of the same paint whose lightness differs as planks, tiles or the light on two walls do. */
function continues(one: Region, other: Region, paintLimit: number): boolean {
  const paint = paintDifference(one, other);
  const uneven = Math.min(3.5, Math.max(one.unevenness, one.grain));
  const isSmall = other.area < FRAGMENT;
  if (grainDifference(one, other) > (isSmall ? 1.2 : 0.65)) return false;
  if (paint.size > paintLimit + 0.5 * uneven) return false;
  return Math.abs(one.lightness - other.lightness) < 7 + 2.2 * uneven;
}

function isOnePaint(some: readonly Region[], others: readonly Region[]): boolean {
  const [one, other] = [meanOf(some), meanOf(others)];
  if (Math.abs(one.lightness - other.lightness) >= 22) return false;
  const { a, b, size } = paintDifference(one, other);
  const chroma = Math.hypot(one.a, one.b);
  if (chroma < STRONG) return size < 4.5;
  // Of a strong paint the light changes the chroma by more than is divided out, and the hue hardly.
  const along = (a * one.a + b * one.b) / chroma;
  return Math.abs(along) < 10 && Math.sqrt(Math.max(0, size ** 2 - along ** 2)) < 4.5;
}

function meanOf(regions: readonly Region[]): Colour {
  const area = regions.reduce((sum, region) => sum + region.area, 0);
  const mean = (field: keyof Colour): number =>
    regions.reduce((sum, region) => sum + region[field] * region.area, 0) / area;
  return { lightness: mean('lightness'), a: mean('a'), b: mean('b') };
}

function isSame(one: Region, other: Region, plane: PlaneName | 'any'): boolean {
  const uneven = Math.min(4, Math.max(one.unevenness, one.grain));
  if (grainDifference(one, other) > 0.5) return false;
  // A wall goes on in the shade under a table.
  const rise = other.lightness - one.lightness;
  const fits = rise > 0 || plane !== 'wall' ? Math.abs(rise) < 8 + uneven : rise > -16 - uneven;
  return fits && paintDifference(one, other).size < 2.2 + 0.4 * uneven;
}

/** A patch of sun or a shadow: mostly enclosed by the surface, as grained as it, lighter and warmer or darker. */
function underOtherLight(region: Region, members: ReadonlyMap<number, Region>, plane: PlaneName | 'any'): boolean {
  let [shared, whole] = [0, 0];
  let main: Region | undefined;
  for (const [id, border] of region.borders) {
    whole += border.length;
    const member = members.get(id);
    if (member === undefined) continue;
    shared += border.length;
    // Of a rug's rim, say, nothing is learned.
    if (member.area < Math.min(PATCHES, region.area)) continue;
    if (main === undefined || border.length > region.borders.get(main.id)!.length) main = member;
  }
  if (main === undefined || shared < whole * (plane === 'floor' ? 0.3 : 0.55)) return false;
  // The sun makes a light floor white, and a dark one no more than lighter.
  if (plane === 'floor' && region.lightness > 93 && main.lightness > 42) return true;
  return sameInOtherLight(main, region, 0.8);
}

/** Whether sun, shade or a lamp may be all that is different. `mostGrains` is a ratio's logarithm. */
function sameInOtherLight(one: Region, other: Region, mostGrains: number): boolean {
  const paint = paintDifference(one, other);
  const rise = other.lightness - one.lightness;
  const share = (region: Region): number => region.grain / (region.lightness + 16) + 0.01;
  if (Math.abs(Math.log(share(other) / share(one))) > mostGrains) return false;
  if (rise > 0) return rise < 50 && paint.a > -4 && paint.a < 6 && paint.b > -6 && paint.b < 12;
  return rise > -28 && Math.abs(paint.a) < 5 && paint.b > -8 && paint.b < 6;
}

/** Of a region that lies where a floor does, parted from it by a rug or a table. */
function isFloorInOtherLight(one: Region, other: Region): boolean {
  const { a, b, size } = paintDifference(one, other);
  const rise = other.lightness - one.lightness;
  if (grainDifference(one, other) > 0.9) return false;
  if (rise < 0) return rise > -16 && size < 2.6;
  // Near black a colour is little more than noise.
  const dark = 1 + Math.max(0, (22 - one.lightness) / 15);
  return rise < MOST_RISE && a > -3 && a < 2.5 * dark && b > -3 && b < 8 * dark;
}
