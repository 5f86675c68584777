/**
 * What is known of an object stands in the last 384 bytes of its own file, so that one rename
 * replaces contents and content type together, and a list needs the file's length only.
 *
 *     waybill-object 1\n <ETag, 32 hex digits> \n <content type> \n <spaces>
 *
 * All of it is the extra field of an empty gzip member (RFC 1952, section 2.3): so the file of an object that is packed
 * by gzip, such as a log, is one too, and whoever finds it by its URI can unpack it.
 */
import { contentTypeProblem } from '../../ports/object-store.ts';

const magic = 'waybill-object 1';

/** 26 for gzip, 17 for the magic, 33 for the ETag, 256 for the longest content type, the rest spare. */
export const trailerBytes = 384;

/** Before the text: the member's header with an extra field, which has one subfield, "wb". */
const head = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 0, 0, 0x77, 0x62, 0, 0]);
/** Behind it: an empty block, its checksum and length. */
const tail = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const textBytes = trailerBytes - head.length - tail.length;
head.writeUInt16LE(textBytes + 4, 10);
head.writeUInt16LE(textBytes, 14);

export interface Trailer {
  /** The first half of the contents' SHA-256, in hex, without quotes. */
  readonly etag: string;
  readonly contentType: string;
}

export function encodeTrailer(trailer: Trailer): Buffer {
  const text = Buffer.alloc(textBytes, 0x20);
  text.write(`${magic}\n${trailer.etag}\n${trailer.contentType}\n`, 'latin1');
  return Buffer.concat([head, text, tail]);
}

/** Null when these bytes are no trailer: the file was cut short or written by somebody else. */
export function decodeTrailer(block: Uint8Array): Trailer | null {
  if (block.length !== trailerBytes) return null;
  const [first, etag, contentType, rest] = Buffer.from(block.buffer, block.byteOffset + head.length, textBytes)
    .toString('latin1')
    .split('\n');
  if (first !== magic || etag === undefined || contentType === undefined || rest === undefined) return null;
  if (!/^[0-9a-f]{32}$/.test(etag) || contentTypeProblem(contentType) !== null) return null;
  return { etag, contentType };
}
