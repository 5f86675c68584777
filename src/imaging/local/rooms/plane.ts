import { plane as emptyPlane, type Plane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import { pixelBox, shrunk, WHOLE, type Box, type Picture } from '../raster/picture.ts';
import { noMask, type ImageRejected } from '../rejection.ts';
import { absorbFragments } from './absorb.ts';
import { cropped, croppedMask, placed } from './crop.ts';
import { featuresOf, type Features } from './features.ts';
import { drawn, linesOf } from './lines.ts';
import { across, seesHorizon, type Frame } from './layout.ts';
import { matted } from './matte.ts';
import type { PlaneName } from './names.ts';
import { partition, type Partition } from './regions.ts';
import { doubtOf, measured, type Doubt } from './soundness.ts';
import { cutBy, superpixels } from './superpixels.ts';
import { surfaceOf, type Surface } from './surface.ts';

/** Longest side at which surfaces are looked for. */
const SIDE = 480;

/** A box below this many pixels a side shows too little of a surface. */
const LEAST_BOX = 24;

/** Where a plane is looked for. */
export interface Search {
  /** As the person wrote it. */
  readonly name: string;
  readonly plane: PlaneName | 'any';
  readonly box: Box | undefined;
  /** Boxes of things that stand before planes. */
  readonly things: readonly Box[];
  /** Pixels of people, of the picture's size. */
  readonly people: Mask | undefined;
  /** Height of the horizon (eye level), as a fraction of the picture's. */
  readonly horizon: number;
  /** Where on the horizon lines that lead away meet, as a fraction of the picture's width, if they tell. */
  readonly meeting?: number | undefined;
  /** Whether the ceiling is at a place, by fractions of the picture; undefined where its edges are not seen. */
  readonly isOverhead?: ((x: number, y: number) => boolean) | undefined;
}

/** Of the box: what a surface of the whole picture must cover of it to be what it shows. */
const LEAST_IN_BOX = 0.25;
/** Of what the whole picture shows of the surface in the box: a find in the box has this much of it, or is another. */
const AGREED = 0.7;
/** Of a wall found in a box, on the wall of the whole picture, which shows where doors are. */
const LEAST_ON_WALL = 0.85;
/** Of a find in a box: more of it on another surface of the picture, and it is that one. */
const MOST_ELSEWHERE = 0.5;

/**
 * The pixels of a wall, floor or ceiling; throws `no_mask` where no sound one is found. What a box shows is looked for
 * in the box, where a second paint or a rug is seen, and in the whole picture, where more tells what it is.
 */
export async function planeMask(picture: Picture, search: Search): Promise<Mask> {
  const { box, plane } = search;
  const within = await partOf(picture, search);
  const found = soundSurface(within, plane);
  if (box === undefined || plane === 'any') return maskOf(picture, within, found, search);
  if (found.doubt === 'several') throw refusal(search, found.doubt);
  const whole = await partOf(picture, { ...search, box: undefined });
  const planes = soundSurface(whole, plane);
  const mask = found.doubt === undefined ? await maskOf(picture, within, found, search) : undefined;
  const known = pixelsOf(whole, planes);
  if (known !== undefined && coveredIn(whole, known, within.area) > LEAST_IN_BOX) {
    // Where they agree the closer look is the better one.
    const least = plane === 'wall' ? LEAST_ON_WALL : MOST_ELSEWHERE;
    if (mask !== undefined && overlap(mask, known, whole) > least &&
      coveredIn(whole, shared(mask, known, whole), within.area) > AGREED * coveredIn(whole, known, within.area)) {
      return mask;
    }
    const all = await maskOf(picture, whole, planes, search);
    return placed(croppedMask(all, within.area), picture, within.area);
  }
  if (mask === undefined) throw refusal(search, found.doubt);
  const isOnWall = plane === 'floor' && planes.wall !== undefined && overlap(mask, planes.wall, whole) > MOST_ELSEWHERE;
  if (isOnWall) throw refusal(search, 'none');
  return mask;
}

/** A part of the picture, and the regions that it falls into. */
interface Part {
  readonly area: Area;
  readonly picture: Picture;
  readonly small: Picture;
  readonly features: Features;
  readonly regions: Partition;
  readonly frame: Frame;
  readonly within: 'box' | 'picture';
}

async function partOf(picture: Picture, search: Search): Promise<Part> {
  const area = pixelBox(search.box ?? WHOLE, picture.width, picture.height);
  if (Math.min(area.width, area.height) < LEAST_BOX) throw refusal(search, 'small');
  const part = cropped(picture, area);
  const small = await shrunk(part, SIDE);
  const features = featuresOf(small);
  const lines = linesOf(features.lab.lightness);
  const scale = small.width / area.width;
  const straight = drawn(lines, small.width, small.height, {
    x: ((search.meeting ?? 0.5) * picture.width - area.left) * scale,
    y: (search.horizon * picture.height - area.top) * scale,
  });
  const overhead = overheadIn(search, picture, area, small);
  const patches = superpixels(features, spacingFor(small), lines);
  const regions = partition(features, overhead === undefined ? patches : cutBy(patches, overhead), straight);
  const frame = {
    width: small.width,
    height: small.height,
    horizon: ((search.horizon * picture.height - area.top) / area.height) * small.height,
    blocked: blockedIn(search, picture, area, small),
    overhead,
  };
  return { area, picture: part, small, features, regions, frame, within: search.box === undefined ? 'picture' : 'box' };
}

async function maskOf(picture: Picture, part: Part, { surface, doubt }: Sound, search: Search): Promise<Mask> {
  if (surface === undefined || doubt !== undefined) throw refusal(search, doubt);
  const { regions, small, features, frame } = part;
  const rough = roughOf(regions, new Set(surface.members.map((region) => region.id)), small);
  absorbFragments(rough, features, regions, frame.blocked);
  return placed(await matted(part.picture, small, rough), picture, part.area);
}

/** The share of an area of the picture that is 1 at the shrunk size. */
function coveredIn({ small, area: { width, height } }: Part, pixels: Uint8Array | undefined, box: Area): number {
  if (pixels === undefined) return 0;
  let [covered, count] = [0, 0];
  const [across, down] = [small.width / width, small.height / height];
  for (let y = Math.floor(box.top * down); y < Math.min(small.height, (box.top + box.height) * down); y += 1) {
    for (let x = Math.floor(box.left * across); x < Math.min(small.width, (box.left + box.width) * across); x += 1) {
      covered += pixels[y * small.width + x]!;
      count += 1;
    }
  }
  return covered / Math.max(1, count);
}

/** How much of a mask lies where the pixels of a shrunk picture are 1. */
function overlap(mask: Mask, pixels: Uint8Array, { frame: { width, height } }: Part): number {
  let [both, all] = [0, 0];
  for (let at = 0; at < pixels.length; at += 1) {
    const value = valueAt(mask, at, width, height);
    all += value;
    both += value * pixels[at]!;
  }
  return both / Math.max(1, all);
}

/** 1 where the mask covers a pixel of the shrunk picture that is 1. */
const shared = (mask: Mask, pixels: Uint8Array, { frame: { width, height } }: Part): Uint8Array =>
  pixels.map((is, at) => (is === 1 && valueAt(mask, at, width, height) > 127 ? 1 : 0));

function valueAt(mask: Mask, at: number, width: number, height: number): number {
  const x = Math.floor((((at % width) + 0.5) * mask.width) / width);
  const y = Math.floor(((Math.floor(at / width) + 0.5) * mask.height) / height);
  return mask.data[y * mask.width + x]!;
}

interface Sound {
  readonly surface: Surface | undefined;
  readonly doubt: Doubt;
  /** The wall, 1 at the shrunk size, where it was found beside the surface. */
  readonly wall?: Uint8Array | undefined;
}

function pixelsOf({ regions }: Part, { surface, doubt }: Sound): Uint8Array | undefined {
  if (surface === undefined || doubt !== undefined) return undefined;
  const members = new Set(surface.members.map((region) => region.id));
  return Uint8Array.from(regions.labels, (id) => Number(members.has(id)));
}

/** The surface where it can be beside the others: in each column a ceiling is above a wall, and that above a floor. */
function soundSurface(part: Part, plane: PlaneName | 'any'): Sound {
  const { regions, frame, within } = part;
  const alone = (wanted: PlaneName | 'any', more: Partial<Frame> = {}): Sound => {
    const surface = surfaceOf(regions, { ...frame, ...more }, wanted);
    if (surface === undefined) return { surface, doubt: 'none' };
    const isBounded = wanted === 'ceiling' && frame.overhead !== undefined;
    return { surface, doubt: doubtOf(measured(surface, regions, frame.width), wanted, within, isBounded) };
  };
  // Without eye level in sight a floor may be taken for a wall.
  if (plane === 'any' || !seesHorizon(frame)) return alone(plane, plane === 'any' ? {} : barred(frame, plane));
  const wall = pixelsOf(part, alone('wall', barred(frame, 'wall')));
  if (plane === 'ceiling') return alone(plane, barred(frame, plane, wall && across(wall, frame, 'above')));
  const behindWall = wall && across(wall, frame, 'below');
  const underWall = wall && across(wall, frame, 'above').map((is, at) => is & (1 - behindWall![at]!));
  const floor = alone('floor', { ...barred(frame, 'floor', behindWall), ...(underWall && { zone: underWall }) });
  if (plane === 'floor') return { ...floor, wall };
  const ground = pixelsOf(part, floor);
  return alone(plane, barred(frame, plane, ground && across(ground, frame, 'above')));
}

/** Where the plane cannot be: beyond another one, or on the wrong side of the ceiling's edges. */
function barred({ overhead }: Frame, plane: PlaneName, behind?: Uint8Array): Partial<Frame> {
  if (overhead === undefined) return behind === undefined ? {} : { behind };
  const wrong = overhead.map((is, at) => (plane === 'ceiling' ? 1 - is : is | (behind?.[at] ?? 0)));
  return { behind: wrong };
}

/** Of patches, in pixels. */
const spacingFor = ({ width, height }: Picture): number =>
  Math.min(9, Math.max(5, Math.round((Math.max(width, height) * 9) / SIDE)));

type Area = ReturnType<typeof pixelBox>;

/** 1 where the ceiling is, at the shrunk size; undefined where its edges are not known. */
function overheadIn({ isOverhead }: Search, picture: Picture, area: Area, small: Picture): Uint8Array | undefined {
  if (isOverhead === undefined) return undefined;
  const out = new Uint8Array(small.width * small.height);
  for (let at = 0; at < out.length; at += 1) {
    const x = area.left + (((at % small.width) + 0.5) / small.width) * area.width;
    const y = area.top + ((Math.floor(at / small.width) + 0.5) / small.height) * area.height;
    if (isOverhead(x / picture.width, y / picture.height)) out[at] = 1;
  }
  return out;
}

/** 1 where people or things stand, at the shrunk size. */
function blockedIn({ things, people }: Search, picture: Picture, area: Area, small: Picture): Uint8Array {
  const out = new Uint8Array(small.width * small.height);
  for (let at = 0; at < out.length; at += 1) {
    const x = area.left + (((at % small.width) + 0.5) / small.width) * area.width;
    const y = area.top + ((Math.floor(at / small.width) + 0.5) / small.height) * area.height;
    const across = x / picture.width;
    const down = y / picture.height;
    const onThing = things.some(
      (box) => across > box.x && across < box.x + box.width && down > box.y && down < box.y + box.height,
    );
    const isPerson = people !== undefined && people.data[Math.floor(y) * picture.width + Math.floor(x)]! > 127;
    if (onThing || isPerson) out[at] = 1;
  }
  return out;
}

function roughOf({ labels }: Partition, inside: ReadonlySet<number>, { width, height }: Picture): Plane {
  const out = emptyPlane(width, height);
  for (let at = 0; at < labels.length; at += 1) out.data[at] = inside.has(labels[at]!) ? 1 : 0;
  return out;
}

function refusal({ name, plane, box }: Search, doubt: Doubt): ImageRejected {
  const what = plane === 'any' ? 'single surface' : plane;
  if (box === undefined && doubt === 'several') {
    return noMask(`The picture shows several surfaces that may be the ${what}: draw a box around the one to change.`);
  }
  if (box === undefined) {
    return noMask(`The ${what} cannot be told from the rest of the picture: draw a box around what to change of it.`);
  }
  switch (doubt) {
    case 'dark':
      return noMask(`It is too dark in the box of "${name}" to tell its edges: take a brighter picture.`);
    case 'several':
      return noMask(`The box of "${name}" shows several surfaces: draw one box around each.`);
    case 'open':
      return noMask(`In the box of "${name}" the ${what} has no clear edge: draw the box within it.`);
    default:
      return noMask(`The box of "${name}" shows too little of a ${what}: draw it so that it shows more of it.`);
  }
}
