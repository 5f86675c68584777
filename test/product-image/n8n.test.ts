import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { png, TestReplicate, token } from '../imaging/replicate-server/server.ts';
import { openTestServer, startTestServer } from '../server/server.ts';
import { adminToken, TestShop } from '../shops/shopify-server/server.ts';
import { mentioned } from './n8n/expressions.ts';
import { Compositor } from './n8n/compositor.ts';
import { Inbox } from './n8n/inbox.ts';
import { runWorkflow, type Run, type Surroundings } from './n8n/interpreter.ts';
import { filledIn, outputsOf, readWorkflow, type Workflow } from './n8n/workflow.ts';
import { photoBytes, PhotoServer } from './pipeline/photo-server.ts';
import { newSku, secret, Shop } from './shop.ts';

const files = ['announce.json', 'product-image.json', 'monitor.json'];

describe.each(files)('the n8n workflow %s', (file) => {
  const { nodes, connections } = readWorkflow(file);
  const links = Object.entries(connections).flatMap(([source, { main }]) =>
    main.flatMap((targets, output) => targets.map((target) => ({ source, output, target: target.node }))));

  test('has names and ids that are its own', () => {
    expect(new Set(nodes.map(({ name }) => name)).size).toBe(nodes.length);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
  });

  test('connects outputs that are there with nodes that are there', () => {
    const wrong = links.filter(({ source, output, target }) => {
      const from = nodes.find(({ name }) => name === source);
      return from === undefined || output >= outputsOf(from) || !nodes.some(({ name }) => name === target);
    });
    expect(wrong).toEqual([]);
  });

  test('reaches every node from its trigger, and leads every error somewhere', () => {
    const reached = new Set(nodes.filter(({ type }) => type.endsWith('Trigger')).map(({ name }) => name));
    expect(reached.size).toBe(1);
    for (const name of reached) for (const { source, target } of links) if (source === name) reached.add(target);
    const steps = nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote');
    expect([...reached].toSorted()).toEqual(steps.map(({ name }) => name).toSorted());
    const lost = nodes.filter((node) => 'onError' in node && node.onError === 'continueErrorOutput' &&
      !links.some(({ source, output }) => source === node.name && output === 1));
    expect(lost).toEqual([]);
  });

  test('mentions only nodes that it has', () => {
    const missing = mentioned(JSON.stringify(nodes)).filter((one) => !nodes.some(({ name }) => name === one));
    expect(missing).toEqual([]);
  });
});

const clock = { now: Date.now() };
const replicate = new TestReplicate(clockOf(clock));
const store = new TestShop(clockOf(clock));
const photos = new PhotoServer();
const env = { WEBHOOK_SECRET: secret, IMAGE_MAX_PER_SKU: '100', WEBHOOK_ALLOW_PRIVATE: 'true' };
let server: Awaited<ReturnType<typeof openTestServer>>;
const shop = new Shop(() => server.url);
const compositor = new Compositor(shop);

function clockOf(clock: { now: number }): { now(): number } {
  return { now: () => clock.now };
}

beforeAll(async () => {
  [server] = await Promise.all([
    openTestServer(env), replicate.start(), store.start(), photos.start(), compositor.start(),
  ]);
  store.scopes.add('write_products');
});
afterAll(async () => {
  await Promise.all([server.remove(), replicate.close(), store.close(), photos.close(), compositor.close()]);
  expect([...replicate.breaches, ...store.breaches]).toEqual([]);
});

/** Time passes only while a workflow waits. */
function surroundings(more: Partial<Surroundings> = {}): Surroundings {
  return {
    env: { WAYBILL_SERVER: shop.url, COMPOSITOR_URL: compositor.url, SHOPIFY_STORE_DOMAIN: 'test-shop.myshopify.com' },
    credentials: {
      'Waybill webhook secret': { type: 'crypto', secret },
      'Waybill operator': { type: 'httpBearerAuth', secret: 'op' },
      Replicate: { type: 'httpBearerAuth', secret: token },
      Shopify: { type: 'shopifyAccessTokenApi', secret: adminToken },
    },
    now: () => clock.now,
    sleep: async (ms) => void (clock.now += ms),
    ...more,
  };
}

