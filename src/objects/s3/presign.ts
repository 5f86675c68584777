/** URLs alone: what a server needs that reaches the bucket itself in another way. */
import { InvariantViolation } from '../../domain/errors.ts';
import { assertPresign, type ObjectStore } from '../../ports/object-store.ts';
import type { Clock } from '../../ports/world.ts';
import type { BucketAddress } from './address.ts';
import type { SigV4Signer } from './sigv4.ts';

/** The most that one PUT takes (S3 user guide, "Uploading objects"). */
const maxPutBytes = 5 * 1024 ** 3;

export type S3Presigning = Pick<ObjectStore, 'presignPut' | 'presignGet' | 'uri'>;

export function createPresigning(address: BucketAddress, signer: SigV4Signer, clock: Clock): S3Presigning {
  const { origin, path } = address;
  const presign = (method: string, key: string, expiresInSeconds: number, headers: Record<string, string>) =>
    signer.presign({ method, origin, path: path(key), headers, expiresInSeconds, at: clock.now() });
  return {
    async presignPut(key, put) {
      assertPresign(key, put);
      assertPutBytes(put.contentLength ?? 0);
      const headers: Record<string, string> = {};
      if (put.contentType !== undefined) headers['content-type'] = put.contentType;
      if (put.contentLength !== undefined) headers['content-length'] = String(put.contentLength);
      return presign('PUT', key, put.expiresInSeconds, headers);
    },
    async presignGet(key, get) {
      assertPresign(key, get);
      return presign('GET', key, get.expiresInSeconds, {});
    },
    uri: (key) => address.uri(key),
  };
}

export function assertPutBytes(bytes: number): void {
  if (bytes > maxPutBytes) throw new InvariantViolation(`one S3 upload has ${maxPutBytes} bytes at most, not ${bytes}`);
}
