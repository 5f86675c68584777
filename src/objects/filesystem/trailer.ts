/**
 * What is known of an object stands in the last 384 bytes of its own file, so that one rename
 * replaces contents and content type together, and a list needs the file's length only.
 *
 *     waybill-object 1\n <ETag, 32 hex digits> \n <content type> \n <spaces>
 */
import { contentTypeProblem } from '../../ports/object-store.ts';

const magic = 'waybill-object 1';

/** 17 for the magic, 33 for the ETag, 256 for the longest content type, the rest spare. */
export const trailerBytes = 384;

export interface Trailer {
  /** The first half of the contents' SHA-256, in hex, without quotes. */
  readonly etag: string;
  readonly contentType: string;
}

export function encodeTrailer(trailer: Trailer): Buffer {
  const block = Buffer.alloc(trailerBytes, 0x20);
  block.write(`${magic}\n${trailer.etag}\n${trailer.contentType}\n`, 'latin1');
  return block;
}

/** Null when these bytes are no trailer: the file was cut short or written by somebody else. */
export function decodeTrailer(block: Uint8Array): Trailer | null {
  if (block.length !== trailerBytes) return null;
  const [first, etag, contentType, rest] = Buffer.from(block.buffer, block.byteOffset, block.length)
    .toString('latin1')
    .split('\n');
  if (first !== magic || etag === undefined || contentType === undefined || rest === undefined) return null;
  if (!/^[0-9a-f]{32}$/.test(etag) || contentTypeProblem(contentType) !== null) return null;
  return { etag, contentType };
}
