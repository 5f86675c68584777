import sharp, { type Sharp } from 'sharp';
import { timedOut, type Deadline } from '../deadline.ts';
import type { Picture } from '../raster/picture.ts';
import { ImageRejected } from '../rejection.ts';

export interface DecodeLimits {
  /** Largest upload in bytes. */
  readonly maxBytes: number;
  /** Most pixels a file may declare; more is a decompression bomb as far as we are concerned. */
  readonly maxInputPixels: number;
  /** Most pixels worked on and given back; a larger picture is made smaller first. */
  readonly maxWorkingPixels: number;
  readonly timeoutMs: number;
}

/** Below this a model sees nothing and a thumbnail is all there is. */
const SMALLEST_SIDE = 32;
/** 1 to 50 in either direction: what nobody takes a photo as. */
const MOST_ELONGATED = 50;

type Taken = 'JPEG' | 'PNG' | 'WebP';

/** First bytes (Latin-1) of what people upload by mistake, and its name in the message. */
const REFUSED: readonly (readonly [start: RegExp, name: string])[] = [
  [/^GIF8/, 'a GIF'],
  [/^%PDF/, 'a PDF'],
  [/^(II\*\0|MM\0\*)/, 'a TIFF or camera raw file'],
  [/^BM/, 'a BMP'],
  [/^.{4}ftyp(hei|hev|mif1|msf1)/s, 'a HEIC picture'],
  [/^.{4}ftypavi[fs]/s, 'an AVIF picture'],
  [/^.{4}ftyp/s, 'a video'],
  [/^8BPS/, 'a Photoshop file'],
  [/^PK\x03\x04/, 'a ZIP archive'],
];

/**
 * Of the decoders that sharp comes with, leaves the three that are needed. For the whole process: whoever else uses
 * sharp in it cannot open an SVG, a PDF or a TIFF either.
 */
export function onlyPhotoLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
  });
}

/**
 * Decodes an upload: upright (its orientation tag applied), sRGB (an embedded profile applied), 8 bits, RGBA.
 * Only JPEG, PNG and WebP reach a decoder at all, told by their first bytes, whatever they are called.
 */
export async function decode(bytes: Uint8Array, limits: DecodeLimits, deadline: Deadline): Promise<Picture> {
  if (bytes.length === 0) throw new ImageRejected('not_an_image', 'The file is empty: upload the picture again.');
  if (bytes.length > limits.maxBytes) {
    const most = Math.floor(limits.maxBytes / 1e6);
    throw new ImageRejected('too_large', `The file has more than ${most} MB: upload a smaller version of it.`);
  }
  const type = typeOf(bytes);
  if (isAnimated(bytes, type)) {
    throw new ImageRejected('unsupported_type', `The ${type} is animated: upload a single still picture.`);
  }
  const size = await declaredSize(bytes, type, limits);
  deadline.check();
  const scale = Math.min(1, Math.sqrt(limits.maxWorkingPixels / (size.width * size.height)));
  try {
    const { data, info } = await openInput(bytes, limits)
      .timeout({ seconds: deadline.secondsLeft() })
      .autoOrient()
      .resize(
        scale < 1
          ? { width: Math.floor(size.width * scale), height: Math.floor(size.height * scale), fit: 'fill' as const }
          : {},
      )
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 4) throw new Error(`decoded to ${info.channels} channels`);
    return { width: info.width, height: info.height, data };
  } catch (error) {
    throw asRejection(error, type, limits);
  }
}

function openInput(bytes: Uint8Array, limits: DecodeLimits): Sharp {
  // Not 'warning': phones write JPEGs that decode perfectly and warn.
  return sharp(bytes, { limitInputPixels: limits.maxInputPixels, failOn: 'error', animated: false });
}

function typeOf(bytes: Uint8Array): Taken {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString('latin1');
  if (start.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return 'WebP';
  const refused = REFUSED.find(([pattern]) => pattern.test(start))?.[1] ?? markupName(start);
  if (refused !== undefined) {
    throw new ImageRejected('unsupported_type', `The file is ${refused}: upload a JPEG, PNG or WebP photo.`);
  }
  throw new ImageRejected('not_an_image', 'The file is not a picture: upload a JPEG, PNG or WebP photo.');
}

/** What a text is that begins with a tag, after a byte order mark, an XML declaration and comments. */
function markupName(start: string): string | undefined {
  let rest = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  while (rest.startsWith('<?') || rest.startsWith('<!--')) {
    const closing = rest.startsWith('<?') ? '?>' : '-->';
    const end = rest.indexOf(closing, 2);
    if (end === -1) return undefined;
    rest = rest.slice(end + closing.length).trimStart();
  }
  if (/^<(!DOCTYPE )?svg/i.test(rest)) return 'an SVG drawing';
  return /^<(!DOCTYPE html|html|head|body)/i.test(rest) ? 'an HTML page' : undefined;
}

/** An APNG says so by an acTL chunk before its pixels, an animated WebP by a flag in its VP8X chunk. */
function isAnimated(bytes: Uint8Array, type: Taken): boolean {
  if (type === 'WebP') return bytes.length > 20 && text(bytes, 12, 4) === 'VP8X' && ((bytes[20] ?? 0) & 0x02) !== 0;
  if (type !== 'PNG') return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const name = text(bytes, at + 4, 4);
    if (name === 'acTL') return true;
    if (name === 'IDAT' || name === 'IEND') return false;
    at += view.getUint32(at) + 12;
  }
  return false;
}

const text = (bytes: Uint8Array, at: number, length: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1');

/** The upright width and height that the header declares; nothing is decoded yet. */
async function declaredSize(
  bytes: Uint8Array,
  type: Taken,
  limits: DecodeLimits,
): Promise<{ width: number; height: number }> {
  let size: { width: number; height: number };
  try {
    size = (await openInput(bytes, limits).metadata()).autoOrient;
  } catch (error) {
    throw asRejection(error, type, limits);
  }
  const { width, height } = size;
  // The header is read before the decoder's own limit applies, so it is checked here too.
  if (width * height > limits.maxInputPixels) throw tooManyPixels(limits);
  if (Math.min(width, height) < SMALLEST_SIDE) {
    throw new ImageRejected(
      'unsupported_type',
      `The picture is only ${width} x ${height} pixels: upload one of at least ${SMALLEST_SIDE} pixels a side.`,
    );
  }
  if (Math.max(width, height) > MOST_ELONGATED * Math.min(width, height)) {
    throw new ImageRejected('unsupported_type', `The picture is a strip of ${width} x ${height}: upload a photo.`);
  }
  return { width, height };
}

function tooManyPixels(limits: DecodeLimits): ImageRejected {
  const most = Math.floor(limits.maxInputPixels / 1e6);
  const message = `The picture has more than ${most} megapixels: upload a smaller version of it.`;
  return new ImageRejected('too_large', message);
}

function asRejection(error: unknown, type: Taken, limits: DecodeLimits): unknown {
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
