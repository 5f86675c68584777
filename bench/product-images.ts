/**
 * Product images through the pipeline of a server on SQLite, with the local providers and a simulated shop whose images
 * are ready after a second: images a minute, seconds per step, and the memory of server and studio.
 *
 *   node bench/product-images.ts [--photos=12] [--at-once=4] [--studios=2]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { PhotoServer } from '../test/product-image/pipeline/photo-server.ts';
import { adminToken, TestShop } from '../test/shops/shopify-server/server.ts';

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: '12' }, 'at-once': { type: 'string', default: '4' },
    studios: { type: 'string', default: '2' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const samples = ['bowl.jpg', 'coffee.jpg', 'cat.jpg'];

const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
const [shop, photos] = await Promise.all([new TestShop({ now: Date.now }).start(), new PhotoServer().start()]);
shop.files.processingMs = 1_000;
shop.bucket.size = { maximumAvailable: 20_000, restoreRate: 1_000 };

const program = join(root, 'src/main/cli.ts');
const server = spawn(process.execPath, [program, 'serve', '--dev', '--port', '0', '--data', folder], {
  env: {
    ...process.env, WAYBILL_WORKERS: 'pipeline', SHOPIFY_STORE_DOMAIN: 'test-shop.myshopify.com',
    SHOPIFY_ADMIN_TOKEN: adminToken, SHOPIFY_API_BASE_URL: shop.baseUrl, LOG_FORMAT: 'json',
    PIPELINE_CONCURRENCY: values['at-once'], STUDIO_PROCESSES: values.studios,
  },
  stdio: ['ignore', 'inherit', 'pipe'],
});
let log = '';
const url = await new Promise<string>((resolve, reject) => {
  server.stderr.on('data', (chunk) => {
    log += String(chunk);
    const found = /"message":"listening","url":"([^"]+)"/.exec(log)?.[1];
    if (found !== undefined) resolve(found);
  });
  server.once('exit', () => reject(new Error(log)));
});

interface Usage {
  readonly name: string;
  /** The most that it had, MiB. */
  readonly peak: number;
  /** Processor time so far, seconds. */
  readonly seconds: number;
}

/** Of the server, and of each of its processes. */
function usage(): readonly Usage[] {
  const own = String(server.pid);
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      if (pid !== own && !new RegExp(`PPid:\\s+${own}\\n`).test(status)) return [];
      // After the name in brackets: utime and stime in hundredths of a second.
      const times = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      const peak = Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      const seconds = (Number(times[11]) + Number(times[12])) / 100;
      return [{ name: pid === own ? 'server' : 'studio', peak, seconds }];
    } catch {
      return [];
    }
  });
}

interface Job {
  readonly status: string;
  readonly errorMessage: string | null;
  readonly timings: Readonly<Record<string, number | null>>;
}

async function jobOf(id: string): Promise<Job> {
  const response = await fetch(`${url}/api/jobs/${id}`, { headers: { authorization: 'Bearer op' } });
  return ((await response.json()) as { data: Job }).data;
}

const files = await Promise.all(Array.from({ length: Number(values.photos) }, async (_, at) => {
  const photo = sharp(join(root, 'examples/photos', samples[at % samples.length]!));
  // Another file each time, of the same pixels.
  return photo.resize(1_600).withExif({ IFD0: { ImageDescription: String(at) } }).jpeg({ quality: 90 }).toBuffer();
}));
const began = performance.now();
const ids = await Promise.all(files.map(async (bytes, at) => {
  const sku = `BENCH-${at}`;
  shop.files.addProduct(sku, sku);
  const body = JSON.stringify({ sku, ...photos.put(bytes) });
  const response = await fetch(`${url}/api/webhooks/3jms/images`, { method: 'POST', body });
  return ((await response.json()) as { data: { jobId: string } }).data.jobId;
}));
const jobs: Job[] = [];
for (const id of ids) {
  let job = await jobOf(id);
  for (; job.status !== 'DONE' && job.status !== 'FAILED'; job = await jobOf(id)) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  if (job.status === 'FAILED') console.error(job.errorMessage);
  jobs.push(job);
}
const seconds = (performance.now() - began) / 1_000;
const done = jobs.filter(({ status }) => status === 'DONE');
const perMinute = (60 * done.length / seconds).toFixed(1);
console.log(`${done.length} of ${jobs.length} in ${seconds.toFixed(1)} s: ${perMinute} a minute`);
for (const step of Object.keys(done[0]?.timings ?? {})) {
  const times = done.map(({ timings }) => timings[step] ?? 0).sort((a, b) => a - b);
  const [middle, most] = [times[Math.floor(times.length / 2)] ?? 0, times.at(-1) ?? 0];
  console.log(`${step.padEnd(16)} median ${(middle / 1_000).toFixed(2)} s, most ${(most / 1_000).toFixed(2)} s`);
}
for (const { name, peak, seconds: busy } of usage()) {
  console.log(`${name.padEnd(16)} ${peak} MiB at most, ${(busy / jobs.length).toFixed(2)} s of a core per photo`);
}
server.kill('SIGTERM');
await once(server, 'exit');
await Promise.all([shop.close(), photos.close()]);
rmSync(folder, { recursive: true, force: true });
