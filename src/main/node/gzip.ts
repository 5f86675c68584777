import { gunzipSync, gzipSync } from 'node:zlib';
import type { Gzip } from '../../ports/gzip.ts';

/**
 * In the calling thread: a chunk takes some milliseconds at most, and with a few lines the way to another thread and
 * back takes ten times as long as the packing.
 */
export const nodeGzip: Gzip = {
  // The lowest level takes a third of the time of the usual one, and a fifth more bytes.
  async pack(bytes) {
    // In one piece that nothing else shares: Node takes pieces of 16 KB from memory that many buffers share, all of
    // which stays as long as any of them is used.
    const packed = gzipSync(bytes, { level: 1, chunkSize: Math.max(minOwnBytes, bytes.byteLength + fewBytes) });
    const exact = new Uint8Array(packed);
    packed.buffer.transfer(0);
    return exact;
  },
  async unpack(bytes, maxBytes, read) {
    const plain = unpacked(bytes, maxBytes);
    if (plain === null) return null;
    try {
      return read(plain);
    } finally {
      // At once, not when garbage is collected next: a busy log takes hundreds of megabytes a minute.
      if (plain.byteLength >= minOwnBytes) plain.buffer.transfer(0);
    }
  },
};

function unpacked(bytes: Uint8Array, maxBytes: number): Buffer<ArrayBuffer> | null {
  try {
    // In one piece, if it is as long as it says: else Node puts pieces of 16 KB together. One that is full has Node
    // make another, which is why it is larger by a byte.
    const chunkSize = Math.max(minPiece, Math.min(maxBytes, saidLength(bytes)) + 1);
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize });
  } catch {
    return null;
  }
}

/** Smaller buffers may share their memory with others: half of https://nodejs.org/api/buffer.html#bufferpoolsize */
const minOwnBytes = Buffer.poolSize;

/** More than gzip makes of so many bytes that cannot be compressed. */
const fewBytes = 1_024;

/** zlib takes none that are smaller. */
const minPiece = 64;

/** What gzip ends with: how much the last member unpacks to. */
function saidLength({ buffer, byteOffset, byteLength }: Uint8Array): number {
  return byteLength < 18 ? 0 : new DataView(buffer, byteOffset).getUint32(byteLength - 4, true);
}
