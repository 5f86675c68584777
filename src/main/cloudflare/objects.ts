import { createR2Objects, type R2Bucket } from '../../objects/r2/index.ts';
import { bucketAddress } from '../../objects/s3/address.ts';
import { createPresigning } from '../../objects/s3/presign.ts';
import { createSigV4Signer } from '../../objects/s3/sigv4.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { systemClock } from '../node/world.ts';
import type { EdgeConfig } from './config.ts';

/** The bound bucket; clients and workers reach it at R2's S3 endpoint, by presigned URL. */
export function createEdgeObjects(config: EdgeConfig, binding: R2Bucket): ObjectStore {
  const { endpoint, bucket, ...keys } = config.bucket;
  const signer = createSigV4Signer({ ...keys, region: 'auto' });
  return createR2Objects(binding, createPresigning(bucketAddress(endpoint, bucket, true), signer, systemClock));
}
