import sharp, { type Metadata, type Sharp } from 'sharp';
import { timedOut, type Deadline } from '../deadline.ts';
import type { Picture } from '../raster/picture.ts';
import { ImageRejected } from '../rejection.ts';
import { avifColour } from './avif.ts';
import { typeOf, type FileType } from './file-type.ts';
import { isProfileOf } from './icc.ts';
import { reachesLastScan, withAdobeMarker } from './jpeg.ts';
import { withColourAsProfile, withProfile } from './png.ts';

export interface DecodeLimits {
  /** Largest upload in bytes. */
  readonly maxBytes: number;
  /** Most pixels that a file may declare. */
  readonly maxPixels: number;
  readonly timeoutMs: number;
}

export interface Decoded {
  readonly picture: Picture;
  /** Pixels an inch, where the file says so. */
  readonly density: number | undefined;
}

/** Below this a model sees nothing and a thumbnail is all there is. */
const SMALLEST_SIDE = 32;
/** 1 to 50 in either direction: what nobody takes a photo as. */
const MOST_ELONGATED = 50;
/** Rows of a JPEG that must be there, of a hundred: browsers show it grey from there on. */
const LEAST_ROWS = 95;

/**
 * Of the decoders that sharp comes with, leaves those that are needed. For the whole process: whoever else uses sharp
 * in it cannot open an SVG, a PDF or a TIFF either.
 */
export function onlyPhotoLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  const needed = ['Jpeg', 'Png', 'Webp', 'Heif'].map((name) => `VipsForeignLoad${name}Buffer`);
  sharp.unblock({ operation: needed });
  // No two pictures share an operation: what libvips remembers of them is 20 to 50 MB for nothing.
  sharp.cache(false);
}

/**
 * Decodes an upload: upright (its orientation tag applied), in sRGB as browsers show it, 8 bits, RGBA. Only still
 * pictures of known types reach a decoder at all.
 */
export async function decode(bytes: Uint8Array, limits: DecodeLimits, deadline: Deadline): Promise<Decoded> {
  if (bytes.length === 0) throw new ImageRejected('not_an_image', 'The file is empty: upload the picture again.');
  if (bytes.length > limits.maxBytes) {
    const most = Math.floor(limits.maxBytes / 2 ** 20);
    throw new ImageRejected('too_large', `The file has more than ${most} MiB: upload a smaller version of it.`);
  }
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = typeOf(file);
  const toRead = prepared(file, type);
  const source = sourceIn(toRead, limits);
  try {
    // Reads the header alone; without a limit, so that the refusal can name the size.
    const metadata = await sharp(toRead, { limitInputPixels: false, failOn: 'error' }).metadata();
    checkSize(metadata, limits);
    deadline.check();
    if (type === 'AVIF') return { picture: await fromAvif(file, () => source('error'), deadline), density: undefined };
    const picture = await pixelsOf(metadata, deadline, () => source('error')).catch(async (error: unknown) => {
      if (type !== 'JPEG' || !(await isNearlyWhole(file, metadata, deadline, source))) throw error;
      return pixelsOf(metadata, deadline, () => source('none'));
    });
    return { picture, density: densityOf(metadata) };
  } catch (error) {
    throw asRejection(error, type, limits);
  }
}

/** Opens the file: 'error' for all of it, 'none' for what there is. */
type Source = (failOn: 'none' | 'error') => Sharp;

function sourceIn(file: Buffer, limits: DecodeLimits): Source {
  // Never 'warning': phones write JPEGs that decode perfectly and warn.
  return (failOn) => sharp(file, { limitInputPixels: limits.maxPixels, failOn, animated: false, sequentialRead: true });
}

function prepared(file: Buffer, type: FileType): Buffer {
  if (type === 'PNG') return withColourAsProfile(file);
  return type === 'JPEG' ? withAdobeMarker(file) : file;
}

/** Whether a JPEG that cannot be read to its end has most of its rows. */
async function isNearlyWhole(
  file: Buffer,
  { width, height }: Metadata,
  deadline: Deadline,
  source: Source,
): Promise<boolean> {
  const reachesEnd = reachesLastScan(file);
  if (reachesEnd !== null) return reachesEnd;
  deadline.check();
  // Reads no further than to this row.
  const row = { left: 0, top: Math.ceil((height * LEAST_ROWS) / 100) - 1, width, height: 1 };
  const reading = source('error').timeout({ seconds: deadline.secondsLeft() }).extract(row).raw().toBuffer();
  return reading.then(() => true, () => false);
}

type Open = () => Sharp;

function pixelsOf(metadata: Metadata, deadline: Deadline, open: Open): Promise<Picture> {
  const seconds = deadline.secondsLeft();
  return isPlainCmyk(metadata) ? fromCmyk(open, seconds) : fromRgb(open, metadata, seconds);
}

/** Inks without a usable profile. */
function isPlainCmyk({ space, icc }: Metadata): boolean {
  return space === 'cmyk' && (icc === undefined || !isProfileOf(icc, 'CMYK'));
}