function photoOf(sku: string, theme = 'default') {
  const bytes = photoBytes();
  const { sha256, imageUrl: plain } = photos.put(bytes);
  const imageUrl = photos.answer(new URL(plain).pathname, (response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(bytes);
  });
  replicate.publicUrls.add(imageUrl);
  return { sku, imageUrl, sha256, theme };
}

const jobOf = async (run: Run) => shop.job(run.given.get('Announce')?.[0]?.json.data.jobId);

describe('the n8n workflow that announces a photo', () => {
  const workflow = (photo: object): Workflow => filledIn(readWorkflow('announce.json'), { Photo: { ...photo } });

  test('makes a job, and finds it again when it runs once more', async () => {
    const photo = photoOf(newSku('Größe "M" ✓'), 'halloween');
    const first = await runWorkflow(workflow(photo), surroundings());
    expect(first.error).toBeNull();
    expect(first.given.get('Announce')?.[0]?.json.data).toMatchObject({ status: 'created', job: { status: 'NEW' } });
    const { sku, theme, imageUrl, sha256: imageSha256 } = photo;
    expect(await jobOf(first)).toMatchObject({ sku, theme, imageUrl, imageSha256 });
    const again = await runWorkflow(workflow(photo), surroundings());
    expect(again.given.get('Announce')?.[0]?.json.data.status).toBe('duplicate');
    expect((await jobOf(again)).id).toBe((await jobOf(first)).id);
  });

  test('fails with another secret than the server has, and makes nothing', async () => {
    const sku = newSku();
    const { credentials } = surroundings();
    const other = { ...credentials, 'Waybill webhook secret': { type: 'crypto', secret: 'another' } } as const;
    const { error } = await runWorkflow(workflow(photoOf(sku)), surroundings({ credentials: other }));
    expect(error).toMatch(/^401 - /);
    expect((await shop.ask('GET', `/api/jobs?sku=${sku}`)).body.data).toMatchObject({ jobs: [], total: 0 });
  });

  test('fails when its body is changed after signing', async () => {
    const changed = workflow(photoOf(newSku()));
    const announce = changed.nodes.find(({ name }) => name === 'Announce');
    if (announce?.type !== 'n8n-nodes-base.httpRequest') throw new Error('Announce sends nothing');
    announce.parameters.body = '={{ JSON.stringify(JSON.parse($json.body), null, 1) }}';
    expect((await runWorkflow(changed, surroundings())).error).toMatch(/^401 - /);
  });
});

