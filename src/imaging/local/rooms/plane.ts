import { plane as emptyPlane, type Plane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import { pixelBox, shrunk, WHOLE, type Box, type Picture } from '../raster/picture.ts';
import { noMask, type ImageRejected } from '../rejection.ts';
import { absorbFragments } from './absorb.ts';
import { cropped, placed } from './crop.ts';
import { featuresOf } from './features.ts';
import { drawn, linesOf } from './lines.ts';
import { across, seesHorizon, type Frame } from './layout.ts';
import { matted } from './matte.ts';
import type { PlaneName } from './names.ts';
import { partition, type Partition } from './regions.ts';
import { doubtOf, measured, type Doubt } from './soundness.ts';
import { superpixels } from './superpixels.ts';
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
}

/** The pixels of a wall, floor or ceiling; throws `no_mask` where no sound one is found. */
export async function planeMask(picture: Picture, search: Search): Promise<Mask> {
  const area = pixelBox(search.box ?? WHOLE, picture.width, picture.height);
  if (Math.min(area.width, area.height) < LEAST_BOX) throw refusal(search, 'small');
  const part = cropped(picture, area);
  const small = await shrunk(part, SIDE);
  const features = featuresOf(small);
  const lines = linesOf(features.lab.lightness);
  const straight = drawn(lines, small.width, small.height);
  const regions = partition(features, superpixels(features, spacingFor(small), lines), straight);
  const frame = {
    width: small.width,
    height: small.height,
    horizon: ((search.horizon * picture.height - area.top) / area.height) * small.height,
    blocked: blockedIn(search, picture, area, small),
  };
  const within = search.box === undefined ? 'picture' : 'box';
  const { surface, doubt } = soundSurface(regions, frame, search.plane, within);
  if (surface === undefined || doubt !== undefined) throw refusal(search, doubt);
  const rough = roughOf(regions, new Set(surface.members.map((region) => region.id)), small);
  absorbFragments(rough, features, regions, frame.blocked);
  const found = await matted(part, small, rough);
  return placed(found, picture, area);
}

interface Sound { readonly surface: Surface | undefined; readonly doubt: Doubt }

/** The surface where it can be beside the others: in each column a ceiling is above a wall, and that above a floor. */
function soundSurface(regions: Partition, frame: Frame, plane: PlaneName | 'any', within: 'box' | 'picture'): Sound {
  const alone = (wanted: PlaneName | 'any', more: Partial<Frame> = {}): Sound => {
    const surface = surfaceOf(regions, { ...frame, ...more }, wanted);
    return { surface, doubt: surface === undefined ? 'none' : doubtOf(measured(surface, regions), wanted, within) };
  };
  const pixelsOf = ({ surface, doubt }: Sound): Uint8Array | undefined => {
    if (surface === undefined || doubt !== undefined) return undefined;
    const members = new Set(surface.members.map((region) => region.id));
    return Uint8Array.from(regions.labels, (id) => Number(members.has(id)));
  };
  // Without eye level in sight a floor may be taken for a wall.
  if (plane === 'any' || !seesHorizon(frame)) return alone(plane);
  const wall = pixelsOf(alone('wall'));
  if (plane === 'ceiling') return alone(plane, wall && { behind: across(wall, frame, 'above') });
  const behindWall = wall && across(wall, frame, 'below');
  const underWall = wall && across(wall, frame, 'above').map((is, at) => is & (1 - behindWall![at]!));
  const floor = alone('floor', wall && { behind: behindWall!, zone: underWall! });
  if (plane === 'floor') return floor;
  const ground = pixelsOf(floor);
  return alone(plane, ground && { behind: across(ground, frame, 'above') });
}

/** Of patches, in pixels. */
const spacingFor = ({ width, height }: Picture): number =>
  Math.min(9, Math.max(5, Math.round((Math.max(width, height) * 9) / SIDE)));

type Area = ReturnType<typeof pixelBox>;

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
