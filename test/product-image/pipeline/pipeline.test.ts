import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImageProviderFailure } from '../../../src/ports/image-provider.ts';
import { StudioFailure } from '../../../src/ports/studio.ts';
import { newSku, sha } from '../shop.ts';
import { photoBytes } from './photo-server.ts';
import { openStand, PipelineServer, type Stand } from './stand.ts';

let stand: Stand;
let server: PipelineServer;
beforeAll(async () => {
  stand = await openStand();
  server = await PipelineServer.open(stand);
});
afterAll(async () => {
  await server.server.remove();
  await stand.close();
});

const statesOf = (events: any[]): string[] => events.map(({ status }) => status).filter((one) => one !== null);

describe('the pipeline', () => {
  it('takes an announced photo through all steps, and puts each image on the product once (48)', async () => {
    const sku = newSku();
    const photo = stand.photos.put(photoBytes());
    const id = await server.announcePhoto(sku, { photo });
    const job = await server.until(id);
    const name = (aspect: string, folder: string, end: string): string =>
      `${folder}/default/${sku}/${photo.sha256}_${aspect}_1_${end}.jpg`;
    const aspects = ['1x1', '4x5', '16x9'];
    expect(job).toMatchObject({
      status: 'DONE', attempt: 0, costUsd: 0, movedBy: 'outside', remainingSeconds: 0, errorCode: null,
      originalKey: `originals/${sku}/${photo.sha256}.jpg`, maskKey: `masks/${sku}/${photo.sha256}.png`,
      bgKeys: [`backgrounds/default/${sku}/${photo.sha256}_1.jpg`],
      compositeKeys: aspects.map((aspect) => name(aspect, 'composites', 'master')),
      thumbKeys: aspects.map((aspect) => name(aspect, 'thumbs', '400')),
      providers: { segmentation: 'local', backgrounds: 'local' },
      shopifyProductId: stand.shop.files.products.at(-1)!.id, pausedUntil: null,
    });
    expect(statesOf(await server.events(id)).filter((state, at, all) => state !== all[at - 1])).toEqual([
      'NEW', 'QUEUED', 'SEGMENTING', 'BG_GENERATING', 'COMPOSITING', 'SHOPIFY_PUSH', 'DONE',
    ]);
    expect(Object.values(job.timings)).toEqual(Array(5).fill(expect.any(Number)));
    expect(server.imagesOn(sku)).toEqual(aspects.map((aspect) => `waybill-${id}-${aspect}_1.jpg`));
    expect(job.shopifyMediaIds).toEqual(stand.shop.files.products.at(-1)!.media);
    for (const kind of ['original', 'mask', 'bg', 'composite', 'thumb']) {
      const { getUrl } = (await server.step(id, 'presign', { kind, aspect: '4x5' })).body.data;
      expect([kind, (await fetch(getUrl)).status]).toEqual([kind, 200]);
    }
  });

  it('fails at once, and asks for nothing else, when the photo is not the one that was announced (49)', async () => {
    const sku = newSku();
    const before = stand.imaging.calls.length;
    const { imageUrl } = stand.photos.put(photoBytes());
    const other = stand.photos.put(photoBytes());
    const id = await server.announcePhoto(sku, { photo: { imageUrl, sha256: other.sha256 } });
    expect(await server.until(id)).toMatchObject({
      status: 'FAILED', errorCode: 'HASH_MISMATCH', attempt: 0, costUsd: 0,
      errorMessage: expect.stringContaining(other.sha256),
    });
    expect([stand.imaging.calls.slice(before), server.imagesOn(sku)]).toEqual([[], []]);
    const short = await server.announcePhoto(sku, { photo: { imageUrl, sha256: sha } });
    expect(await server.until(short)).toMatchObject({ errorCode: 'HASH_MISMATCH' });
  });

  it('fails with INVALID_IMAGE when the file is no photo (51)', async () => {
    const photo = stand.photos.put(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'));
    const id = await server.announcePhoto(newSku(), { photo });
    expect(await server.until(id)).toMatchObject({
      status: 'FAILED', errorCode: 'INVALID_IMAGE', attempt: 0, errorMessage: expect.stringContaining('no photo'),
    });
  });

  it('fails with PRODUCT_NOT_FOUND before anything is made when the shop has no such product (53)', async () => {
    const before = stand.imaging.calls.filter((name) => name === 'segment').length;
    const id = await server.announce(newSku('NOWHERE'), stand.photos.put(photoBytes()));
    expect(await server.until(id)).toMatchObject({ status: 'FAILED', errorCode: 'PRODUCT_NOT_FOUND', attempt: 0 });
    expect(stand.imaging.calls.filter((name) => name === 'segment')).toHaveLength(before);
  });

  it('fails with the studio\'s sentence when no picture for a shop can be made', async () => {
    stand.imaging.failures.push({
      on: 'cutOut', error: new StudioFailure('QUALITY_CHECK_FAILED', 'Nearly nothing is cut out of the photo.'),
    });
    const id = await server.announcePhoto(newSku());
    expect(await server.until(id)).toMatchObject({
      status: 'FAILED', errorCode: 'QUALITY_CHECK_FAILED', errorMessage: 'Nearly nothing is cut out of the photo.',
      attempt: 0,
    });
  });

  it('goes on after a retry with what it has, and does no step twice', async () => {
    const sku = newSku();
    stand.imaging.failures.push({ on: 'compose', error: new StudioFailure('QUALITY_CHECK_FAILED', 'It is too dark.') });
    const id = await server.announcePhoto(sku);
    await server.until(id);
    const before = stand.imaging.calls.length;
    expect((await server.step(id, 'retry')).body.data).toMatchObject({ status: 'QUEUED', movedBy: 'pipeline' });
    const job = await server.until(id);
    expect([job.status, job.attempt, job.providers.segmentation]).toEqual(['DONE', 1, 'local']);
    expect(stand.imaging.calls.slice(before)).toEqual(['inspect', 'cutOut', 'compose']);
    expect(server.imagesOn(sku)).toHaveLength(3);
  });

  it('tries again what may pass, after about 2, 4 and 8 seconds, until no attempt is left (39)', async () => {
    const error = new ImageProviderFailure('SEGMENT_FAILED', 'It was too busy.', { retryable: true });
    const id = await server.announcePhoto(newSku('BUSY'));
    const failing = stand.imaging.before;
    stand.imaging.before = async (name) => {
      if (name === 'segment') throw error;
    };
    const job = await server.until(id, undefined, 25_000).finally(() => (stand.imaging.before = failing));
    expect(job).toMatchObject({
      status: 'FAILED', errorCode: 'SEGMENT_FAILED', errorMessage: 'It was too busy.', attempt: 3, retryAt: null,
    });
    const failed = (await server.events(id)).filter(({ type }) => type === 'AttemptFailed' || type === 'ImageFailed');
    const times = failed.map(({ at }) => Date.parse(at));
    const waits = times.slice(1).map((at, index) => at - times[index]!);
    expect(failed.map(({ type }) => type)).toEqual(['AttemptFailed', 'AttemptFailed', 'AttemptFailed', 'ImageFailed']);
    for (const [index, full] of [2_000, 4_000, 8_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(full / 2);
      expect(waits[index]).toBeLessThan(full + 1_500);
    }
    expect((await server.step(id, 'retry')).status).toBe(409);
  }, 40_000);
});