describe('the n8n workflow that takes a photo to the shop', () => {
  const run = (photo: object, more: Partial<Surroundings> = {}): Promise<Run> =>
    runWorkflow(
      filledIn(readWorkflow('product-image.json'), {
        Photo: { ...photo }, Settings: { shopifyUrl: store.baseUrl, replicateUrl: replicate.baseUrl },
      }),
      surroundings(more),
    );
  const inShop = (sku: string) => store.files.addProduct(`Product ${sku}`, `${sku}-XL`, sku);

  test('takes it to DONE, with what it cost and its images on the product', async () => {
    const sku = newSku('BLUE "M"');
    const product = inShop(sku);
    const photo = photoOf(sku);
    const { error, given } = await run(photo);
    expect(error).toBeNull();
    const job = await shop.job(given.get('Report the shop')?.[0]?.json.data.id);
    expect(job).toMatchObject({
      status: 'DONE', sku, providers: { segmentation: 'replicate', backgrounds: 'replicate' },
      shopifyMediaIds: product.media, shopifyProductId: product.id,
      costUsd: 0.005753, segmentJobId: replicate.predictions[1]?.id, bgJobIds: [replicate.predictions[0]?.id],
    });
    expect([job.bgKeys.length, job.compositeKeys.length, product.media.length]).toEqual([2, 2, 2]);
    const stored = await fetch((await shop.step(job.id, 'presign', { kind: 'original' })).body.data.getUrl);
    expect(Buffer.from(await stored.arrayBuffer())).toEqual(
      Buffer.from(await (await fetch(photo.imageUrl)).arrayBuffer()),
    );
    const mask = await fetch((await shop.step(job.id, 'presign', { kind: 'mask' })).body.data.getUrl);
    expect(new Uint8Array(await mask.arrayBuffer())).toEqual(png);
  });

  test('looks at a prediction until it has ended', async () => {
    const sku = newSku();
    inShop(sku);
    replicate.next = { startingMs: 30_000, error: null };
    const { error, executed } = await run(photoOf(sku)).finally(() => {
      replicate.next = { startingMs: 1_000, error: null };
    });
    expect(error).toBeNull();
    expect(executed.filter((name) => name === 'Look at the cut-out').length).toBe(7);
  });

  test('fails the job with what the model says, and takes it to DONE once it is retried', async () => {
    const sku = newSku();
    inShop(sku);
    const photo = photoOf(sku);
    replicate.next = { startingMs: 1_000, error: 'CUDA out of memory' };
    const failed = await run(photo).finally(() => {
      replicate.next = { startingMs: 1_000, error: null };
    });
    const { id } = await jobOf(failed);
    expect([failed.error, await shop.job(id)]).toMatchObject([
      'CUDA out of memory', { status: 'FAILED', errorCode: 'SEGMENT_FAILED', errorMessage: 'CUDA out of memory' },
    ]);
    expect((await shop.step(id, 'retry')).status).toBe(200);
    const again = await run(photo);
    expect([again.error, (await jobOf(again)).id, (await jobOf(again)).status]).toEqual([null, id, 'DONE']);
  });

  const outcome = async (run: Run) => {
    const { status, errorCode, errorMessage } = await jobOf(run);
    expect(run.error).toBe(errorMessage);
    return [status, errorCode, errorMessage];
  };

  test('fails the job when the photo is not where it should be', async () => {
    const imageUrl = photos.answer('/gone.jpg', (response) => void response.writeHead(404).end('No such photo'));
    expect(await outcome(await run({ ...photoOf(newSku()), imageUrl }))).toEqual([
      'FAILED', 'DOWNLOAD_FAILED', '404 - "No such photo"',
    ]);
  });

  test('fails the job when the photo has another type than its URL stands for', async () => {
    const imageUrl = photos.answer('/photo.png', (response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(photoBytes());
    });
    expect(await outcome(await run({ ...photoOf(newSku()), imageUrl }))).toMatchObject([
      'FAILED', 'STORAGE_FAILED', expect.stringMatching(/^400 - /),
    ]);
  });

  test('fails the job when Replicate takes no request', async () => {
    const { credentials } = surroundings();
    const wrong = { ...credentials, Replicate: { type: 'httpBearerAuth', secret: 'r8_wrong' } } as const;
    expect(await outcome(await run(photoOf(newSku()), { credentials: wrong }))).toMatchObject([
      'FAILED', 'SEGMENT_FAILED', expect.stringMatching(/^401 - /),
    ]);
  });

  test('fails the job when the backgrounds take longer than they may', async () => {
    // The cut-out needs one pause; what is begun after it waits for a machine.
    const sleep = async (ms: number) => {
      clock.now += 20 * ms;
      replicate.next = { startingMs: 400_000, error: null };
    };
    const slow = await run(photoOf(newSku()), { sleep }).finally(() => {
      replicate.next = { startingMs: 1_000, error: null };
    });
    expect(await outcome(slow)).toEqual(['FAILED', 'BG_GENERATION_FAILED', 'Replicate says: aborted']);
  });

  test('does all steps again when the job that its compositing service failed is retried', async () => {
    const sku = newSku();
    inShop(sku);
    const photo = photoOf(sku);
    compositor.failure = { status: 503, text: 'All renderers are busy' };
    const failed = await run(photo).finally(() => {
      compositor.failure = null;
    });
    expect(await outcome(failed)).toEqual(['FAILED', 'COMPOSITE_FAILED', '503 - "All renderers are busy"']);
    const { id, costUsd } = await jobOf(failed);
    await shop.step(id, 'retry');
    const again = await run(photo);
    expect([again.error, await jobOf(again)]).toMatchObject([null, { id, status: 'DONE', costUsd: 2 * costUsd }]);
  });

  test('fails the job when the shop has no product with the very sku', async () => {
    const sku = newSku();
    store.files.addProduct('Another size', `${sku}-XL`);
    expect(await outcome(await run(photoOf(sku)))).toEqual([
      'FAILED', 'PRODUCT_NOT_FOUND', 'The shop has no product with this sku.',
    ]);
  });

  test('fails the job when the shop may not be changed', async () => {
    const sku = newSku();
    inShop(sku);
    store.scopes.delete('write_products');
    const failed = await run(photoOf(sku)).finally(() => store.scopes.add('write_products'));
    expect(await outcome(failed)).toMatchObject([
      'FAILED', 'SHOPIFY_PUSH_FAILED', expect.stringMatching(/Access denied/),
    ]);
  });

  test('leaves a job alone that has been done already', async () => {
    const sku = newSku();
    inShop(sku);
    const photo = photoOf(sku);
    const { id } = await jobOf(await run(photo));
    const { error, executed } = await run(photo);
    expect([error, executed.at(-1), (await shop.job(id)).status]).toEqual([
      expect.stringMatching(/^409 - /), 'Start', 'DONE',
    ]);
  });
});

