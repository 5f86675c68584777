import { expect, it } from 'vitest';
import { newSku, sha, sign, type Shop } from './shop.ts';

const imageUrl = 'https://example.com/photo.jpg';

/** Conversations of the supplier with a server of WEBHOOK_SECRET=s3cr3t and IMAGE_MAX_PER_SKU=4. */
export function webhookRules(shop: Shop): void {
  it('makes a job of an announced image (1), and answers the same again with it (2)', async () => {
    const image = { sku: newSku(), imageUrl, sha256: sha };
    const first = await shop.hook(image);
    expect([first.status, first.body]).toMatchObject([201, {
      success: true,
      data: { status: 'created', job: { sku: image.sku, theme: 'default', status: 'NEW' } },
    }]);
    const again = await shop.hook(image);
    expect([again.status, again.body.data]).toEqual([200, { ...first.body.data, status: 'duplicate' }]);
    expect(again.body.data.jobId).toBe(again.body.data.job.id);
  });

  it('makes one job of the same image, however many announce it at once, its sha256 in either case', async () => {
    const image = { sku: newSku(), imageUrl, sha256: sha };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) =>
      shop.hook(at % 2 === 0 ? image : { ...image, sha256: sha.toUpperCase() })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body.data.jobId)).size).toBe(1);
  });

  it('makes another job for another theme (5)', async () => {
    const image = { sku: newSku(), imageUrl, sha256: sha };
    const [one, other] = [await shop.hook(image), await shop.hook({ ...image, theme: 'halloween' })];
    expect([one.status, other.status, one.body.data.jobId === other.body.data.jobId]).toEqual([201, 201, false]);
  });

  it('takes the theme of the body, else of the query (6), and ignores what it does not know', async () => {
    const image = { sku: newSku(), imageUrl, sha256: sha, event: 'image.uploaded', takenAt: 'yesterday', skus: [1] };
    const ofQuery = await shop.hook(image, { query: '?theme=christmas&other=1' });
    expect((await shop.job(ofQuery.body.data.jobId)).theme).toBe('christmas');
    const ofBody = await shop.hook({ ...image, theme: 'halloween' }, { query: '?theme=christmas' });
    expect((await shop.job(ofBody.body.data.jobId)).theme).toBe('halloween');
  });

  it('takes what is signed, and stores nothing of what is not (7)', async () => {
    const sku = newSku();
    const body = JSON.stringify({ sku, imageUrl, sha256: sha });
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (await shop.hook(body, { headers })).status;
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ 'x-3jms-signature': sign(body, 'wrong') })).toBe(401);
    expect(await statusOf({ 'x-3jms-signature': sign(`${body} `) })).toBe(401);
    expect(await statusOf({ 'x-3jms-signature': 'abc' })).toBe(401);
    expect(await statusOf({ authorization: 'Bearer admin' })).toBe(401);
    // The first header that is there counts.
    expect(await statusOf({ 'x-3jms-signature': sign('x'), 'x-signature': sign(body) })).toBe(401);
    const list = await shop.ask('GET', `/api/jobs?label=sku:${sku}`);
    expect(list.body.data.jobs).toEqual([]);
    expect(await statusOf({ 'x-3jms-signature': sign(body).toUpperCase() })).toBe(201);
    expect(await statusOf({ 'x-3jms-signature': `sha256=${sign(body)}` })).toBe(200);
    expect(await statusOf({ 'x-webhook-signature': sign(body) })).toBe(200);
    expect(await statusOf({ 'x-signature': sign(body) })).toBe(200);
  });

  it.each([
    ['no JSON', 'nonsense', 'body'],
    ['an empty object', {}, 'sku'],
    ['a URL of another sort', { sku: 'A', imageUrl: 'ftp://example.com/a.jpg', sha256: sha }, 'imageUrl'],
    ['a URL with a password', { sku: 'A', imageUrl: 'https://u:p@example.com/a.jpg', sha256: sha }, 'imageUrl'],
    ['a sha256 that is not hex', { sku: 'A', imageUrl, sha256: 'xyz' }, 'sha256'],
    ['a sha256 of five digits', { sku: 'A', imageUrl, sha256: 'abc12' }, 'sha256'],
    ['a sha256 of 129 digits', { sku: 'A', imageUrl, sha256: 'a'.repeat(129) }, 'sha256'],
    ['an empty sku', { sku: '', imageUrl, sha256: sha }, 'sku'],
    ['a sku that leaves its folder', { sku: '../A', imageUrl, sha256: sha }, 'sku'],
    ['a sku that is a dot segment', { sku: '..', imageUrl, sha256: sha }, 'sku'],
    ['a sku with a NUL', { sku: 'A\u0000', imageUrl, sha256: sha }, 'sku'],
    ['a sku of 201 characters', { sku: 'a'.repeat(201), imageUrl, sha256: sha }, 'sku'],
    ['a theme with a slash', { sku: 'A', imageUrl, sha256: sha, theme: 'a/b' }, 'theme'],
  ])('refuses %s, and names the field (9)', async (_, image, field) => {
    const { status, body } = await shop.hook(image);
    expect([status, Object.keys(body.error.details.fields)]).toEqual([400, expect.arrayContaining([field])]);
    const list = await shop.ask('GET', '/api/jobs?kind=product-image&label=sku:A');
    expect(list.body.data.total).toBe(0);
  });

  it.each(['TESTING_ONLY_TESTING_ITEM_#2_2012_750ML', '50% of a ?&+;= b', 'Größe–商品', 'x'.repeat(200)])(
    'takes the sku %s, and its URLs work (11)',
    async (sku) => {
      const id = await shop.announce(sku);
      const { body } = await shop.step(id, 'start');
      const { key, putUrl, getUrl } = body.data.urls.original;
      expect(key).toBe(`originals/${sku}/${sha}.jpg`);
      const put = await fetch(putUrl, { method: 'PUT', body: 'JPEG', headers: { 'content-type': 'image/jpeg' } });
      expect([put.status, await (await fetch(getUrl)).text()]).toEqual([200, 'JPEG']);
    },
  );

  it('takes no more images of a sku than it may have, but those that failed (12)', async () => {
    const sku = newSku();
    const announce = (at: number) => shop.hook({ sku, imageUrl, sha256: `abc12${at}` });
    const ids = [];
    for (let at = 0; at < 4; at++) ids.push((await announce(at)).body.data.jobId);
    const fifth = await announce(4);
    expect([fifth.status, fifth.body.error]).toMatchObject([
      429, { code: 'limit_reached', details: { sku, maxImages: 4 } },
    ]);
    // What is known already is answered all the same.
    expect((await announce(0)).status).toBe(200);
    await shop.step(ids[0], 'fail', { code: 'UNKNOWN', message: 'It was wrong.' });
    expect((await announce(4)).status).toBe(201);
    const retried = await shop.step(ids[0], 'retry');
    expect([retried.status, retried.body.error.details]).toEqual([429, { sku, maxImages: 4 }]);
  });

  it('takes no more of them when twenty are announced at once (12)', async () => {
    const sku = newSku();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => shop.hook({ sku, imageUrl, sha256: `abc1${at + 10}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(4).fill(201), ...Array(16).fill(429)]);
  });

  it('has no GET, and says what it has (15)', async () => {
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(`${shop.url}/api/webhooks/3jms/images`, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, expect.stringContaining('POST')]);
    }
  });

  it('refuses a body that is too large, before it looks at its signature', async () => {
    const large = JSON.stringify({ sku: 'A', imageUrl, sha256: sha, more: 'x'.repeat(2_000_000) });
    expect((await shop.hook(large)).status).toBe(413);
  });
}
