import sharp from 'sharp';
import { edgeColoursBuilder, type EdgeColours } from '../cutout/edge-colours.ts';
import type { Deadline } from '../deadline.ts';
import { decode, type DecodeLimits } from '../files/decode.ts';
import { plane, resized } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import { fromRaw, type Picture } from '../raster/picture.ts';
import { asStudioFailure, unfit } from './failures.ts';

/** By how much the shape of a mask may differ from its photo's: providers round sizes. */
const MOST_SKEWED = 0.02;
/** More than this share of a picture is not opaque, or its alpha says nothing. */
const LEAST_CLEAR = 0.001;

export interface GivenMask {
  /** Of the photo's size. */
  readonly mask: Mask;
  /** The product's own colours at its edge, where the picture with the mask has them. */
  readonly edges: EdgeColours | undefined;
}

/**
 * Reads a mask from a file: its alpha, or its lightness where it is opaque. `original` is the photo's file. A provider
 * that does not know of orientations gives the mask of a photo as it is stored, lying on its side.
 */
export async function readMask(
  bytes: Uint8Array,
  original: Uint8Array,
  photo: Picture,
  limits: DecodeLimits,
  deadline: Deadline,
): Promise<GivenMask> {
  const read = (file: Uint8Array): Promise<Picture> =>
    decode(file, limits, deadline).then(({ picture }) => picture, (error: unknown) => {
      throw asStudioFailure(error, 'mask');
    });
  let picture = await read(bytes);
  if (!hasShapeOf(picture, photo) && hasShapeOf({ width: picture.height, height: picture.width }, photo)) {
    const { orientation = 1 } = await sharp(original).metadata();
    if (orientation >= 5) picture = await read(await turned(picture, orientation));
  }
  if (!hasShapeOf(picture, photo)) {
    throw unfit(
      `The mask has ${picture.width} x ${picture.height} pixels and the upright photo ${photo.width} x ` +
        `${photo.height}: the mask must be of the whole photo, in its aspect ratio.`,
    );
  }
  const hasAlpha = isCutOut(picture);
  const mask = fitted(levelsOf(picture, hasAlpha), photo);
  return { mask, edges: hasAlpha && hasOwnEdges(picture, photo) ? edgesOf(picture) : undefined };
}

type Size = Pick<Picture, 'width' | 'height'>;

function hasShapeOf(mask: Size, photo: Size): boolean {
  return Math.abs((mask.width * photo.height) / (mask.height * photo.width) - 1) <= MOST_SKEWED;
}

/** A file that says of the picture which way up it is. */
function turned(picture: Picture, orientation: number): Promise<Buffer> {
  return fromRaw(picture).png({ compressionLevel: 0 }).withMetadata({ orientation }).toBuffer();
}

function isCutOut({ width, height, data }: Picture): boolean {
  let clear = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at]! < 250) clear += 1;
  return clear > width * height * LEAST_CLEAR;
}

function levelsOf({ width, height, data }: Picture, hasAlpha: boolean): Mask {
  const levels = new Uint8Array(width * height);
  for (let at = 0, pixel = 0; at < levels.length; at += 1, pixel += 4) {
    levels[at] = hasAlpha
      ? data[pixel + 3]!
      : Math.round(0.2126 * data[pixel]! + 0.7152 * data[pixel + 1]! + 0.0722 * data[pixel + 2]!);
  }
  return { width, height, data: levels };
}

function fitted(mask: Mask, { width, height }: Picture): Mask {
  if (mask.width === width && mask.height === height) return mask;
  const rough = plane(mask.width, mask.height);
  for (let at = 0; at < rough.data.length; at += 1) rough.data[at] = mask.data[at]!;
  return { width, height, data: Uint8Array.from(resized(rough, width, height).data, (value) => Math.round(value)) };
}

/**
 * Whether a cut-out shows the photo's colours inside, and others at its edge: whoever made it has taken the colours of
 * the old background off. Where it shows the photo's own at the edge, or a plain colour, they are still to be found.
 */
function hasOwnEdges(cutOut: Picture, photo: Picture): boolean {
  if (cutOut.width !== photo.width || cutOut.height !== photo.height) return false;
  const [inside, edge] = [{ count: 0, different: 0 }, { count: 0, different: 0 }];
  for (let at = 0; at < photo.data.length; at += 4) {
    const alpha = cutOut.data[at + 3]!;
    const part = alpha === 255 ? inside : alpha > 40 && alpha < 215 ? edge : undefined;
    if (part === undefined) continue;
    part.count += 1;
    for (let channel = at; channel < at + 3; channel += 1) {
      if (Math.abs(cutOut.data[channel]! - photo.data[channel]!) <= 6) continue;
      part.different += 1;
      break;
    }
  }
  return inside.different <= inside.count * 0.02 && edge.different >= edge.count * 0.1;
}

function edgesOf({ data }: Picture): EdgeColours {
  const edges = edgeColoursBuilder();
  for (let at = 0, pixel = 0; pixel < data.length; at += 1, pixel += 4) {
    const alpha = data[pixel + 3]!;
    if (alpha > 0 && alpha < 255) edges.add(at, data[pixel]!, data[pixel + 1]!, data[pixel + 2]!);
  }
  return edges.done();
}
