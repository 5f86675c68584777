import { afterAll, beforeAll, describe } from 'vitest';
import { listRules } from '../product-image/list-rules.ts';
import { pipelineRules } from '../product-image/pipeline/pipeline-rules.ts';
import { openStand, PipelineServer, type Stand } from '../product-image/pipeline/stand.ts';
import { Shop } from '../product-image/shop.ts';
import { stepRules, uploadRules } from '../product-image/step-rules.ts';
import { webhookRules } from '../product-image/webhook-rules.ts';
import { openTestServer } from '../server/server.ts';
import { newDatabase } from './database.ts';

const current = {} as { stand: Stand; server: PipelineServer };
type Server = Awaited<ReturnType<typeof openTestServer>>;
/** Lists and steps each begin with nothing stored: no job to count, and none whose times are known. */
let [server, serverOfLists]: Server[] = [];
const open = async (): Promise<Server> => openTestServer({
  WEBHOOK_SECRET: 's3cr3t', IMAGE_MAX_PER_SKU: '4', DATABASE_URL: (await newDatabase()).url,
});
beforeAll(async () => {
  [server, serverOfLists] = [await open(), await open()];
  current.stand = await openStand();
  current.server = await PipelineServer.open(current.stand, { DATABASE_URL: (await newDatabase()).url });
}, 60_000);
afterAll(async () => {
  await Promise.all([server?.remove(), serverOfLists?.remove(), current.server.server.remove()]);
  await current.stand.close();
});
const shop = new Shop(() => server?.url ?? '');
const shopOfLists = new Shop(() => serverOfLists?.url ?? '');

describe('a product image on PostgreSQL (61)', () => {
  listRules(shopOfLists);
  stepRules(shop);
  uploadRules(shop);
});
describe('the webhook of product images on PostgreSQL (61)', () => webhookRules(shop));
describe('the pipeline on PostgreSQL (61)', () => pipelineRules(current));
