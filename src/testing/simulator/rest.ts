import { createHash } from 'node:crypto';

/**
 * Hashes are made at once, not beside the event loop, where nobody but the clock says when they are there;
 * and a hash of a few bytes takes less time than another thread does to hear of it.
 */
crypto.subtle.digest = async (algorithm, data) => {
  if (algorithm !== 'SHA-256' || !ArrayBuffer.isView(data)) throw new RangeError('only bytes are hashed, by SHA-256');
  const hash = createHash('sha256').update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest();
  return Uint8Array.from(hash).buffer;
};

/** Resolves when everything that was set going and waits for nobody has come to rest. */
export function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
