import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TestReplicate, token } from '../imaging/replicate-server/server.ts';
import { openTestServer } from '../server/server.ts';
import { adminToken, TestShop } from '../shops/shopify-server/server.ts';
import { Compositor } from './n8n/compositor.ts';
import { Inbox } from './n8n/inbox.ts';
import { N8n, n8nProgram } from './n8n/program.ts';
import { filledIn, readWorkflow } from './n8n/workflow.ts';
import { photoBytes, PhotoServer } from './pipeline/photo-server.ts';
import { newSku, secret, Shop } from './shop.ts';

/*
 * The workflows of examples/n8n in n8n itself, imported from their files. n8n is several gigabytes, and not among what
 * `npm ci` installs: `npm install n8n` in a folder of its own, then
 * `WAYBILL_TEST_N8N=/that/folder/node_modules/n8n/bin/n8n npm test -- test/product-image/n8n-program.test.ts`.
 */
beforeEach((context) => context.skip(n8nProgram === undefined, 'WAYBILL_TEST_N8N does not say where n8n is'));

const pace = 20;
const began = Date.now();
const clock = { now: () => began + (Date.now() - began) * pace };
const [replicate, store, photos, inbox] = [
  new TestReplicate(clock), new TestShop(clock), new PhotoServer(), new Inbox(),
];
let server: Awaited<ReturnType<typeof openTestServer>>;
const shop = new Shop(() => server.url);
const compositor = new Compositor(shop);
let n8n: N8n;

beforeAll(async () => {
  if (n8nProgram === undefined) return;
  const env = { WEBHOOK_SECRET: secret, IMAGE_MAX_PER_SKU: '100', WEBHOOK_ALLOW_PRIVATE: 'true' };
  [server] = await Promise.all([
    openTestServer(env), replicate.start(), store.start(), photos.start(), compositor.start(), inbox.start(),
  ]);
  store.scopes.add('write_products');
  n8n = new N8n({
    WAYBILL_SERVER: shop.url, COMPOSITOR_URL: compositor.url, SHOPIFY_STORE_DOMAIN: 'test-shop.myshopify.com',
    SLACK_WEBHOOK_URL: inbox.url,
  });
  await n8n.importCredentials({
    'Waybill webhook secret': { type: 'crypto', data: { hmacSecret: secret } },
    'Waybill operator': { type: 'httpBearerAuth', data: { token: 'op' } },
    Replicate: { type: 'httpBearerAuth', data: { token } },
    Shopify: {
      type: 'shopifyAccessTokenApi',
      data: { shopSubdomain: 'test-shop', accessToken: adminToken, appSecretKey: 'none' },
    },
  });
}, 180_000);
afterAll(async () => {
  if (n8nProgram === undefined) return;
  n8n.remove();
  await Promise.all([
    server.remove(), replicate.close(), store.close(), photos.close(), compositor.close(), inbox.close(),
  ]);
  expect([...replicate.breaches, ...store.breaches]).toEqual([]);
});

function photoOf(sku: string) {
  const bytes = photoBytes();
  const { sha256, imageUrl: plain } = photos.put(bytes);
  const imageUrl = photos.answer(new URL(plain).pathname, (response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(bytes);
  });
  replicate.publicUrls.add(imageUrl);
  return { sku, imageUrl, sha256, theme: 'halloween' };
}

describe('in n8n itself', { timeout: 300_000 }, () => {
  test('announce.json makes a job by a webhook that it signs, and finds it again', async () => {
    const workflow = filledIn(readWorkflow('announce.json'), { Photo: photoOf(newSku('Größe "M" ✓')) });
    const first = await n8n.run(workflow);
    expect([first.error, first.given['Announce'].data]).toMatchObject([null, { status: 'created' }]);
    const again = await n8n.run(workflow);
    expect(again.given['Announce'].data).toMatchObject({
      status: 'duplicate', jobId: first.given['Announce'].data.jobId,
    });
  });

  const toShop = (photo: ReturnType<typeof photoOf>) => n8n.run(filledIn(readWorkflow('product-image.json'), {
    Photo: photo, Settings: { shopifyUrl: store.baseUrl, replicateUrl: replicate.baseUrl },
  }));

  test('product-image.json takes a photo to the shop', async () => {
    const sku = newSku('BLUE "M"');
    const product = store.files.addProduct(`Product ${sku}`, sku);
    const { error, given } = await toShop(photoOf(sku));
    expect(error).toBeNull();
    const job = await shop.job(given['Report the shop'].data.id);
    expect(job).toMatchObject({ status: 'DONE', sku, costUsd: 0.005753, shopifyMediaIds: product.media });
    expect(product.media).toHaveLength(2);
  });

  test('product-image.json fails a job whose product is not in the shop, and says why', async () => {
    const sku = newSku();
    const { error } = await toShop(photoOf(sku));
    const { jobs } = (await shop.ask('GET', `/api/jobs?sku=${sku}`)).body.data;
    expect([error, await shop.job(jobs[0].id)]).toMatchObject([
      'The shop has no product with this sku.', { status: 'FAILED', errorCode: 'PRODUCT_NOT_FOUND' },
    ]);
  });

  test('monitor.json says what failed today', async () => {
    const sku = newSku('FAILS');
    await shop.step(await shop.announce(sku), 'fail', { code: 'INVALID_IMAGE', message: 'It is a text' });
    const failedToday = async () => (await shop.ask('GET', '/api/jobs/stats')).body.data.today.failed;
    await expect.poll(failedToday, { timeout: 10_000 }).toBeGreaterThan(0);
    expect((await n8n.run(readWorkflow('monitor.json'))).error).toBeNull();
    expect(inbox.messages.at(-1)!.text).toContain(`${sku}: INVALID_IMAGE`);
  });
});
