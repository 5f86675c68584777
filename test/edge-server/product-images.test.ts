import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLocalEdge, type LocalEdge } from '../../scripts/edge/local.ts';
import { listRules } from '../product-image/list-rules.ts';
import { namedUrlRules } from '../product-image/named-url-rules.ts';
import { Shop } from '../product-image/shop.ts';
import { stepRules } from '../product-image/step-rules.ts';
import { webhookRules } from '../product-image/webhook-rules.ts';

/** Lists and steps each begin with nothing stored: no job to count, and none whose times are known. */
let edges: LocalEdge[] = [];
const folders: string[] = [];

beforeAll(async () => {
  const start = (vars: Readonly<Record<string, string>>): Promise<LocalEdge> => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-edge-shop-'));
    folders.push(folder);
    return startLocalEdge({ port: 0, folder, vars: { ...vars, IMAGE_MAX_PER_SKU: '4' }, onLine: () => {} });
  };
  const shop = { WEBHOOK_SECRET: 's3cr3t', WEBHOOK_ALLOW_PRIVATE: 'true' };
  edges = [await start(shop), await start(shop), await start({ PRODUCT_IMAGES: 'false' })];
}, 60_000);
afterAll(async () => {
  await Promise.all(edges.map((edge) => edge.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
const shop = new Shop(() => edges[0]?.url ?? '');
const shopOfLists = new Shop(() => edges[1]?.url ?? '');

describe('a product image on the Worker', () => {
  listRules(shopOfLists);
  // R2 finds the signature wrong.
  stepRules(shop, { wrongType: 403 });
  namedUrlRules(shop);
});
describe('the webhook of product images on the Worker', () => webhookRules(shop));

test('what works on pixels is on Node alone, and says so', async () => {
  const id = await shop.announce('on-node');
  const derivatives = await shop.step(id, 'derivatives', { widths: [400], formats: ['webp'] });
  const { message } = derivatives.body.error;
  expect([derivatives.status, message]).toEqual([501, expect.stringContaining('Waybill on Node has it')]);
  const themes = await shop.ask('GET', '/api/themes');
  expect([themes.status, themes.body.data.themes.length > 0]).toEqual([200, true]);
});

test('a Worker without product images has none of their routes', async () => {
  const without = new Shop(() => edges[2]!.url);
  expect((await without.hook({ sku: 'a', imageUrl: 'https://example.com/a.jpg', sha256: 'abc123' })).status).toBe(404);
  expect((await without.ask('POST', '/api/jobs/0193/start', {})).status).toBe(404);
});