describe('the n8n workflow that looks after product images', () => {
  /** On a server of its own: figures are those of all jobs, and kept for seconds. */
  const open = async () => {
    const [own, inbox] = await Promise.all([startTestServer(env), new Inbox().start()]);
    onTestFinished(() => inbox.close());
    const run = (laterMs = 0, token = 'op') => runWorkflow(readWorkflow('monitor.json'), surroundings({
      env: { WAYBILL_SERVER: own.url, SLACK_WEBHOOK_URL: inbox.url },
      credentials: { 'Waybill operator': { type: 'httpBearerAuth', secret: token } },
      now: () => Date.now() + laterMs,
    }));
    return { waybill: new Shop(() => own.url), messages: inbox.messages, run };
  };

  test('says nothing while nothing has failed', async () => {
    const { waybill, messages, run } = await open();
    await waybill.done(newSku());
    const { error, executed } = await run();
    expect([error, executed.at(-1), messages]).toEqual([null, 'Did any fail today?', []]);
  });

  test('says what failed, and retries what a retry may help once its time has come', async () => {
    const { waybill, messages, run } = await open();
    const skus = [newSku('PASSES'), newSku('STAYS')];
    const ids = await Promise.all(skus.map((sku) => waybill.announce(sku)));
    const [passes = '', stays = ''] = ids;
    await waybill.step(passes, 'fail', { code: 'SEGMENT_FAILED', message: 'AI provider timed out' });
    await waybill.step(stays, 'fail', { code: 'INVALID_IMAGE', message: 'It is a text' });
    const states = async () => (await Promise.all(ids.map((id) => waybill.job(id)))).map(({ status }) => status);
    expect([(await run(-60_000)).error, await states()]).toEqual([null, ['FAILED', 'FAILED']]);
    expect(messages.map(({ text }) => text.split('\n').toSorted())).toEqual([[
      '2 product images failed today. The latest that are FAILED:', `${skus[0]}: SEGMENT_FAILED`,
      `${skus[1]}: INVALID_IMAGE`,
    ].toSorted()]);
    expect([(await run(60_000)).error, await states()]).toEqual([null, ['QUEUED', 'FAILED']]);
  });

  test('fails when its token is not that of an operator, instead of saying nothing', async () => {
    const { waybill, messages, run } = await open();
    const eve = { name: 'eve', userId: 'eve', roles: ['user'] };
    const { key } = (await waybill.ask('POST', '/api/tokens', eve, { authorization: 'Bearer admin' })).body.data;
    expect([(await run(0, key)).error, messages]).toEqual([expect.stringMatching(/^403 - .*role operator/), []]);
  });
});
