import { expect, it } from 'vitest';
import { StudioFailure } from '../../../src/ports/studio.ts';
import { newSku, sha } from '../shop.ts';
import { photoBytes } from './photo-server.ts';
import type { PipelineServer } from './stand.ts';

const statesOf = (events: any[]): string[] => events.map(({ status }) => status).filter((one) => one !== null);

/** What a server with a pipeline does, whatever its store: with a stand whose studio does as it is told. */
export function pipelineRules(current: { readonly server: PipelineServer }): void {
  it('takes an announced photo through all steps, and puts each image on the product once (48)', async () => {
    const { server } = current;
    const sku = newSku();
    const photo = server.stand.photos.put(photoBytes());
    const id = await server.announcePhoto(sku, { photo });
    const job = await server.until(id);
    const name = (aspect: string, folder: string, end: string): string =>
      `${folder}/default/${sku}/${photo.sha256}_${aspect}_1_${end}.jpg`;
    const aspects = ['1x1', '4x5', '16x9'];
    expect(job).toMatchObject({
      status: 'DONE', attempt: 0, costUsd: 0, movedBy: null, remainingSeconds: 0, errorCode: null,
      originalKey: `originals/${sku}/${photo.sha256}.jpg`, maskKey: `masks/${sku}/${photo.sha256}.png`,
      bgKeys: [`backgrounds/default/${sku}/${photo.sha256}_1.jpg`],
      compositeKeys: aspects.map((aspect) => name(aspect, 'composites', 'master')),
      thumbKeys: aspects.map((aspect) => name(aspect, 'thumbs', '400')),
      providers: { segmentation: 'local', backgrounds: 'local' },
      shopifyProductId: server.stand.shop.files.products.at(-1)!.id, pausedUntil: null,
    });
    expect(statesOf(await server.events(id)).filter((state, at, all) => state !== all[at - 1])).toEqual([
      'NEW', 'QUEUED', 'SEGMENTING', 'BG_GENERATING', 'COMPOSITING', 'SHOPIFY_PUSH', 'DONE',
    ]);
    expect(Object.values(job.timings)).toEqual(Array(5).fill(expect.any(Number)));
    expect(server.imagesOn(sku)).toEqual(aspects.map((aspect) => `waybill-${id}-${aspect}_1.jpg`));
    expect(job.shopifyMediaIds).toEqual(server.stand.shop.files.products.at(-1)!.media);
    for (const kind of ['original', 'mask', 'bg', 'composite', 'thumb']) {
      const { getUrl } = (await server.step(id, 'presign', { kind, aspect: '4x5' })).body.data;
      expect([kind, (await fetch(getUrl)).status]).toEqual([kind, 200]);
    }
  });

  it('makes images as a stored theme says, and as the one that ships once that is deleted', async () => {
    const { server } = current;
    const backdrops = [{ style: 'sweep', wall: '#101010', floor: '#202020' }];
    const path = '/api/themes/valentines';
    expect((await server.ask('PUT', path, { aspects: ['4x5'], variants: 1, backdrops })).status).toBe(200);
    const aspectsOf = async (): Promise<string[]> => {
      const job = await server.until(await server.announcePhoto(newSku(), { theme: 'valentines' }));
      return job.compositeKeys.map((key: string) => /_(\d+x\d+)_1_master/.exec(key)?.[1]);
    };
    expect(await aspectsOf()).toEqual(['4x5']);
    expect((await server.ask('DELETE', path)).status).toBe(200);
    expect((await server.ask('DELETE', path)).status).toBe(404);
    expect(await aspectsOf()).toEqual(['1x1', '4x5', '16x9']);
  });

  it('fails at once, and asks for nothing else, when the photo is not the one that was announced (49)', async () => {
    const { server } = current;
    const sku = newSku();
    const before = server.stand.imaging.calls.length;
    const { imageUrl } = server.stand.photos.put(photoBytes());
    const other = server.stand.photos.put(photoBytes());
    const id = await server.announcePhoto(sku, { photo: { imageUrl, sha256: other.sha256 } });
    expect(await server.until(id)).toMatchObject({
      status: 'FAILED', errorCode: 'HASH_MISMATCH', attempt: 0, costUsd: 0,
      errorMessage: expect.stringContaining(other.sha256),
    });
    expect([server.stand.imaging.calls.slice(before), server.imagesOn(sku)]).toEqual([[], []]);
    const short = await server.announcePhoto(sku, { photo: { imageUrl, sha256: sha } });
    expect(await server.until(short)).toMatchObject({ errorCode: 'HASH_MISMATCH' });
  });

  it('fails with INVALID_IMAGE when the file is no photo (51)', async () => {
    const { server } = current;
    const photo = server.stand.photos.put(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'));
    const id = await server.announcePhoto(newSku(), { photo });
    expect(await server.until(id)).toMatchObject({
      status: 'FAILED', errorCode: 'INVALID_IMAGE', attempt: 0, errorMessage: expect.stringContaining('no photo'),
    });
  });

  it('fails with PRODUCT_NOT_FOUND before anything is made when the shop has no such product (53)', async () => {
    const { server } = current;
    const before = server.stand.imaging.calls.filter((name) => name === 'segment').length;
    const id = await server.announce(newSku('NOWHERE'), server.stand.photos.put(photoBytes()));
    expect(await server.until(id)).toMatchObject({ status: 'FAILED', errorCode: 'PRODUCT_NOT_FOUND', attempt: 0 });
    expect(server.stand.imaging.calls.filter((name) => name === 'segment')).toHaveLength(before);
  });

  it('fails with the studio\'s sentence when no picture for a shop can be made', async () => {
    const { server } = current;
    server.stand.imaging.failures.push({
      on: 'cutOut', error: new StudioFailure('QUALITY_CHECK_FAILED', 'Nearly nothing is cut out of the photo.'),
    });
    const id = await server.announcePhoto(newSku());
    expect(await server.until(id)).toMatchObject({
      status: 'FAILED', errorCode: 'QUALITY_CHECK_FAILED', errorMessage: 'Nearly nothing is cut out of the photo.',
      attempt: 0,
    });
  });

  it('goes on after a retry with what it has, and does no step twice', async () => {
    const { server } = current;
    const sku = newSku();
    const error = new StudioFailure('QUALITY_CHECK_FAILED', 'It is too dark.');
    server.stand.imaging.failures.push({ on: 'compose', error });
    const id = await server.announcePhoto(sku);
    await server.until(id);
    const before = server.stand.imaging.calls.length;
    expect((await server.step(id, 'retry')).body.data).toMatchObject({ status: 'QUEUED', movedBy: 'pipeline' });
    const job = await server.until(id);
    expect([job.status, job.attempt, job.providers.segmentation]).toEqual(['DONE', 1, 'local']);
    expect(server.stand.imaging.calls.slice(before)).toEqual(['inspect', 'compose']);
    expect(server.imagesOn(sku)).toHaveLength(3);
  });
}
