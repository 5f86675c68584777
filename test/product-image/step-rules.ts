import { expect, it } from 'vitest';
import { newSku, sha, type Shop } from './shop.ts';

/** Of a server that takes uploads itself. A store that others run takes them for as long as its URLs are good. */
export function uploadRules(shop: Shop): void {
  it('takes nothing at a URL whose job has ended', async () => {
    const id = await shop.announce(newSku());
    const { putUrl } = (await shop.step(id, 'start')).body.data.urls.mask;
    await shop.step(id, 'fail', { code: 'UNKNOWN', message: 'It was wrong.' });
    const put = await fetch(putUrl, { method: 'PUT', body: 'PNG', headers: { 'content-type': 'image/png' } });
    expect(put.status).toBe(404);
    expect((await shop.step(id, 'presign', { kind: 'mask' })).body.data).toMatchObject({ putUrl: null });
  });
}

/**
 * Conversations of an orchestrator that does the steps and reports them. `wrongType`: the status that answers an upload
 * of another type than was signed.
 */
export function stepRules(shop: Shop, { wrongType = 400 } = {}): void {
  it('shows a new job whole, with empty lists and no cost (16)', async () => {
    const sku = newSku();
    const id = await shop.announce(sku);
    const { status, body } = await shop.ask('GET', `/api/jobs/${id}`);
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      id, kind: 'product-image', sku, imageUrl: 'https://example.com/photo.jpg', imageSha256: sha, theme: 'default',
      status: 'NEW', originalKey: null, maskKey: null, bgKeys: [], compositeKeys: [], thumbKeys: [],
      shopifyMediaIds: [], shopifyProductId: null, providers: { segmentation: null, backgrounds: null },
      segmentJobId: null, bgJobIds: [], costUsd: 0, attempt: 0, errorCode: null, errorMessage: null, errorStack: null,
      startedAt: null, completedAt: null,
      statusDescription: expect.stringContaining('webhook'), remainingSeconds: 285,
    });
    expect(Object.keys(body.data)).toEqual(expect.arrayContaining(['createdAt', 'updatedAt']));
  });

  it('starts a job with URLs for its original and its mask (17), the same keys again (18)', async () => {
    const sku = newSku();
    const id = await shop.announce(sku);
    const [first, again] = [await shop.step(id, 'start'), await shop.step(id, 'start')];
    const url = expect.stringMatching(/^http/);
    expect([first.status, first.body.data]).toMatchObject([200, {
      status: 'QUEUED', imageUrl: 'https://example.com/photo.jpg', originalKey: `originals/${sku}/${sha}.jpg`,
      urls: {
        original: { key: `originals/${sku}/${sha}.jpg`, putUrl: url, getUrl: url, expiresAt: expect.any(String) },
        mask: { key: `masks/${sku}/${sha}.png`, putUrl: url, getUrl: url },
      },
    }]);
    expect([again.status, again.body.data.urls.mask.key]).toEqual([200, `masks/${sku}/${sha}.png`]);
    const { body } = await shop.ask('GET', `/api/jobs/${id}/events`);
    expect(body.data.events.map(({ status }: { status: string }) => status)).toEqual(['NEW', 'QUEUED']);
  });

  it('takes a photo at the URL of the original, and gives it back (19)', async () => {
    const id = await shop.announce(newSku());
    const { putUrl, getUrl } = (await shop.step(id, 'start')).body.data.urls.original;
    const photo = new Uint8Array([0xff, 0xd8, 0xff, 0, 1, 2, 3]);
    const put = await fetch(putUrl, { method: 'PUT', body: photo, headers: { 'content-type': 'image/jpeg' } });
    expect(put.status).toBe(200);
    const got = await fetch(getUrl);
    expect([got.headers.get('content-type'), new Uint8Array(await got.arrayBuffer())]).toEqual(['image/jpeg', photo]);
  });

  it('gives a URL for a mask that takes a PNG only (20)', async () => {
    const sku = newSku();
    const id = await shop.announce(sku);
    const { key, putUrl } = (await shop.step(id, 'presign', { kind: 'mask' })).body.data;
    expect(key).toBe(`masks/${sku}/${sha}.png`);
    const put = (type: string) => fetch(putUrl, { method: 'PUT', body: 'PNG', headers: { 'content-type': type } });
    expect([(await put('image/jpeg')).status, (await put('image/png')).status]).toEqual([wrongType, 200]);
  });

  it('gives URLs under the keys of the contract for every kind of object (21)', async () => {
    const sku = newSku();
    const id = await shop.announce(sku, { theme: 'halloween' });
    const keyOf = async (wanted: object) => (await shop.step(id, 'presign', wanted)).body.data.key;
    expect([
      await keyOf({ kind: 'original' }), await keyOf({ kind: 'bg', variant: 2 }),
      await keyOf({ kind: 'composite', aspect: '4x5', variant: 1 }), await keyOf({ kind: 'thumb' }),
      await keyOf({ kind: 'original', type: 'image/png' }),
    ]).toEqual([
      `originals/${sku}/${sha}.jpg`, `backgrounds/halloween/${sku}/${sha}_2.jpg`,
      `composites/halloween/${sku}/${sha}_4x5_1_master.jpg`, `thumbs/halloween/${sku}/${sha}_1x1_1_400.jpg`,
      `originals/${sku}/${sha}.jpg`,
    ]);
    for (const wrong of [{ kind: 'other' }, { kind: 'bg', variant: 0 }, { kind: 'mask', type: 'image/jpeg' }, {}]) {
      expect((await shop.step(id, 'presign', wrong)).status).toBe(400);
    }
  });

  it('gives a URL for a mask by the key that it was reported with, and for no other', async () => {
    const sku = newSku();
    const id = await shop.announce(sku);
    await shop.step(id, 'start');
    const key = `masks/${sku}/abc123.png`;
    expect((await shop.step(id, 'segmentation', { maskKey: key })).status).toBe(200);
    const { status, body } = await shop.step(id, 'presign', { kind: 'mask', key });
    expect([status, body.data.key, body.data.getUrl]).toEqual([200, key, expect.stringContaining('abc123.png')]);
    for (const wrong of [`masks/${sku}/other.png`, `masks/${newSku()}/abc123.png`]) {
      const refused = await shop.step(id, 'presign', { kind: 'mask', key: wrong });
      expect([refused.status, refused.body.error.details.fields.key]).toEqual([
        400, expect.stringMatching(/the job has/),
      ]);
    }
    expect((await shop.step(id, 'presign', { kind: 'bg', key })).status).toBe(400);
  });

  it('takes a mask that was made from QUEUED, and records the state passed through (23)', async () => {
    const sku = newSku();
    const id = await shop.announce(sku);
    await shop.step(id, 'start');
    const report = {
      maskKey: `masks/${sku}/abc123.png`, providerJobId: 'p-1', provider: 'replicate', cost: 0.0023, confidence: 0.9,
    };
    const { status, body } = await shop.step(id, 'segmentation', report);
    expect([status, body.data]).toMatchObject([200, {
      status: 'BG_GENERATING', maskKey: report.maskKey, segmentJobId: 'p-1', segmentConfidence: 0.9, costUsd: 0.0023,
      providers: { segmentation: 'replicate' },
    }]);
    const { events } = (await shop.ask('GET', `/api/jobs/${id}/events`)).body.data;
    expect(events.map((event: { status: string }) => event.status)).toEqual([
      'NEW', 'QUEUED', 'SEGMENTING', 'BG_GENERATING',
    ]);
  });

  it('takes the same report again without a change, and refuses another (24)', async () => {
    const sku = newSku();
    const id = await shop.announce(sku);
    await shop.advance(id, sku, 'BG_GENERATING');
    const before = await shop.job(id);
    const [, name, body] = shop.way(sku)[1]!;
    const again = await shop.step(id, name, body);
    expect([again.status, again.body.data]).toEqual([200, before]);
    const other = await shop.step(id, name, { maskKey: `masks/${sku}/other.png` });
    expect([other.status, other.body.error.details]).toEqual([409, { state: 'BG_GENERATING' }]);
  });

  it.each([
    ['an empty list', 'backgrounds', { bgKeys: [] }],
    ['nothing', 'backgrounds', {}],
    ['keys and URLs', 'backgrounds', { bgKeys: ['backgrounds/default/x/a.jpg'], bgUrls: ['https://example.com/a'] }],
    ['no mask', 'segmentation', {}],
    ['no composites', 'composite', { thumbs: ['thumbs/a/b.jpg'] }],
    ['a number for a media id', 'shopify', { mediaIds: ['123'] }],
    ['an empty list of media', 'shopify', { mediaIds: [] }],
    ['a product for a media id', 'shopify', { mediaIds: ['gid://shopify/Product/1'] }],
    ['a failure without a message', 'fail', { code: 'UNKNOWN' }],
    ['a failure with an empty message', 'fail', { code: 'UNKNOWN', message: ' ' }],
    ['a failure with an unknown code', 'fail', { code: 'NOPE', message: 'It failed.' }],
  ])('refuses a report of %s, and names the field (26, 31, 35)', async (_, name, body) => {
    const id = await shop.announce(newSku());
    const answer = await shop.step(id, name, body);
    expect([answer.status, Object.keys(answer.body.error.details.fields).length]).toEqual([400, 1]);
    expect((await shop.job(id)).status).toBe('NEW');
  });

  it('takes backgrounds, composites and media in turn, to DONE (27, 29, 30)', async () => {
    const sku = newSku();
    const id = await shop.announce(sku);
    for (const [state, name, body] of shop.way(sku)) {
      const answer = await shop.step(id, name, body);
      expect([answer.status, answer.body.data.status]).toEqual([200, state]);
    }
    const job = await shop.job(id);
    expect(job).toMatchObject({
      status: 'DONE', costUsd: 0.0443, costMicroUsd: 44_300, completedAt: expect.any(String), remainingSeconds: 0,
      bgKeys: [`backgrounds/default/${sku}/abc123_1.jpg`], thumbKeys: [`thumbs/${sku}/abc123_400.jpg`],
      shopifyMediaIds: ['gid://shopify/MediaImage/123456'],
    });
    // Each report again, after the end.
    for (const [, name, body] of shop.way(sku).slice(1)) expect((await shop.step(id, name, body)).status).toBe(200);
    expect(await shop.job(id)).toEqual(job);
  });

  it('refuses a report out of its turn, and names the state (28)', async () => {
    const sku = newSku();
    const id = await shop.announce(sku);
    const reports = shop.way(sku).slice(1);
    for (const [, name, body] of reports) {
      const answer = await shop.step(id, name, body);
      expect([answer.status, answer.body.error.details]).toEqual([409, { state: 'NEW' }]);
    }
    await shop.advance(id, sku, 'BG_GENERATING');
    const [, name, body] = reports[2]!;
    expect((await shop.step(id, name, body)).body.error).toMatchObject({
      code: 'conflict', message: expect.stringContaining('BG_GENERATING'), details: { state: 'BG_GENERATING' },
    });
  });

  it.each([-1, '1', 1e9, 0.1 + 0.2, 1e-7, 1000.000001])('refuses %j as a cost (33)', async (cost) => {
    const sku = newSku();
    const id = await shop.announce(sku);
    await shop.step(id, 'start');
    const answer = await shop.step(id, 'segmentation', { maskKey: `masks/${sku}/a.png`, cost });
    expect([answer.status, Object.keys(answer.body.error.details.fields)]).toEqual([400, ['cost']]);
  });

  it.each([
    ['segmentation', (sku: string) => ({ maskKey: `masks/${sku}X/a.png` })],
    ['segmentation', (sku: string) => ({ maskKey: `originals/${sku}/a.png` })],
    ['segmentation', (sku: string) => ({ maskKey: `masks/${sku}/../a.png` })],
    ['segmentation', (sku: string) => ({ maskKey: `masks/${sku}/%2e%2e%2fa.png` })],
    ['backgrounds', (sku: string) => ({ bgKeys: [`backgrounds/christmas/${sku}/a.jpg`] })],
    ['composite', (sku: string) => ({ composites: [`composites/default/${sku}/a\\b.jpg`] })],
  ])('refuses a key of %s that is not the job’s own, or not safe', async (name, body) => {
    const sku = newSku();
    const id = await shop.announce(sku);
    const before = { segmentation: 'QUEUED', backgrounds: 'BG_GENERATING', composite: 'COMPOSITING' }[name]!;
    await shop.advance(id, sku, before);
    const answer = await shop.step(id, name, body(sku));
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_request']);
    expect((await shop.job(id)).status).toBe(before);
  });

  it.each(['NEW', 'QUEUED', 'BG_GENERATING', 'COMPOSITING', 'SHOPIFY_PUSH'])(
    'fails a job from %s with its code and message (34)',
    async (state) => {
      const sku = newSku();
      const id = await shop.announce(sku);
      if (state !== 'NEW') await shop.advance(id, sku, state);
      const failure = { code: 'SEGMENT_FAILED', message: 'AI provider timed out', stack: 'at segment (ai.ts:7)' };
      const failed = await shop.step(id, 'fail', failure);
      expect([failed.status, failed.body.data]).toMatchObject([200, {
        status: 'FAILED', errorCode: 'SEGMENT_FAILED', errorMessage: 'AI provider timed out',
        errorStack: 'at segment (ai.ts:7)', completedAt: expect.any(String), retryAt: expect.any(String),
      }]);
      expect((await shop.step(id, 'fail', failure)).status).toBe(200);
      expect((await shop.step(id, 'fail', { ...failure, message: 'Another' })).status).toBe(409);
    },
  );

  it.each([
    ['BG_FAILED', 'BG_GENERATION_FAILED'], ['SHOPIFY_UPLOAD_FAILED', 'SHOPIFY_PUSH_FAILED'],
    ['S3_UPLOAD_FAILED', 'STORAGE_FAILED'], ['MAX_RETRIES_EXCEEDED', 'UNKNOWN'],
  ])('stores the older code %s as %s (35)', async (code, stored) => {
    const id = await shop.announce(newSku());
    expect((await shop.step(id, 'fail', { code, message: 'It failed.' })).body.data.errorCode).toBe(stored);
  });

  it('is retried three times, and not again (37)', async () => {
    const sku = newSku();
    const id = await shop.announce(sku);
    await shop.advance(id, sku, 'COMPOSITING');
    const fail = () => shop.step(id, 'fail', { code: 'UNKNOWN', message: 'It failed.' });
    expect((await shop.step(id, 'retry')).body.error).toMatchObject({
      code: 'conflict', details: { state: 'COMPOSITING' },
    });
    for (const attempt of [1, 2, 3]) {
      await fail();
      const { status, body } = await shop.step(id, 'retry');
      expect([status, body.data]).toMatchObject([200, { status: 'QUEUED', attempt, errorCode: null }]);
    }
    expect((await fail()).body.data.retryAt).toBeNull();
    const last = await shop.step(id, 'retry');
    expect([last.status, last.body.error.details]).toEqual([409, { state: 'FAILED', attempt: 3, maxAttempts: 3 }]);
  });

  it('is not canceled, but says how to end it', async () => {
    const id = await shop.announce(newSku());
    const { status, body } = await shop.step(id, 'cancel');
    expect([status, body.error.message]).toEqual([409, expect.stringContaining(`/api/jobs/${id}/fail`)]);
  });

  it('is unknown under another id, and an operator sees other jobs of its own as before (44)', async () => {
    const unknown = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
    expect((await shop.ask('GET', `/api/jobs/${unknown}`)).status).toBe(404);
    expect((await shop.step(unknown, 'start')).status).toBe(404);
    const set = await shop.ask('POST', '/api/jobs', { preset: 'seller', itemCount: 1 });
    expect((await shop.job(set.body.data.jobId)).kind).toBe('image-set');
    const started = await shop.step(set.body.data.jobId, 'start');
    expect([started.status, started.body.error.message]).toEqual([404, expect.stringContaining('product-image')]);
  });
}