/** As browsers do without a profile: each colour is what its ink and black let through. */
async function fromCmyk(open: Open, seconds: number): Promise<Picture> {
  const { data, info } = await open()
    .timeout({ seconds })
    .pipelineColourspace('cmyk')
    .autoOrient()
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 4) throw new Error(`inks decoded to ${info.channels} channels`);
  for (let at = 0; at < data.length; at += 4) {
    const light = 255 - data[at + 3]!;
    for (let ink = at; ink < at + 3; ink += 1) data[ink] = Math.round(((255 - data[ink]!) * light) / 255);
    data[at + 3] = 255;
  }
  return { width: info.width, height: info.height, data };
}

async function fromAvif(file: Buffer, open: Open, deadline: Deadline): Promise<Picture> {
  const { profile, isHdr, isCropped, isPremultiplied } = avifColour(file);
  if (isHdr) {
    throw new ImageRejected(
      'unsupported_type',
      'The AVIF is in HDR, and what is made of it here would have other colours: export it in SDR and upload that.',
    );
  }
  if (isCropped) {
    throw new ImageRejected(
      'unsupported_type',
      'The AVIF is cropped by a note in the file, which is not followed here: export it as a JPEG and upload that.',
    );
  }
  const seconds = deadline.secondsLeft();
  const metadata = await open().metadata();
  if (profile === null) return unmultiplied(await fromRgb(open, metadata, seconds), isPremultiplied);
  const plain = await open().timeout({ seconds }).autoOrient().toColourspace('srgb')
    .png({ compressionLevel: 0 }).toBuffer();
  const described = withProfile(plain, profile);
  const picture = await fromRgb(() => sharp(described, { limitInputPixels: false }), { ...metadata, depth: 'uchar' },
    deadline.secondsLeft());
  return unmultiplied(picture, isPremultiplied);
}

function unmultiplied(picture: Picture, isPremultiplied: boolean): Picture {
  const { data } = picture;
  for (let at = 0; isPremultiplied && at < data.length; at += 4) {
    const alpha = data[at + 3]!;
    for (let channel = at; alpha > 0 && channel < at + 3; channel += 1) {
      data[channel] = Math.min(255, Math.round((data[channel]! * 255) / alpha));
    }
  }
  return picture;
}

async function fromRgb(open: Open, metadata: Metadata, seconds: number): Promise<Picture> {
  const file = metadata.depth === 'ushort' ? await inEightBits(open, metadata, seconds) : open();
  const { data, info } = await file
    .timeout({ seconds })
    .autoOrient()
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 4) throw new Error(`decoded to ${info.channels} channels`);
  return { width: info.width, height: info.height, data };
}

/** With its profile, which sharp would apply to 16 bits as if the result were Display P3, and not at all to grey. */
async function inEightBits(open: Open, { space }: Metadata, seconds: number): Promise<Sharp> {
  const png = await open()
    .timeout({ seconds })
    .autoOrient()
    .keepIccProfile()
    .toColourspace(space === 'grey16' ? 'b-w' : 'srgb')
    .png({ compressionLevel: 0 })
    .toBuffer();
  return sharp(png, { limitInputPixels: false });
}

/** By what the header declares; nothing is decoded yet. Throws `ImageRejected`. */
function checkSize({ autoOrient: { width, height } }: Metadata, limits: DecodeLimits): void {
  if (width * height > limits.maxPixels) throw tooManyPixels(limits, `${width} x ${height} pixels`);
  if (Math.min(width, height) < SMALLEST_SIDE) {
    throw new ImageRejected(
      'unsupported_type',
      `The picture is only ${width} x ${height} pixels: upload one of at least ${SMALLEST_SIDE} pixels a side.`,
    );
  }
  if (Math.max(width, height) > MOST_ELONGATED * Math.min(width, height)) {
    throw new ImageRejected('unsupported_type', `The picture is a strip of ${width} x ${height}: upload a photo.`);
  }
}

/** sharp says 72 where the file says nothing. */
function densityOf({ density }: Metadata): number | undefined {
  return density !== undefined && density !== 72 && density >= 1 && density <= 100_000 ? density : undefined;
}

function tooManyPixels(limits: DecodeLimits, size = 'more'): ImageRejected {
  const most = Math.floor(limits.maxPixels / 1e6);
  const message = `The picture has ${size}, and the limit is ${most} megapixels: upload a smaller version of it.`;
  return new ImageRejected('too_large', message);
}

function asRejection(error: unknown, type: FileType, limits: DecodeLimits): unknown {
  if (error instanceof ImageRejected) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/exceeds pixel limit|too large/i.test(message)) return tooManyPixels(limits);
  if (/timeout/i.test(message)) return timedOut(limits.timeoutMs);
  return new ImageRejected(
    'broken_image',
    `The ${type} file is damaged or cut off and cannot be read to its end: export and upload it again.`,
    { cause: error },
  );
}
