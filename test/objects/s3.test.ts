import { describe, expect, it } from 'vitest';
import { createS3Objects } from '../../src/objects/s3/index.ts';
import type { Clock } from '../../src/ports/world.ts';
import { objectStoreSuite } from '../../src/testing/object-store-suite.ts';
import { s3FromEnvironment } from './s3-environment.ts';

const s3 = s3FromEnvironment();

if (s3.missing.length > 0) {
  describe('s3', () => {
    it('keeps the contract of objects on a real S3 server', ({ skip }) => {
      skip(`set ${s3.missing.join(', ')} to run it`);
    });
  });
} else {
  const at = (clock: Clock) => createS3Objects({ ...s3.settings, clock });
  objectStoreSuite('s3', async () => ({ store: at({ now: () => Date.now() }), at, close: async () => {} }), {
    maxObjectBytes: null,
    maxSegmentBytes: null,
    headByGetUrl: false,
    putIfAbsent: true,
  });

  describe('a real S3 server', () => {
    const clock = { now: () => Date.now() };

    it.each([
      [{ secretAccessKey: 'wrong' }, /SignatureDoesNotMatch.*the secret access key or the region is wrong/],
      [{ accessKeyId: 'NOBODY' }, /InvalidAccessKeyId.*the access key is unknown there/],
      [{ bucket: 'no-such-bucket-here' }, /NoSuchBucket.*there is no such bucket/],
    ])('is told from a good one by the check: %j', async (wrong, message) => {
      const objects = createS3Objects({ ...s3.settings, clock, ...wrong });
      await expect(objects.check()).rejects.toThrow(message);
      await expect(objects.list('')).rejects.toThrow(message);
      await expect(objects.get('k')).rejects.toThrow(/S3 (says|answered)/);
      await expect(objects.delete(['k'])).rejects.toThrow(/S3 (says|answered)/);
    });

    it('does not hand out an object that would unpack itself', async () => {
      const objects = at(clock);
      const key = `packed-${crypto.randomUUID()}`;
      const headers = { 'Content-Encoding': 'gzip' };
      const url = await objects.presignPut(key, { expiresInSeconds: 60 });
      expect((await fetch(url, { method: 'PUT', headers, body: 'x' })).status).toBe(200);
      await expect(objects.get(key)).rejects.toThrow(/Content-Encoding/);
      await objects.delete([key]);
      expect(await objects.get(key)).toBeNull();
    });
  });
}
