import { gunzipSync, gzipSync } from 'node:zlib';
import type { Gzip } from '../../ports/gzip.ts';

/**
 * In the calling thread: a chunk takes some milliseconds at most, and with a few lines the way to another thread and
 * back takes ten times as long as the packing.
 */
export const nodeGzip: Gzip = {
  // The lowest level takes a third of the time of the usual one, and a fifth more bytes.
  pack: async (bytes) => gzipSync(bytes, { level: 1 }),
  async unpack(bytes, maxBytes) {
    try {
      // In one piece, if it is as long as it says: else Node puts pieces of 16 KB together.
      const chunkSize = Math.min(maxBytes, Math.max(minPiece, saidLength(bytes)));
      return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize });
    } catch {
      return null;
    }
  },
};

/** zlib takes none that are smaller. */
const minPiece = 64;

/** What gzip ends with: how much the last member unpacks to. */
function saidLength({ buffer, byteOffset, byteLength }: Uint8Array): number {
  return byteLength < 18 ? 0 : new DataView(buffer, byteOffset).getUint32(byteLength - 4, true);
}
