import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { compileCache, fileOfProgram } from '../../cli/program-file.ts';
import { Shop } from '../shop.ts';
import { photoBytes } from './photo-server.ts';
import { withReplicate, type Stand } from './stand.ts';

/** In which a server is killed: with the sign by which its parent sees that a job is there. */
const steps = ['original', 'segmentation', 'backgrounds', 'composite', 'shopify'] as const;
type Step = (typeof steps)[number];

export interface KilledRounds {
  readonly kills: number;
  readonly jobs: number;
  /** Calls of the provider. */
  readonly calls: number;
}

/** Where servers keep what they know. */
interface Where {
  readonly folder: string;
  /** A PostgreSQL; left out: SQLite in the folder. */
  readonly databaseUrl?: string;
}

/** Of what a run chooses by chance: `WAYBILL_TEST_SEED`, to do the same again, or another one each time. */
export function killSeed(): number {
  return Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 32);
}

interface OwnServer {
  readonly process: ChildProcess;
  readonly url: string;
}

const jobsPerRound = 2;
/** A step takes a few hundred milliseconds here. */
const longestIntoStepMs = 400;
const program = fileOfProgram('test/product-image/pipeline/own-process.ts');

/**
 * A server is killed with SIGKILL again and again while it does product images, each time as it begins another step, or
 * at a moment chosen by `random`, in or after one of them. In the end every job is DONE, its product has each image
 * once, and its cost is that of the calls that were made.
 */
export async function killRounds(
  stand: Stand,
  { rounds, random, ...where }: Where & { readonly rounds: number; readonly random?: () => number },
): Promise<KilledRounds> {
  stand.shop.files.processingMs = 20_000;
  const jobs = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    const server = await start(stand, where);
    const at = random === undefined ? round % steps.length : Math.floor(random() * steps.length);
    const reached = reachedStep(stand, server.process, steps[at]!);
    for (let count = 0; count < jobsPerRound; count++) {
      const sku = `KILL-${round}-${count}`;
      jobs.set(await announce(stand, server, sku), sku);
    }
    await reached;
    const intoStepMs = (random?.() ?? 0) * longestIntoStepMs;
    await new Promise((resolve) => setTimeout(resolve, intoStepMs));
    await end(server, 'SIGKILL');
  }
  stand.shop.files.processingMs = 0;
  await checkAll(stand, await start(stand, where), jobs);
  return { kills: rounds, jobs: jobs.size, calls: stand.replicate.predictions.length };
}

/**
 * Two servers share a database and its objects, and take turns in being told of jobs. One of them is killed with
 * SIGKILL in the midst of a step of its own, when images of some jobs are on their way to the shop already: the other
 * one does all that is left.
 */
export async function killOneOfTwo(
  stand: Stand,
  { jobs: count, ...where }: Where & { readonly jobs: number },
): Promise<KilledRounds> {
  stand.shop.files.processingMs = 20_000;
  const [killed, other] = await Promise.all([start(stand, where), start(stand, where)]);
  const jobs = new Map<string, string>();
  const shopped = reachedStep(stand, killed.process, 'shopify');
  for (let at = 0; at < count; at++) {
    const sku = `TWO-${at}`;
    jobs.set(await announce(stand, [killed, other][at % 2]!, sku), sku);
  }
  await shopped;
  await reachedStep(stand, killed.process, 'composite');
  await end(killed, 'SIGKILL');
  const { body } = await new Shop(() => other.url).ask('GET', '/api/jobs/stats');
  expect(body.data.byStatus.DONE).toBeLessThan(count);
  stand.shop.files.processingMs = 0;
  await checkAll(stand, other, jobs);
  return { kills: 1, jobs: jobs.size, calls: stand.replicate.predictions.length };
}

async function announce(stand: Stand, server: OwnServer, sku: string): Promise<string> {
  stand.shop.files.addProduct(`Product ${sku}`, sku);
  return new Shop(() => server.url).announce(sku, stand.photos.put(photoBytes()));
}

/** Ends the server afterwards. */
async function checkAll(stand: Stand, server: OwnServer, jobs: ReadonlyMap<string, string>): Promise<void> {
  try {
    const client = new Shop(() => server.url);
    for (const [id, sku] of jobs) await checkJob(stand, client, id, sku);
    const total = await client.ask('GET', '/api/jobs/stats');
    expect(total.body.data.byStatus).toMatchObject({ DONE: jobs.size, FAILED: 0 });
  } finally {
    await end(server, 'SIGTERM');
  }
}

async function end(server: OwnServer, signal: NodeJS.Signals): Promise<void> {
  server.process.kill(signal);
  await once(server.process, 'exit');
}

/** Of one cut-out and one background: see paid.test.ts. Micro-dollars. */
const usualMicroUsd = 878 + 4_875;

async function checkJob(stand: Stand, client: Shop, id: string, sku: string): Promise<void> {
  await expect.poll(async () => (await client.job(id)).status, { timeout: 60_000, interval: 100 }).toBe('DONE');
  const job = await client.job(id);
  expect([id, job.costMicroUsd, job.attempt]).toEqual([id, usualMicroUsd, 0]);
  const ids = [job.segmentJobId, ...job.bgJobIds];
  expect(stand.replicate.predictions.filter((one) => ids.includes(one.id))).toHaveLength(2);
  const product = stand.shop.files.products.find(({ title }) => title === `Product ${sku}`)!;
  const images = stand.shop.files.imagesOn(product);
  expect([sku, images.length, new Set(images).size]).toEqual([sku, 3, 3]);
  expect(job.shopifyMediaIds).toEqual(product.media);
}

/** Resolves once some job is in the midst of the step. */
async function reachedStep(stand: Stand, child: ChildProcess, step: Step): Promise<void> {
  const { replicate, shop } = stand;
  const [calls, operations] = [replicate.predictions.length, shop.operations.length];
  const seen = new Set<string>();
  const note = (message: { imaging?: string }): void => void (message.imaging && seen.add(message.imaging));
  child.on('message', note);
  const isCalled = (model: string): boolean =>
    replicate.predictions.slice(0, replicate.predictions.length - calls).some((one) => one.model.name === model);
  const isReached: Readonly<Record<Step, () => boolean>> = {
    original: () => seen.has('inspect'),
    segmentation: () => isCalled('cjwbw/rembg'),
    backgrounds: () => isCalled('stability-ai/sdxl'),
    composite: () => seen.has('compose'),
    shopify: () => shop.operations.slice(operations).includes('CreateFile'),
  };
  await expect.poll(isReached[step], { timeout: 60_000, interval: 5 }).toBe(true);
  child.off('message', note);
}

async function start(stand: Stand, { folder, databaseUrl }: Where): Promise<OwnServer> {
  const child = fork(program, {
    env: {
      ...process.env, ...stand.env, ...withReplicate, WAYBILL_DEV: 'true', PORT: '0', WAYBILL_DATA: folder,
      NODE_COMPILE_CACHE: compileCache, ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += String(chunk)));
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: { url?: string }) => message.url && resolve(message.url));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${errors}`)));
  });
  return { process: child, url };
}
