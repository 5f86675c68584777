import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { png } from '../../imaging/made-files.ts';
import { rememberingPrograms } from '../../imaging/remembered.ts';
import { productPhoto } from '../../imaging/samples.ts';
import { openTestServer } from '../../server/server.ts';
import { newSku } from '../shop.ts';
import { openStand, PipelineServer, type Stand } from './stand.ts';

/** With the studio and the providers that are built in. */
let stand: Stand;
let server: PipelineServer;
let photo: Buffer;
beforeAll(async () => {
  vi.stubEnv('NODE_OPTIONS', rememberingPrograms);
  stand = await openStand();
  const studio = { STUDIO_PROCESSES: '1', JOB_MAX_RETRIES: '0' };
  server = new PipelineServer(stand, await openTestServer({ ...stand.env, ...studio }));
  photo = await productPhoto();
}, 60_000);
afterAll(async () => {
  await server.server.remove();
  await stand.close();
  vi.unstubAllEnvs();
});

async function get(id: string, wanted: object): Promise<Buffer> {
  const { getUrl } = (await server.step(id, 'presign', wanted)).body.data;
  return Buffer.from(await (await fetch(getUrl)).arrayBuffer());
}

describe('the pipeline of a server that does everything itself', () => {
  it('makes masters and thumbnails of a real photo in each aspect, and puts the masters in the shop (48)', async () => {
    const sku = newSku('BOWL');
    const id = await server.announcePhoto(sku, { photo: stand.photos.put(photo), theme: 'dark' });
    const job = await server.until(id, undefined, 60_000);
    expect([job.status, job.errorMessage, job.costUsd]).toEqual(['DONE', null, 0]);
    const sizes = { '1x1': [2_048, 2_048], '4x5': [1_638, 2_048], '16x9': [2_048, 1_152] } as const;
    for (const [aspect, [width, height]] of Object.entries(sizes)) {
      const master = await sharp(await get(id, { kind: 'composite', aspect })).metadata();
      const thumb = await sharp(await get(id, { kind: 'thumb', aspect })).metadata();
      expect([aspect, master.format, master.width, master.height]).toEqual([aspect, 'jpeg', width, height]);
      expect(Math.max(thumb.width, thumb.height)).toBe(400);
    }
    const { hasAlpha } = await sharp(await get(id, { kind: 'mask' })).metadata();
    expect([hasAlpha, server.imagesOn(sku)]).toEqual([true, expect.objectContaining({ length: 3 })]);
  }, 90_000);

  it.each([
    ['a text', () => Buffer.from('This is no photo.'), 'INVALID_IMAGE'],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'INVALID_IMAGE'],
    ['a PNG of 30,000 × 30,000 pixels', () => png({ depth: 1, width: 30_000, height: 30_000 }), 'INVALID_IMAGE'],
    ['half a JPEG', () => photo.subarray(0, photo.length / 2), 'INVALID_IMAGE'],
    ['a web page', () => Buffer.from('<!doctype html><title>Not found</title>'), 'INVALID_IMAGE'],
    ['nothing', () => Buffer.alloc(0), 'INVALID_IMAGE'],
  ])('fails at once with a sentence for people when photo.jpg is %s (51)', async (_, file, code) => {
    const id = await server.announcePhoto(newSku(), { photo: stand.photos.put(file()) });
    const job = await server.until(id, undefined, 30_000);
    expect([job.status, job.errorCode, job.costUsd]).toEqual(['FAILED', code, 0]);
    expect(job.errorMessage).toMatch(/^[A-Z].{15,}[.)]$/);
  }, 40_000);
});

describe('a photo that is fetched', () => {
  it('is given up when it is too large, long before its end', async () => {
    let sent = 0;
    const closed = Promise.withResolvers<void>();
    const imageUrl = stand.photos.answer('/huge.jpg', (response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' });
      const piece = Buffer.alloc(1024 ** 2, 0xff);
      const send = (): void => {
        sent += piece.length;
        if (!response.destroyed) response.write(piece, () => setImmediate(send));
      };
      response.once('close', () => closed.resolve());
      send();
    });
    const before = process.memoryUsage().rss;
    const id = await server.announcePhoto(newSku(), { photo: { imageUrl, sha256: 'a'.repeat(64) } });
    expect(await server.until(id)).toMatchObject({
      status: 'FAILED', errorCode: 'DOWNLOAD_FAILED', errorMessage: expect.stringContaining('more than 33554432 bytes'),
    });
    await closed.promise;
    expect(sent).toBeLessThan(64 * 1024 ** 2);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 ** 2);
  });

  it.each([
    ['says that it has 10 GB', { 'content-length': String(10 * 1024 ** 3) }, 200, 'more than 33554432 bytes'],
    ['redirects to where machines have their secrets', { location: 'http://169.254.169.254/latest' }, 302, 'URL that'],
    ['redirects to a file of the server', { location: 'file:///etc/passwd' }, 302, 'http or https'],
    ['is not there', {}, 404, 'answered 404'],
  ])('fails at once when its server %s', async (what, headers, status, message) => {
    const imageUrl = stand.photos.answer(`/${encodeURIComponent(what)}`, (response) => {
      response.writeHead(status, headers as Record<string, string>);
      response.flushHeaders();
      if (status !== 200) response.end();
    });
    const id = await server.announcePhoto(newSku(), { photo: { imageUrl, sha256: 'a'.repeat(64) } });
    expect(await server.until(id)).toMatchObject({
      status: 'FAILED', errorCode: 'DOWNLOAD_FAILED', errorMessage: expect.stringContaining(message), attempt: 0,
    });
  });
});
