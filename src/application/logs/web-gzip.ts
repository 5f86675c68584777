import type { Gzip } from '../../ports/gzip.ts';

/** By web standards alone, for where there is nothing else. It unpacks one member, since no more is standard. */
export const webGzip: Gzip = {
  pack: async (bytes) => (await through(bytes, new CompressionStream('gzip'), Infinity)) ?? new Uint8Array(0),
  async unpack(bytes, maxBytes, read) {
    const plain = await through(bytes, new DecompressionStream('gzip'), maxBytes).catch(() => null);
    return plain && read(plain);
  },
};

async function through(
  bytes: Uint8Array,
  { writable, readable }: CompressionStream | DecompressionStream,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const writer = writable.getWriter();
  // Its problems are reported to the reader.
  writer.write(new Uint8Array(bytes)).catch(() => {});
  writer.close().catch(() => {});
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(parts);
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
