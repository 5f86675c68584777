import type { Models } from '../models/models.ts';
import { flagsOf, plane, resized, smoothstep, type Plane } from '../raster/filter.ts';
import { grownBox, pixelBox, shrunk, WHOLE, type Box, type Picture, type Views } from '../raster/picture.ts';
import { boundsOfParts, components } from './components.ts';
import { quickSalience, salience } from './segmentation.ts';
import { tidied } from './tidy.ts';

/**
 * A model sees a picture at 320 x 320: a product that fills a third of it has 100 cells. So it is shown what it found
 * once more, each part close up; and what fills the picture, mirrored. How far the two answers agree tells how far the
 * model is to be trusted here.
 */
const MOST_PARTS = 4;
/** Around a part, a share of its size; and at least this share of the picture. */
const MARGIN = 0.18;
const LEAST_BOX = 0.16;
/** Larger than this share of the picture, a part is not seen closer by looking at it alone. */
const LARGE = 0.6;
/** Of the picture: cells of the longer side. */
const SIDE = 640;
const CLOSE_UP = 0.75;
/** The share of a quick look that confirms the first; and how far they have to agree for it to be enough. */
const CONFIRMED = 0.35;
const AGREED = 0.94;
/** Pixels of a part's shorter side from which on a smaller copy of the picture shows all that a model can see. */
const CLEAR = 400;
/** Of a part, what has to be seen close up too; and of the picture, the size below which it may have been dust. */
const HELD = 0.3;
const SIZE = 0.001;

export interface Look {
  readonly salience: Plane;
  /** 0..1: the overlap of what both looks took for the subject. */
  readonly agreement: number;
}

/** `first` is what the model said of the whole picture, tidied. */
export async function closerLook(models: Models, { picture, overview }: Views, first: Plane): Promise<Look> {
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const out = resized(first, width, height);
  const before = { ...out, data: out.data.slice() };
  const boxes = boxesOf(first);
  const isLarge = boxes.some((box) => box.width * box.height > LARGE);
  if (isLarge) {
    const quick = tidied(await mirroredSalience(models, overview, 'quick'));
    const isConfirmed = agreementOf(first, resized(quick, first.width, first.height)) >= AGREED;
    const seen = isConfirmed ? quick : tidied(await mirroredSalience(models, overview));
    blend(out, seen, WHOLE, isConfirmed ? CONFIRMED : 0.5);
  }
  for (const box of isLarge ? [] : boxes) {
    const isClear = Math.min(box.width * overview.width, box.height * overview.height) >= CLEAR;
    const { part, seen } = await closeUp(models, isClear ? overview : picture, box);
    blend(out, tidied(seen), part, CLOSE_UP);
  }
  const agreement = agreementOf(before, out);
  keepLost(before, out);
  return { salience: out, agreement };
}

/** A whole part of some size that only the first look saw stays, in place: alone it may be less of a subject. */
function keepLost({ width, height, data }: Plane, seen: Plane): void {
  const { labels, areas } = components(flagsOf(data, (value) => !(value < 0.5)), width, height);
  const held = new Float64Array(areas.length);
  for (let at = 0; at < labels.length; at += 1) if (labels[at]! >= 0 && seen.data[at]! >= 0.5) held[labels[at]!]! += 1;
  const isLost = areas.map((area, label) => area > labels.length * SIZE && held[label]! < area * HELD);
  for (let at = 0; at < labels.length; at += 1) {
    if (labels[at]! >= 0 && isLost[labels[at]!]!) seen.data[at] = Math.max(seen.data[at]!, data[at]!);
  }
}

/** Once more with a larger box if the part goes on beyond it. */
async function closeUp(models: Models, picture: Picture, box: Box): Promise<{ part: Box; seen: Plane }> {
  const seen = await salience(models, picture, box);
  const part = extended(box, seen);
  return part === box ? { part, seen } : { part, seen: await salience(models, picture, part) };
}

function extended(box: Box, { width, height, data }: Plane): Box {
  const reaches = (length: number, cell: (at: number) => number): boolean => {
    let count = 0;
    for (let at = 0; at < length; at += 1) if (data[cell(at)]! > 0.6) count += 1;
    return count > length * 0.015;
  };
  const left = reaches(height, (y) => y * width + 2) ? box.width * 0.5 : 0;
  const right = reaches(height, (y) => (y + 1) * width - 3) ? box.width * 0.5 : 0;
  const top = reaches(width, (x) => 2 * width + x) ? box.height * 0.5 : 0;
  const bottom = reaches(width, (x) => (height - 3) * width + x) ? box.height * 0.5 : 0;
  const x = Math.max(0, box.x - left);
  const y = Math.max(0, box.y - top);
  const wide = Math.min(1, box.x + box.width + right) - x;
  const high = Math.min(1, box.y + box.height + bottom) - y;
  return wide * high > box.width * box.height * 1.02 ? { x, y, width: wide, height: high } : box;
}

