/**
 * The pictures of the console in docs/console: `node scripts/console-pictures.ts [NAME...]`, after a change of how
 * pages look; all of them, or those with these names. Starts a server of its own with photos, tasks, webhooks and
 * commands, and opens its pages in Debian's Chromium.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import sharp from 'sharp';
import { createWorker } from '../src/kinds/task/worker/index.ts';
import { createClient } from '../src/main/client/index.ts';
import { parseConfig } from '../src/main/config/parse.ts';
import { createLogger } from '../src/main/node/logger.ts';
import { startServer } from '../src/main/node/server.ts';
import { browserArgs, browserFile } from '../test/console/browser.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'docs/console');
const asked = process.argv.slice(2);
const photos = ['bowl', 'coffee', 'cat', 'portrait', 'interior'];
const folder = mkdtempSync(join(tmpdir(), 'waybill-console-'));
mkdirSync(out, { recursive: true });

const server = await startServer(
  parseConfig(['--dev', '--port', '0', '--data', folder, '--workers', 'images'], { GRPC_PORT: '0' }),
  { logger: createLogger('error', (line) => process.stderr.write(line)) },
);
const client = createClient({ server: server.url, token: 'mira' });
const browser = await chromium.launch({ executablePath: browserFile!, args: browserArgs });
try {
  const set = await photoSet('seller');
  const cutOuts = await photoSet('remove-background');
  const command = await client.submitCommand({
    body: { command: 'for n in 1 2 3 4 5 6 7 8; do echo "batch $n of 8 is written"; sleep 0.2; done; df -h /; exit 3' },
  });
  await tasks();
  const receiver = await webhooks();
  await keys();
  for await (const job of client.watch(command.id)) if (job.endedAt !== null) break;
  const pages: readonly (readonly [name: string, path: string, look?: Look])[] = [
    ['home', '/'], ['home-dark', '/', { dark: true }], ['home-phone', '/', { phone: true }],
    ['photos', '/photos'], ['photos-new', '/photos/new'], ['photo-set', `/photos/${set}`],
    ['photo-set-dark', `/photos/${cutOuts}`, { dark: true }],
    ['photo-set-phone', `/photos/${cutOuts}`, { phone: true }],
    ['jobs', '/jobs', { user: 'admin' }], ['job', `/jobs/${command.id}`], ['log', `/jobs/${command.id}?tab=log`],
    ['types', '/types', { user: 'admin' }], ['commands', '/commands'], ['credits', '/credits'],
    ['webhooks', '/webhooks'], ['keys', '/keys'],
    ['health', '/health', { user: 'admin' }],
  ];
  for (const [name, path, look] of pages) {
    if (asked.length === 0 || asked.includes(name)) await picture(browser, name, path, look);
  }
  receiver.close();
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Two types with limits: one that works, with some failures, and one that waits for a worker. */
async function tasks(): Promise<void> {
  await client.putWorkType({
    params: { type: 'resize' },
    body: { limits: { maxRunning: 8, rate: { count: 100, windowMs: 60_000 } }, searchable: ['sku'] },
  });
  for (let n = 1; n <= 12; n += 1) {
    const data = { sku: `MUG-${n}`, width: 400 };
    await client.submitTask({ body: { type: 'resize', data, maxAttempts: 1 } });
  }
  const handled = Promise.withResolvers<void>();
  let count = 0;
  const worker = createWorker({
    server: server.url, token: 'operator', signals: false,
    handlers: {
      resize: async ({ data }) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        if ((count += 1) === 12) handled.resolve();
        if ((data as { sku: string }).sku.endsWith('7')) throw new Error('The file is empty.');
        return { ok: true };
      },
    },
  });
  await handled.promise;
  await worker.stop();
  const data = { csv: 'name,email\nAda,ada@example.org' };
  for (let n = 0; n < 4; n += 1) await client.submitTask({ body: { type: 'import_voters', data } });
}

/** An endpoint that is reached, and one that answers with errors, told of tasks that end. */
async function webhooks(): Promise<Server> {
  const receiver = createServer((request, response) => {
    response.statusCode = request.url === '/hooks/orders' ? 200 : 503;
    response.end();
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
  for (const path of ['orders', 'orders', 'stock', 'orders']) {
    const { id } = await client.submitTask({ body: { type: 'report', webhookUrl: `${base}/${path}` } });
    await client.cancelJob({ params: { id } });
  }
  await client.testWebhook({ body: { url: `${base}/orders` } });
  return receiver;
}

async function keys(): Promise<void> {
  for (const [name, expiresInDays] of [['Shop importer', 90], ['Nightly export', 365], ['Laptop', 30]] as const) {
    await client.createToken({ body: { name, expiresInDays } });
  }
}

interface Look {
  readonly dark?: boolean;
  readonly phone?: boolean;
  readonly user?: string;
}

/** All photos by a preset, to its end. Its id. */
async function photoSet(preset: string): Promise<string> {
  const files = photos.map((name) => ({ name: `${name}.jpg` }));
  const { jobId, urls } = await client.createImageSet({ body: { preset, itemCount: photos.length, files } });
  for (const { idx, url } of urls) {
    const bytes = await readFile(join(root, 'examples/photos', `${photos[idx]}.jpg`));
    await client.upload(url, new Uint8Array(bytes), { contentType: 'image/jpeg' });
  }
  await client.confirmUpload({ params: { id: jobId }, body: {} });
  await client.executeImageSet({ params: { id: jobId }, body: {} });
  for await (const job of client.watch(jobId)) if (job.endedAt !== null) break;
  return jobId;
}

async function picture(from: Browser, name: string, path: string, look: Look = {}): Promise<void> {
  const { dark = false, phone = false, user = 'mira' } = look;
  const context = await from.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1_280, height: 800 },
    colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', locale: 'en-GB', deviceScaleFactor: 1.5,
  });
  await context.addCookies([{ name: 'waybill_session', value: user, url: server.url }]);
  const page = await context.newPage();
  await page.goto(server.url + path);
  // Pictures fade in.
  await page.waitForTimeout(2_500);
  const bytes = await page.screenshot();
  await sharp(bytes).webp({ quality: 82 }).toFile(join(out, `${name}.webp`));
  await context.close();
}
