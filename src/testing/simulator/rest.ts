import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';

/**
 * Hashes are made at once, not beside the event loop, where nobody but the clock says when they are there;
 * and a hash of a few bytes takes less time than another thread does to hear of it. So are signatures, by HMAC-SHA-256,
 * and what is encrypted by AES-256-GCM with a key that HKDF derives.
 */
crypto.subtle.digest = async (algorithm, data) => {
  if (algorithm !== 'SHA-256' || !ArrayBuffer.isView(data)) throw new RangeError('only bytes are hashed, by SHA-256');
  const hash = createHash('sha256').update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest();
  return Uint8Array.from(hash).buffer;
};

interface SigningKey {
  readonly secret: Uint8Array;
}

const { importKey } = crypto.subtle;
const tagBytes = 16;
const signingKey = (secret: Uint8Array): SigningKey => ({ secret });

crypto.subtle.importKey = (async (format: 'raw', data: Uint8Array<ArrayBuffer>, ...rest: unknown[]) => {
  const [algorithm] = rest as [{ name?: string }];
  if (algorithm.name === 'HMAC' || (algorithm as unknown) === 'HKDF') return signingKey(data);
  return Reflect.apply(importKey, crypto.subtle, [format, data, ...rest]) as unknown;
}) as never;

crypto.subtle.sign = (async (_algorithm: string, { secret }: SigningKey, data: Uint8Array) => {
  return Uint8Array.from(createHmac('sha256', secret).update(data).digest()).buffer;
}) as never;

crypto.subtle.deriveKey = (async ({ salt, info }: HkdfParams, { secret }: SigningKey) => (
  signingKey(new Uint8Array(hkdfSync('sha256', secret, bytesOf(salt), bytesOf(info), 32)))
)) as never;

crypto.subtle.encrypt = (async ({ iv, additionalData }: AesGcmParams, { secret }: SigningKey, data: Uint8Array) => {
  const cipher = createCipheriv('aes-256-gcm', secret, bytesOf(iv)).setAAD(bytesOf(additionalData!));
  return Uint8Array.from(Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()])).buffer;
}) as never;

crypto.subtle.decrypt = (async ({ iv, additionalData }: AesGcmParams, { secret }: SigningKey, data: Uint8Array) => {
  const cipher = createDecipheriv('aes-256-gcm', secret, bytesOf(iv)).setAAD(bytesOf(additionalData!));
  cipher.setAuthTag(data.subarray(-tagBytes));
  return Uint8Array.from(Buffer.concat([cipher.update(data.subarray(0, -tagBytes)), cipher.final()])).buffer;
}) as never;

function bytesOf(source: BufferSource): Uint8Array {
  return source instanceof Uint8Array ? source : new Uint8Array(source as ArrayBuffer);
}

/** Resolves when everything that was set going and waits for nobody has come to rest. */
export function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
