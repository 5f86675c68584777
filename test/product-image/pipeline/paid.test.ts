import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StudioFailure } from '../../../src/ports/studio.ts';
import { run } from '../../cli/program.ts';
import { newSku } from '../shop.ts';
import { openStand, PipelineServer, withReplicate, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

async function withServer<T>(
  env: Readonly<Record<string, string>>,
  act: (server: PipelineServer) => Promise<T>,
): Promise<T> {
  const server = await PipelineServer.open(stand, { ...withReplicate, ...env });
  try {
    return await act(server);
  } finally {
    await server.server.remove();
  }
}

/** What the calls that the provider has taken since have cost, by the seconds that they ran. Micro-dollars. */
const callsSince = (count: number) => stand.replicate.predictions.slice(0, stand.replicate.predictions.length - count);
/** Of `cjwbw/rembg`, 3.9 s at 225 a second, and of one background by SDXL, 5 s at 975. */
const [cutOutMicroUsd, backgroundMicroUsd] = [878, 4_875];

describe('a product image whose calls cost money', () => {
  it('has the real costs, the ids of the calls and who made them', async () => {
    await withServer({}, async (server) => {
      const before = stand.replicate.predictions.length;
      const job = await server.until(await server.announcePhoto(newSku()));
      const [background, cutOut] = callsSince(before);
      expect(job).toMatchObject({
        status: 'DONE', costMicroUsd: cutOutMicroUsd + backgroundMicroUsd,
        providers: { segmentation: 'replicate', backgrounds: 'replicate' },
        segmentJobId: cutOut!.id, bgJobIds: [background!.id],
      });
      expect(background!.input).toMatchObject({ num_outputs: 1, prompt: expect.stringContaining('studio') });
      const { spending } = (await server.ask('GET', '/api/jobs/stats')).body.data;
      expect(spending).toEqual({ todayUsd: job.costUsd, dailyLimitUsd: 50, pausedUntil: null });
    });
  });

  it('has the costs of calls that failed as well, each once', async () => {
    await withServer({}, async (server) => {
      stand.replicate.next = { ...stand.replicate.next, error: 'CUDA out of memory' };
      const before = stand.replicate.predictions.length;
      const id = await server.announcePhoto(newSku());
      await expect.poll(async () => (await server.job(id)).tries, { timeout: 8_000 }).toBe(1);
      stand.replicate.next = { ...stand.replicate.next, error: null };
      const job = await server.until(id);
      expect([job.status, callsSince(before).length, job.costMicroUsd]).toEqual([
        'DONE', 3, 2 * cutOutMicroUsd + backgroundMicroUsd,
      ]);
    });
  });

  it('fails with COST_LIMIT_EXCEEDED before a call that would pass its limit, and makes no other (56)', async () => {
    await withServer({ JOB_COST_LIMIT_USD: '0.005' }, async (server) => {
      const before = stand.replicate.predictions.length;
      const job = await server.until(await server.announcePhoto(newSku()));
      expect(job).toMatchObject({
        status: 'FAILED', errorCode: 'COST_LIMIT_EXCEEDED', costMicroUsd: cutOutMicroUsd, attempt: 0,
        errorMessage: expect.stringContaining('0.005 USD'),
      });
      expect(callsSince(before)).toHaveLength(1);
    });
  });

  it('waits while the daily limit is reached, its time limit standing still, and says so', async () => {
    await withServer({ AI_DAILY_SOFT_LIMIT_USD: '0.0001' }, async (server) => {
      const first = await server.until(await server.announcePhoto(newSku()), ['BG_GENERATING']);
      await expect.poll(async () => (await server.job(first.id)).pausedUntil).toMatch(/T00:00:00\.000Z$/);
      const paused = await server.job(first.id);
      expect([paused.status, paused.errorCode, paused.attempt]).toEqual(['BG_GENERATING', null, 0]);
      expect(Date.parse(paused.deadlineAt)).toBeGreaterThan(Date.parse(paused.pausedUntil) + 590_000);
      const { spending } = (await server.ask('GET', '/api/jobs/stats')).body.data;
      const { pausedUntil, costUsd: todayUsd } = paused;
      expect(spending).toEqual({ todayUsd, dailyLimitUsd: 0.0001, pausedUntil });
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toMatch(/waybill_product_image_spending_usd 0\.000878\n[^]*spending_paused 1\n/);
      const { stdout } = await run(['doctor', '--dev', '--server', server.url, '--token', 'op', '--json'], {});
      expect(JSON.parse(stdout).findings).toContainEqual(expect.objectContaining({
        part: 'spending', status: 'warn', message: expect.stringContaining(`wait until ${pausedUntil}`),
      }));
      expect(server.server.log.join('\n')).toContain('what may be spent today is spent');
      const { body } = await server.step(first.id, 'fail', { code: 'UNKNOWN', message: 'It is not needed.' });
      expect(body.data).toMatchObject({ status: 'FAILED', pausedUntil: null, costMicroUsd: cutOutMicroUsd });
    });
  });

  it('fails when the provider answers HTML instead of a picture, and has what that cost', async () => {
    await withServer({}, async (server) => {
      const { output } = stand.replicate;
      stand.replicate.output = { bytes: new TextEncoder().encode('<html>Bad gateway</html>'), type: 'text/html' };
      const job = await server.until(await server.announcePhoto(newSku()));
      stand.replicate.output = output;
      expect(job).toMatchObject({
        status: 'FAILED', errorCode: 'SEGMENT_FAILED', attempt: 0, costMicroUsd: cutOutMicroUsd,
        errorMessage: expect.stringContaining('no PNG'),
      });
    });
  });

  it('pays for no background of a product that is cut out too badly for a shop', async () => {
    await withServer({}, async (server) => {
      const before = stand.replicate.predictions.length;
      const error = new StudioFailure('QUALITY_CHECK_FAILED', 'Nearly nothing is cut out of the photo.');
      server.stand.imaging.failures.push({ on: 'cutOut', error });
      const job = await server.until(await server.announcePhoto(newSku()));
      expect(job).toMatchObject({
        status: 'FAILED', errorCode: 'QUALITY_CHECK_FAILED', attempt: 0, costMicroUsd: cutOutMicroUsd,
      });
      expect(callsSince(before)).toHaveLength(1);
    });
  });

  it('goes on when the API of the provider answers HTML with 200 for a while', async () => {
    await withServer({}, async (server) => {
      const html = (response: ServerResponse): void =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>');
      stand.replicate.faults.push({ on: 'POST /v1/predictions', when: 'before', answer: html });
      const job = await server.until(await server.announcePhoto(newSku()));
      expect([job.status, job.costMicroUsd]).toEqual(['DONE', cutOutMicroUsd + backgroundMicroUsd]);
    });
  });

  it('counts a call that was under way at its end as estimated, and as it was after a retry', async () => {
    await withServer({}, async (server) => {
      stand.replicate.next = { ...stand.replicate.next, startingMs: 60_000 };
      const before = stand.replicate.predictions.length;
      const id = await server.announcePhoto(newSku());
      await expect.poll(async () => (await server.job(id)).segmentJobId, { timeout: 5_000 }).not.toBeNull();
      const failed = (await server.step(id, 'fail', { code: 'UNKNOWN', message: 'Not now.' })).body.data;
      expect([failed.costMicroUsd, failed.movedBy]).toEqual([cutOutMicroUsd, null]);
      stand.replicate.next = { ...stand.replicate.next, startingMs: 1_000 };
      await server.step(id, 'retry');
      const job = await server.until(id);
      const ran = callsSince(before).map(({ canceledAt }) => canceledAt);
      const cutOuts = ran.filter((at) => at === null).length - 1;
      expect([job.status, job.costMicroUsd]).toEqual(['DONE', cutOuts * cutOutMicroUsd + backgroundMicroUsd]);
    });
  });
});
