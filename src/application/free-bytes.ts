/**
 * Gives the memory of bytes back at once, not when garbage is collected next: a busy log would take hundreds of
 * megabytes a minute. To be called by their only user. Bytes that share their memory with others are left alone.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
