import { afterAll, beforeAll, describe } from 'vitest';
import { openTestServer } from '../server/server.ts';
import { listRules } from './list-rules.ts';
import { Shop } from './shop.ts';

let server: Awaited<ReturnType<typeof openTestServer>>;
beforeAll(async () => {
  server = await openTestServer({ WEBHOOK_SECRET: 's3cr3t' });
});
afterAll(() => server.remove());

describe('a product image', () => listRules(new Shop(() => server.url)));
