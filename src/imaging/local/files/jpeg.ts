/** JPEG (ITU-T T.81), as far as it is understood before the decoder. */

interface Segment {
  /** The second byte of its marker. */
  readonly marker: number;
  readonly data: Buffer;
}

const [SOI, EOI, SOS, APP14] = [0xd8, 0xd9, 0xda, 0xee];
const PROGRESSIVE = 0xc2;

/** All of them until the file ends; the compressed pixels behind a scan's header are skipped. */
function* segmentsOf(file: Buffer): Generator<Segment> {
  for (let at = 2; at + 4 <= file.length; ) {
    if (file[at] !== 0xff) {
      at += 1;
      continue;
    }
    const marker = file[at + 1]!;
    // Fill bytes, stuffed zeros and restart markers.
    if (marker === 0xff || marker === 0 || (marker >= 0xd0 && marker <= SOI) || marker === 0x01) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === EOI) return;
    const end = at + 2 + file.readUInt16BE(at + 2);
    yield { marker, data: file.subarray(at + 4, end) };
    at = end;
  }
}

const isFrame = ({ marker }: Segment): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/**
 * Browsers take the four inks of every JPEG as inverted, as Adobe stores them; libjpeg only where Adobe's marker says
 * so. (Chromium: `blink/renderer/platform/image-decoders/jpeg/jpeg_image_decoder.cc`.)
 */
export function withAdobeMarker(file: Buffer): Buffer {
  let inks = 0;
  for (const segment of segmentsOf(file)) {
    if (segment.marker === APP14 && segment.data.toString('latin1', 0, 5) === 'Adobe') return file;
    if (isFrame(segment)) inks = segment.data[5] ?? 0;
    if (segment.marker === SOS) break;
  }
  if (inks !== 4) return file;
  const marker = Buffer.from('\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0', 'latin1');
  return Buffer.concat([file.subarray(0, 2), marker, file.subarray(2)]);
}

/**
 * Whether a progressive file goes on into the last of its scans, so that what is missing is only the last refinement of
 * some rows. Null for a file that has its rows one after the other.
 */
export function reachesLastScan(file: Buffer): boolean | null {
  /** By component, for each of its 64 coefficients, how many low bits are still missing; -1: all of them. */
  const missing = new Map<number, Int8Array>();
  let isProgressive = false;
  for (const { marker, data } of segmentsOf(file)) {
    if (marker === PROGRESSIVE) {
      isProgressive = true;
      for (let at = 6; at < data.length; at += 3) missing.set(data[at]!, new Int8Array(64).fill(-1));
    }
    if (marker !== SOS || !isProgressive) continue;
    const count = data[0] ?? 0;
    const [first = 0, last = 0, bits = 0] = data.subarray(1 + 2 * count);
    for (let index = 0; index < count; index += 1) {
      missing.get(data[1 + 2 * index]!)?.fill(bits & 0x0f, first, last + 1);
    }
  }
  return isProgressive ? [...missing.values()].every((bits) => bits.every((left) => left === 0)) : null;
}
