import { ImageRejected } from '../rejection.ts';
import { isAnimatedPng } from './png.ts';

export type FileType = 'JPEG' | 'PNG' | 'WebP' | 'AVIF';

const WHAT_TO_UPLOAD = 'upload a JPEG, PNG, WebP or AVIF photo';

/** First bytes (Latin-1) of what people upload by mistake, and its name in the message. */
const REFUSED: readonly (readonly [start: RegExp, name: string])[] = [
  [/^GIF8/, 'a GIF'],
  [/^%PDF/, 'a PDF'],
  [/^(II\*\0|MM\0\*)/, 'a TIFF or camera raw file'],
  [/^BM/, 'a BMP'],
  [/^.{4}ftypavis/s, 'an animated AVIF'],
  [/^.{4}ftyp(hei|hev|mif1|msf1)/s, 'a HEIC picture'],
  [/^(.{4}JXL |\xff\x0a)/s, 'a JPEG XL picture'],
  [/^.{4}jP {2}/s, 'a JPEG 2000 picture'],
  [/^.{4}ftyp/s, 'a video'],
  [/^8BPS/, 'a Photoshop file'],
  [/^PK\x03\x04/, 'a ZIP archive'],
];

/** By its first bytes, whatever its name is. Throws `ImageRejected` for all but still pictures that are taken. */
export function typeOf(file: Buffer): FileType {
  const type = takenType(file);
  if (type === undefined) throw refused(file.toString('latin1', 0, 1024));
  if (isAnimated(file, type)) {
    throw new ImageRejected('unsupported_type', `The ${type} is animated: upload a single still picture.`);
  }
  return type;
}

function takenType(file: Buffer): FileType | undefined {
  const start = file.toString('latin1', 0, 12);
  if (start.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'WebP';
  return brandsOf(file).includes('avif') ? 'AVIF' : undefined;
}

/** Of an ISO base media file; the first is the major one. Empty for a sequence of AVIF pictures. */
function brandsOf(file: Buffer): string[] {
  if (file.toString('latin1', 4, 8) !== 'ftyp') return [];
  const box = file.subarray(8, Math.min(file.readUInt32BE(0), file.length, 1024));
  const brands = Array.from({ length: Math.floor(box.length / 4) }, (_, index) =>
    box.toString('latin1', index * 4, index * 4 + 4));
  return brands[0] === 'avis' ? [] : brands;
}

function refused(start: string): ImageRejected {
  const name = REFUSED.find(([pattern]) => pattern.test(start))?.[1] ?? markupName(start);
  if (name === 'a HEIC picture') {
    return new ImageRejected(
      'unsupported_type',
      'The file is a HEIC picture, which cannot be decoded here: export it as a JPEG and upload that. ' +
        'An iPhone takes JPEGs with Settings, Camera, Formats, Most Compatible.',
    );
  }
  if (name !== undefined) return new ImageRejected('unsupported_type', `The file is ${name}: ${WHAT_TO_UPLOAD}.`);
  return new ImageRejected('not_an_image', `The file is not a picture: ${WHAT_TO_UPLOAD}.`);
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

/** An animation of one frame is a still picture. */
function isAnimated(file: Buffer, type: FileType): boolean {
  if (type === 'PNG') return isAnimatedPng(file);
  if (type !== 'WebP' || file.toString('latin1', 12, 16) !== 'VP8X' || ((file[20] ?? 0) & 0x02) === 0) return false;
  let frames = 0;
  for (let at = 12; at + 8 <= file.length && frames < 2; ) {
    if (file.toString('latin1', at, at + 4) === 'ANMF') frames += 1;
    const size = file.readUInt32LE(at + 4);
    at += 8 + size + (size % 2);
  }
  return frames !== 1;
}
