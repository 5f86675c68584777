import { afterAll, beforeAll, describe } from 'vitest';
import { openTestServer } from '../server/server.ts';
import { namedUrlRules } from './named-url-rules.ts';
import { Shop } from './shop.ts';
import { stepRules, uploadRules } from './step-rules.ts';
import { webhookRules } from './webhook-rules.ts';

let server: Awaited<ReturnType<typeof openTestServer>>;
beforeAll(async () => {
  server = await openTestServer({ WEBHOOK_SECRET: 's3cr3t', IMAGE_MAX_PER_SKU: '4', WEBHOOK_ALLOW_PRIVATE: 'true' });
});
afterAll(() => server.remove());
const shop = new Shop(() => server.url);

describe('the webhook of product images', () => webhookRules(shop));
describe('a product image', () => {
  stepRules(shop);
  uploadRules(shop);
  namedUrlRules(shop);
});
