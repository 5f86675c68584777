import sharp from 'sharp';
import type { Backdrop } from '../../../domain/scene.ts';
import { pictureLimits } from '../../../domain/picture-limits.ts';
import type {
  ComposeOrder, Composite, CutOut, CutOutOrder, InspectedPicture, Studio,
} from '../../../ports/studio.ts';
import { cutOut as removeBackground } from '../cutout/foreground.ts';
import { deadlineIn, type Deadline } from '../deadline.ts';
import { decode, onlyPhotoLoaders, type DecodeLimits } from '../files/decode.ts';
import { typeOf, type FileType } from '../files/file-type.ts';
import { fromRaw, type Picture } from '../raster/picture.ts';
import type { Restyler } from '../restyle.ts';
import { readBackground } from './background.ts';
import { drawBackdrop } from './backdrops/backdrop.ts';
import { checkConfidence, checkCutOut } from './checks.ts';
import { composeAll } from './compose.ts';
import { deriveAll } from './derive.ts';
import { asStudioFailure } from './failures.ts';
import { readMask } from './given-mask.ts';
import { usualQuality, type QualityLimits } from './quality.ts';

/** A studio with what finds products and draws backdrops. */
export interface Workshop extends Studio {
  segment(photo: Uint8Array, signal: AbortSignal): Promise<SegmentedPhoto>;
  /** A JPEG for each backdrop. */
  drawBackdrops(order: BackdropsOrder, signal: AbortSignal): Promise<readonly Uint8Array[]>;
}

export interface SegmentedPhoto {
  /** Of the upright photo's size; its alpha is the product's mask. */
  readonly png: Uint8Array;
  /** The probability (0..1) that the mask is right; null where nothing had to be cut out. */
  readonly confidence: number | null;
}

export interface BackdropsOrder {
  readonly backdrops: readonly Backdrop[];
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Each backdrop gets its own of it. */
  readonly seed: number;
}

export interface WorkshopOptions {
  /** Finds products; made at the first photo, since its models take their memory. */
  readonly restyler: () => Promise<Pick<Restyler, 'restyle'>>;
  readonly quality?: QualityLimits;
  /** For one call. Milliseconds; 60,000 unless given. */
  readonly timeoutMs?: number;
}

/** Works in this process: a call takes up to a few seconds of it. Limits what sharp opens, for the whole process. */
export function createWorkshop({ restyler, quality = usualQuality, timeoutMs = 60_000 }: WorkshopOptions): Workshop {
  onlyPhotoLoaders();
  const limits: DecodeLimits = { maxBytes: pictureLimits.bytes, maxPixels: pictureLimits.pixels, timeoutMs };
  let made: Promise<Pick<Restyler, 'restyle'>> | undefined;
  const within = async <T>(signal: AbortSignal, what: string, work: (deadline: Deadline) => Promise<T>): Promise<T> => {
    try {
      const deadline = deadlineIn(timeoutMs, signal);
      deadline.check();
      return await work(deadline);
    } catch (error) {
      throw asStudioFailure(error, what);
    }
  };
  return {
    inspect: (photo, signal) => within(signal, 'photo', (deadline) => inspect(photo, limits, deadline)),
    cutOut: (order, signal) => within(signal, 'photo', (deadline) => cutOut(order, limits, quality, deadline)),
    compose: (order, signal) => within(signal, 'picture', (deadline) => compose(order, limits, deadline)),
    derive: (order, signal) => within(signal, 'picture', (deadline) => deriveAll(order, limits, deadline)),
    segment: (image, signal) => within(signal, 'photo', async () => {
      const { restyle } = await (made ??= restyler());
      const concepts = { background: { action: 'remove', value: '' } } as const;
      const { result, confidence } = await restyle({ image, concepts, protect: [], force: true, signal });
      checkConfidence(confidence, quality);
      return { png: result, confidence };
    }),
    drawBackdrops: (order, signal) => within(signal, 'backdrop', (deadline) => draw(order, deadline)),
  };
}

const types: Readonly<Record<FileType, Pick<InspectedPicture, 'contentType' | 'extension'>>> = {
  JPEG: { contentType: 'image/jpeg', extension: 'jpg' },
  PNG: { contentType: 'image/png', extension: 'png' },
  WebP: { contentType: 'image/webp', extension: 'webp' },
  AVIF: { contentType: 'image/avif', extension: 'avif' },
};

async function inspect(photo: Uint8Array, limits: DecodeLimits, deadline: Deadline): Promise<InspectedPicture> {
  const { picture: { width, height } } = await decode(photo, limits, deadline);
  return { width, height, ...types[typeOf(Buffer.from(photo.buffer, photo.byteOffset, photo.length))] };
}

async function cutOut(
  order: CutOutOrder,
  limits: DecodeLimits,
  quality: QualityLimits,
  deadline: Deadline,
): Promise<CutOut> {
  const { picture } = await decode(order.original, limits, deadline);
  const { mask, edges } = await readMask(order.mask, order.original, picture, limits, deadline);
  checkCutOut(picture, mask, quality);
  deadline.check();
  await removeBackground(picture, mask, edges);
  deadline.check();
  return { png: await png(picture), width: picture.width, height: picture.height };
}

const png = (picture: Picture): Promise<Buffer> =>
  fromRaw(picture).withIccProfile('srgb').png({ compressionLevel: 3, adaptiveFiltering: true }).toBuffer();

async function compose(
  order: ComposeOrder,
  limits: DecodeLimits,
  deadline: Deadline,
): Promise<readonly Composite[]> {
  const { picture } = await decode(order.cutOut, limits, deadline).catch((error: unknown) => {
    throw asStudioFailure(error, 'cut-out');
  });
  const background = await readBackground(order.background, limits, deadline);
  return composeAll({ cutOut: picture, background, placement: order.placement }, order.aspects, deadline);
}

async function draw({ backdrops, width, height, seed }: BackdropsOrder, deadline: Deadline): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  for (const [at, backdrop] of backdrops.entries()) {
    deadline.check();
    const { data } = drawBackdrop(backdrop, width, height, (seed + Math.imul(at + 1, 0x9e3779b1)) >>> 0);
    const raw = { width, height, channels: 3 } as const;
    const jpeg = { quality: 95, chromaSubsampling: '4:4:4' } as const;
    files.push(await sharp(data, { raw }).withIccProfile('srgb').jpeg(jpeg).toBuffer());
  }
  return files;
}
