import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/main/config/load.ts';
import { ImageProviderFailure } from '../../../src/ports/image-provider.ts';
import { newSku } from '../shop.ts';
import { pipelineRules } from './pipeline-rules.ts';
import { PipelineServer, pipelineForAll } from './stand.ts';

const current = pipelineForAll();

describe('the pipeline', () => {
  pipelineRules(current);

  it('tries again what may pass, after about 2, 4 and 8 seconds, and leaves the retries to people (39)', async () => {
    const { server, stand } = current;
    const error = new ImageProviderFailure('SEGMENT_FAILED', 'It was too busy.', { retryable: true });
    const id = await server.announcePhoto(newSku('BUSY'));
    const failing = stand.imaging.before;
    stand.imaging.before = async (name) => {
      if (name === 'segment') throw error;
    };
    const job = await server.until(id, undefined, 25_000).finally(() => (stand.imaging.before = failing));
    expect(job).toMatchObject({
      status: 'FAILED', errorCode: 'SEGMENT_FAILED', errorMessage: 'It was too busy.', attempt: 0, tries: 3,
    });
    const failed = (await server.events(id)).filter(({ type }) => type === 'AttemptFailed' || type === 'ImageFailed');
    const times = failed.map(({ at }) => Date.parse(at));
    const waits = times.slice(1).map((at, index) => at - times[index]!);
    expect(failed.map(({ type }) => type)).toEqual(['AttemptFailed', 'AttemptFailed', 'AttemptFailed', 'ImageFailed']);
    for (const [index, full] of [2_000, 4_000, 8_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(full / 2);
      expect(waits[index]).toBeLessThan(full + 1_500);
    }
    expect((await server.step(id, 'retry')).body.data).toMatchObject({ attempt: 1, tries: 0 });
    expect((await server.until(id)).status).toBe('DONE');
  }, 40_000);

  it('waits when the shop throttles and images are slow to be ready, and puts each there once (54)', async () => {
    const { server, stand: { shop } } = current;
    const sku = newSku();
    shop.files.processingMs = 40_000;
    const id = await server.announcePhoto(sku);
    await server.until(id, ['COMPOSITING', 'SHOPIFY_PUSH']);
    const before = shop.throttled;
    const throttle = (): number => {
      shop.bucket.drainTo(0);
      return shop.throttled - before;
    };
    await expect.poll(throttle, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(2);
    const job = await server.until(id);
    shop.files.processingMs = 0;
    expect([job.status, job.attempt, server.imagesOn(sku).length, new Set(server.imagesOn(sku)).size]).toEqual([
      'DONE', 0, 3, 3,
    ]);
  }, 30_000);

  it('leaves a job alone whose step is reported from outside meanwhile', async () => {
    const { server, stand } = current;
    const sku = newSku();
    const inSegmentation = stand.imaging.held('segment');
    const id = await server.announcePhoto(sku);
    await inSegmentation.reached;
    const reported = await server.step(id, 'segmentation', { maskKey: `masks/${sku}/own.png`, cost: 0.5 });
    expect([reported.status, reported.body.data]).toMatchObject([200, {
      status: 'BG_GENERATING', movedBy: 'outside', maskKey: `masks/${sku}/own.png`, costUsd: 0.5,
    }]);
    inSegmentation.release();
    for (const [, step, body] of server.way(sku).slice(2)) expect((await server.step(id, step, body)).status).toBe(200);
    const { status, costUsd } = await server.job(id);
    expect([status, costUsd, server.imagesOn(sku)]).toEqual(['DONE', 0.542, []]);
  });

  it('stops at once when somebody fails the job, and goes on from there after a retry', async () => {
    const { server, stand } = current;
    const sku = newSku();
    const inComposite = stand.imaging.held('compose');
    const id = await server.announcePhoto(sku);
    await inComposite.reached;
    const failed = await server.step(id, 'fail', { code: 'UNKNOWN', message: 'It is not wanted.' });
    expect([failed.status, failed.body.data.status, failed.body.data.movedBy]).toEqual([200, 'FAILED', null]);
    inComposite.release();
    const before = stand.imaging.calls.length;
    await server.step(id, 'retry');
    expect(await server.until(id)).toMatchObject({ status: 'DONE', attempt: 1 });
    expect(stand.imaging.calls.slice(before).filter((name) => name === 'segment')).toEqual([]);
    expect(server.imagesOn(sku)).toHaveLength(3);
  });

  it('does twenty that are announced at once, each once', async () => {
    const { server } = current;
    const skus = Array.from({ length: 20 }, () => newSku('MANY'));
    const ids = await Promise.all(skus.map((sku) => server.announcePhoto(sku)));
    for (const id of ids) expect((await server.until(id, undefined, 30_000)).status).toBe('DONE');
    for (const sku of skus) expect([sku, new Set(server.imagesOn(sku)).size]).toEqual([sku, 3]);
  }, 40_000);

  it('leaves nothing in the object store of a job that is removed (58)', async () => {
    const { server } = current;
    const id = await server.announcePhoto(newSku('OLD'));
    const job = await server.until(id);
    const keys = ['original', 'mask', 'bg', 'composite', 'thumb'];
    const urlOf = async (kind: string): Promise<string> =>
      (await server.step(id, 'presign', { kind })).body.data.getUrl;
    const urls = await Promise.all(keys.map(urlOf));
    const pruned = await server.ask('POST', '/api/product-images/prune', { olderThanSeconds: 0 }, {
      authorization: 'Bearer admin',
    });
    expect(pruned.body.data.jobs).toBeGreaterThan(0);
    expect((await server.ask('GET', `/api/jobs/${id}`)).status).toBe(404);
    for (const url of urls) expect((await fetch(url)).status).toBe(404);
    const left = readdirSync(join(server.server.folder, 'objects'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.includes(job.imageSha256))).toEqual([]);
  });
});

describe('the time limit of a product image', () => {
  it('ends the job with TIMEOUT, and what the pipeline does for it', async (ctx) => {
    ctx.skip(process.env['WAYBILL_TEST_LONG'] === undefined, 'a minute is the least: in npm run test:long');
    const server = await PipelineServer.open(current.stand, { JOB_TIMEOUT_MIN: '1' });
    const aborted = Promise.withResolvers<void>();
    const { before } = current.stand.imaging;
    current.stand.imaging.before = (_, signal) => new Promise((__, reject) => {
      signal.addEventListener('abort', () => {
        aborted.resolve();
        reject(signal.reason as Error);
      });
    });
    const id = await server.announcePhoto(newSku());
    const job = await server.until(id, undefined, 90_000);
    expect(job).toMatchObject({ status: 'FAILED', errorCode: 'TIMEOUT', attempt: 0, movedBy: null });
    await aborted.promise;
    current.stand.imaging.before = before;
    await server.server.remove();
  }, 120_000);
});

describe('a pipeline that is switched on', () => {
  it('takes the jobs that were announced or started before, and learns how long their steps take', async () => {
    const { stand } = current;
    const before = await PipelineServer.open(stand, { WAYBILL_WORKERS: '' });
    const [announced, started] = [await before.announcePhoto(newSku()), await before.announcePhoto(newSku())];
    await before.step(started, 'start');
    expect((await before.job(announced)).remainingSeconds).toBe(285);
    await before.server.close();
    const after = await PipelineServer.open(stand, { WAYBILL_DATA: before.server.folder });
    for (const id of [announced, started]) expect((await after.until(id)).status).toBe('DONE');
    // Of a step that fails, nothing is learned.
    const held = stand.imaging.held('inspect');
    const id = await after.announcePhoto(newSku());
    await expect.poll(async () => (await after.job(id)).remainingSeconds, { timeout: 10_000 }).toBeLessThan(30);
    held.release();
    expect((await after.until(id)).status).toBe('DONE');
    await after.server.remove();
    await before.server.remove();
  }, 40_000);

  it.each([
    [{ SHOPIFY_STORE_DOMAIN: '', SHOPIFY_ADMIN_TOKEN: '' }, '--workers pipeline needs a shop'],
    [{ PRODUCT_IMAGES: 'false' }, 'PRODUCT_IMAGES is false'],
    [{ SEGMENT_PROVIDER: 'replicate' }, 'REPLICATE_API_TOKEN is not set: SEGMENT_PROVIDER=replicate needs it'],
    [{ JOB_COST_LIMIT_USD: '1.0000001' }, 'JOB_COST_LIMIT_USD is "1.0000001": it must be an amount'],
  ])('does not start with %o, and says why', (env, message) => {
    const loaded = loadConfig({ flags: {}, env: { WAYBILL_DEV: 'true', ...current.stand.env, ...env } });
    expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.message)).toEqual([
      expect.stringContaining(message),
    ]);
  });
});
