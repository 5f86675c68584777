import { expect, it } from 'vitest';
import { newSku, type Shop, type Answer } from './shop.ts';

/** Conversations of whoever looks after product images, on a server that has no others yet. */
export function listRules(shop: Shop): void {
  it('is counted by zeros where nothing is stored, and exactly where something is (40)', async () => {
    const zeros = (await shop.ask('GET', '/api/jobs/stats')).body.data;
    expect(zeros).toMatchObject({
      total: 0, totalCostUsd: 0, meanCostUsd: 0, meanDurationSeconds: 0, failureRate: 0, counts: [],
      byStatus: { NEW: 0, DONE: 0, FAILED: 0 }, today: { total: 0, done: 0, failed: 0 },
    });
    for (let at = 0; at < 3; at++) await shop.done(newSku());
    await shop.step(await shop.announce(newSku()), 'fail', { code: 'UNKNOWN', message: 'It failed.' });
    await expect.poll(async () => (await shop.ask('GET', '/api/jobs/stats')).body.data, { timeout: 10_000 })
      .toMatchObject({
        total: 4, byStatus: { DONE: 3, FAILED: 1 }, failureRate: 0.25, totalCostUsd: 0.1329, meanCostUsd: 0.1329 / 4,
        today: { total: 4, done: 3, failed: 1 },
      });
  });

  it('is listed by status, sku and theme, and by several of them, with the right total (41)', async () => {
    const sku = newSku('A B#');
    const done = await shop.done(sku);
    const open = await shop.announce(sku, { theme: 'halloween' });
    const list = async (query: string) => {
      const { status, body } = await shop.ask('GET', `/api/jobs?${query}`);
      expect([query, status]).toEqual([query, 200]);
      return [body.data.jobs.map(({ id }: { id: string }) => id), body.data.total];
    };
    const name = encodeURIComponent(sku);
    expect(await list(`sku=${name}`)).toEqual([[open, done], 2]);
    expect(await list(`sku=${name}&status=DONE`)).toEqual([[done], 1]);
    expect(await list(`sku=${name}&theme=halloween`)).toEqual([[open], 1]);
    expect(await list(`sku=${name}&status=NEW,DONE&limit=1&offset=1`)).toEqual([[done], 2]);
    expect(await list(`theme=halloween&status=DONE`)).toEqual([[], 0]);
    const wrong = await shop.ask('GET', '/api/jobs?status=DONE,NOPE');
    expect([wrong.status, Object.keys(wrong.body.error.details.fields)]).toEqual([400, ['status']]);
  });

  it('has a cover for lists, several in one answer: null where there is no picture yet', async () => {
    const [done, fresh] = [await shop.done(newSku()), await shop.announce(newSku())];
    const other = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
    const { status, body } = await shop.ask('GET', `/api/product-images/covers?ids=${fresh},${other},${done}`);
    expect([status, body.data.covers]).toEqual([200, [
      { id: fresh, url: null }, { id: done, url: expect.stringContaining('/composites/') },
    ]]);
    expect((await shop.ask('GET', '/api/product-images/covers?ids=x')).status).toBe(400);
  });

  it('is listed in pages by offset, newest first, and by a cursor while others are made (42)', async () => {
    const theme = 'pages';
    const made: string[] = [];
    for (let at = 0; at < 25; at++) made.unshift(await shop.announce(newSku(), { theme }));
    const page = async (query: string) => (await shop.ask('GET', `/api/jobs?theme=${theme}&${query}`)).body.data;
    const ids = ({ jobs }: { jobs: { id: string }[] }) => jobs.map(({ id }) => id);
    const last = await page('limit=10&offset=20');
    expect([ids(last), last.total, last.nextCursor]).toEqual([made.slice(20), 25, null]);
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const next = await page(`limit=10${cursor}`);
      seen.push(...ids(next));
      await shop.announce(newSku(), { theme });
      if (next.nextCursor === null) break;
      cursor = `&cursor=${next.nextCursor}`;
    }
    expect(seen).toEqual(made);
    expect((await shop.ask('GET', `/api/jobs?offset=1&cursor=${made[0]}`)).status).toBe(400);
  });

  it('is not for callers without a token, or without the role of operators (45)', async () => {
    const id = await shop.announce(newSku());
    const steps = [
      'start', 'presign', 'segmentation', 'backgrounds', 'composite', 'shopify', 'fail', 'retry', 'cancel',
    ];
    const key = (await shop.ask('POST', '/api/tokens', { name: 'eve', userId: 'eve', roles: ['user'] }, {
      authorization: 'Bearer admin',
    })).body.data.key;
    for (const step of steps) {
      const path = `/api/jobs/${id}/${step}`;
      expect([step, (await shop.ask('POST', path, {}, { authorization: '' })).status]).toEqual([step, 401]);
      const asUser = await shop.ask('POST', path, {}, { authorization: `Bearer ${key}` });
      expect([step, asUser.status]).toEqual([step, step === 'retry' || step === 'cancel' ? 404 : 403]);
    }
    expect((await shop.ask('GET', `/api/jobs/${id}`, undefined, { authorization: `Bearer ${key}` })).status).toBe(404);
    const list = await shop.ask('GET', '/api/jobs', undefined, { authorization: `Bearer ${key}` });
    expect(list.body.data.jobs).toEqual([]);
    const stats = await shop.ask('GET', '/api/jobs/stats', undefined, { authorization: `Bearer ${key}` });
    expect(stats.body.data).toEqual({ counts: [] });
    expect((await shop.ask('POST', '/api/product-images/prune', { olderThanSeconds: 0 })).status).toBe(403);
  });

  it('takes a flood of webhooks, some badly signed, as one job each (59)', async () => {
    const length = process.env['WAYBILL_TEST_LONG'] === undefined ? 60 : 1_000;
    const images = Array.from({ length }, () => ({
      sku: newSku('flood'), imageUrl: 'https://example.com/a.jpg', sha256: 'abcdef',
    }));
    // All at once are more connections than one address may have: those that are turned away come again.
    const send = async (image: object, isSigned: boolean): Promise<Answer> => {
      for (;;) {
        const answer = await shop.hook(image, isSigned ? {} : { headers: { 'x-signature': 'wrong' } });
        if (answer.status !== 429) return answer;
        await new Promise((resolve) => setTimeout(resolve, 1_000 * Number(answer.headers.get('retry-after'))));
      }
    };
    const answers = await Promise.all(images.flatMap((image) => [1, 2, 3, 4, 5].map((at) => send(image, at < 5))));
    const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
    expect([count(201), count(200), count(401)]).toEqual([length, 3 * length, length]);
  }, 120_000);

  it('is removed with its objects when it is old enough, and its sku has room again (58)', async () => {
    const admin = { authorization: 'Bearer admin' };
    const prune = async (olderThanSeconds: number) =>
      (await shop.ask('POST', '/api/product-images/prune', { olderThanSeconds }, admin)).body.data;
    const sku = newSku();
    const id = await shop.announce(sku);
    const other = await shop.announce(sku, { theme: 'halloween' });
    const { original } = (await shop.step(id, 'start')).body.data.urls;
    const bg = (await shop.step(id, 'presign', { kind: 'bg' })).body.data;
    for (const { putUrl } of [original, bg]) {
      await fetch(putUrl, { method: 'PUT', body: 'JPEG', headers: { 'content-type': 'image/jpeg' } });
    }
    await shop.advance(id, sku, 'DONE');
    expect(await prune(3_600)).toEqual({ jobs: 0, objects: 0, more: false });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const first = await prune(0);
    expect([first.jobs >= 1, (await shop.ask('GET', `/api/jobs/${id}`)).status]).toEqual([true, 404]);
    // The other theme's job has the same original.
    expect((await shop.job(other)).status).toBe('NEW');
    const statuses = await Promise.all([original, bg].map(async ({ getUrl }) => (await fetch(getUrl)).status));
    expect(statuses).toEqual([200, 404]);
    const anew = await shop.announce(sku);
    expect(anew).not.toBe(id);
  });
}
