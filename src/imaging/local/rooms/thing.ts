import { plane as emptyPlane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import { grownBox, pixelBox, shrunk, type Box, type Picture } from '../raster/picture.ts';
import { absorbFragments } from './absorb.ts';
import { cropped, placed } from './crop.ts';
import { featuresOf } from './features.ts';
import { drawn, linesOf } from './lines.ts';
import { matted } from './matte.ts';
import { partition, type Partition } from './regions.ts';
import { superpixels } from './superpixels.ts';

/** Longest side, and pixels of a patch. */
const SIDE = 360;
const SPACING = 8;
/** How far around the box its surroundings are looked at, in shares of its sides. */
const MARGIN = 0.25;
/** A thing has this share of its regions in the box, and fills this share of the box. */
const WITHIN = 0.88;
const LEAST_FILLED = 0.25;
const MOST_FILLED = 0.97;

/**
 * What stands in a box and does not go on outside of it: a rug, a door, a cabinet, which no model of salience picks
 * out. Undefined when nothing fills a good part of the box, or what does goes on beyond it.
 */
export async function enclosedThing(picture: Picture, box: Box): Promise<Mask | undefined> {
  const area = pixelBox(grownBox(box, MARGIN), picture.width, picture.height);
  const inner = pixelBox(box, picture.width, picture.height);
  const part = cropped(picture, area);
  const small = await shrunk(part, SIDE);
  const scale = small.width / area.width;
  const features = featuresOf(small);
  const lines = linesOf(features.lab.lightness);
  const regions = partition(
    features,
    superpixels(features, SPACING, lines),
    drawn(lines, small.width, small.height, { x: small.width / 2, y: 0 }),
  );
  const left = (inner.left - area.left) * scale;
  const top = (inner.top - area.top) * scale;
  const boxed = { left, top, right: left + inner.width * scale, bottom: top + inner.height * scale };
  const members = enclosed(regions, small, boxed);
  const rough = emptyPlane(small.width, small.height);
  let filled = 0;
  for (let at = 0; at < rough.data.length; at += 1) {
    if (!members.has(regions.labels[at]!)) continue;
    rough.data[at] = 1;
    filled += 1;
  }
  const share = filled / (inner.width * scale * inner.height * scale);
  if (share < LEAST_FILLED || share > MOST_FILLED) return undefined;
  absorbFragments(rough, features, regions, new Uint8Array(rough.data.length));
  return placed(await matted(part, small, rough), picture, area);
}

interface Rectangle { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }

function enclosed({ regions, labels }: Partition, { width }: Picture, boxed: Rectangle): Set<number> {
  const inside = new Map<number, number>();
  const slack = SPACING / 2;
  for (let at = 0; at < labels.length; at += 1) {
    const x = at % width;
    const y = Math.floor(at / width);
    const isInside =
      x > boxed.left - slack && x < boxed.right + slack && y > boxed.top - slack && y < boxed.bottom + slack;
    if (isInside) inside.set(labels[at]!, (inside.get(labels[at]!) ?? 0) + 1);
  }
  const members = new Set<number>();
  for (const [id, count] of inside) if (count >= regions.get(id)!.area * WITHIN) members.add(id);
  return members;
}
