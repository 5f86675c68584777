import { afterAll, beforeAll, describe } from 'vitest';
import { listRules } from '../product-image/list-rules.ts';
import { pipelineRules } from '../product-image/pipeline/pipeline-rules.ts';
import { openStand, PipelineServer, type Stand } from '../product-image/pipeline/stand.ts';
import { Shop } from '../product-image/shop.ts';
import { stepRules } from '../product-image/step-rules.ts';
import { webhookRules } from '../product-image/webhook-rules.ts';
import { openTestServer } from '../server/server.ts';
import { newDatabase } from './database.ts';

const current = {} as { stand: Stand; server: PipelineServer };
let server: Awaited<ReturnType<typeof openTestServer>>;
beforeAll(async () => {
  const { url } = await newDatabase();
  server = await openTestServer({ WEBHOOK_SECRET: 's3cr3t', IMAGE_MAX_PER_SKU: '4', DATABASE_URL: url });
  current.stand = await openStand();
  current.server = await PipelineServer.open(current.stand, { DATABASE_URL: (await newDatabase()).url });
}, 60_000);
afterAll(async () => {
  await Promise.all([server.remove(), current.server.server.remove()]);
  await current.stand.close();
});
const shop = new Shop(() => server.url);

describe('a product image on PostgreSQL (61)', () => {
  // First: no job has ended yet, whose times estimates would be taken from.
  stepRules(shop);
  listRules(shop);
});
describe('the webhook of product images on PostgreSQL (61)', () => webhookRules(shop));
describe('the pipeline on PostgreSQL (61)', () => pipelineRules(current));