async function mirroredSalience(models: Models, picture: Picture, look?: 'quick'): Promise<Plane> {
  const small = await shrunk(picture, SIDE);
  const { width, height } = small;
  const data = new Uint8Array(small.data.length);
  const from = new Uint32Array(small.data.buffer, small.data.byteOffset, width * height);
  const to = new Uint32Array(data.buffer);
  for (let at = 0; at < from.length; at += 1) to[at - (at % width) + width - 1 - (at % width)] = from[at]!;
  const mirrored = { width, height, data };
  const seen = await (look === 'quick' ? quickSalience(models, mirrored) : salience(models, mirrored));
  const out = plane(seen.width, seen.height);
  for (let at = 0; at < out.data.length; at += 1) {
    out.data[at] = seen.data[at - (at % seen.width) + seen.width - 1 - (at % seen.width)]!;
  }
  return out;
}

/** A box around each part, those that meet in one; at most four. */
function boxesOf({ width, height, data }: Plane): Box[] {
  const parts = components(flagsOf(data, (value) => !(value < 0.5)), width, height);
  let boxes = boundsOfParts(parts, width, height).map(({ left, top, right, bottom }) => withMargin({
    x: left / width, y: top / height, width: (right - left) / width, height: (bottom - top) / height,
  }));
  for (;;) {
    const pair = nearestPair(boxes);
    if (pair === undefined || (pair.gap > 0 && boxes.length <= MOST_PARTS)) return boxes;
    const [one, other] = pair.of;
    boxes = [...boxes.filter((box) => box !== one && box !== other), around(one, other)];
  }
}

function withMargin(box: Box): Box {
  const grown = grownBox(box, MARGIN);
  const share = Math.max(0, LEAST_BOX / Math.min(grown.width, grown.height) - 1) / 2;
  return share === 0 ? grown : grownBox(grown, share);
}

function nearestPair(boxes: readonly Box[]): { of: readonly [Box, Box]; gap: number } | undefined {
  let best: { of: readonly [Box, Box]; gap: number } | undefined;
  for (const [index, one] of boxes.entries()) {
    for (const other of boxes.slice(index + 1)) {
      const across = Math.max(one.x, other.x) - Math.min(one.x + one.width, other.x + other.width);
      const down = Math.max(one.y, other.y) - Math.min(one.y + one.height, other.y + other.height);
      const gap = Math.max(across, down);
      if (best === undefined || gap < best.gap) best = { of: [one, other], gap };
    }
  }
  return best;
}

function around(one: Box, other: Box): Box {
  const [x, y] = [Math.min(one.x, other.x), Math.min(one.y, other.y)];
  const right = Math.max(one.x + one.width, other.x + other.width);
  const bottom = Math.max(one.y + one.height, other.y + other.height);
  return { x, y, width: right - x, height: bottom - y };
}

/** Mixes what was seen in a box into the whole, less towards the box's own edges. */
function blend(whole: Plane, seen: Plane, box: Box, share: number): void {
  const area = pixelBox(box, whole.width, whole.height);
  const inside = resized(seen, area.width, area.height);
  const rim = Math.max(1, 0.05 * Math.min(area.width, area.height));
  const weight = (at: number, start: number, length: number, all: number): number => {
    const near = start === 0 ? rim : at;
    const far = start + length === all ? rim : length - 1 - at;
    return smoothstep(0, rim, Math.min(near, far));
  };
  for (let y = 0; y < area.height; y += 1) {
    const down = weight(y, area.top, area.height, whole.height);
    for (let x = 0; x < area.width; x += 1) {
      const at = (y + area.top) * whole.width + x + area.left;
      const part = share * down * weight(x, area.left, area.width, whole.width);
      whole.data[at] = whole.data[at]! * (1 - part) + inside.data[y * area.width + x]! * part;
    }
  }
}

function agreementOf(one: Plane, other: Plane): number {
  let [shared, all] = [0, 0];
  for (let at = 0; at < one.data.length; at += 1) {
    shared += Math.min(one.data[at]!, other.data[at]!);
    all += Math.max(one.data[at]!, other.data[at]!);
  }
  return all === 0 ? 0 : shared / all;
}
