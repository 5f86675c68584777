import { appendFileSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createClient, type Client } from '../../src/main/client/index.ts';
import { parseConfig } from '../../src/main/config/parse.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { startServer } from '../../src/main/node/server.ts';
import { version } from '../../src/main/version.ts';
import type { ImageSetView } from '../../src/kinds/image-set/contract/image-set-job.ts';
import { CommandFailure } from '../../src/transports/cli/failure.ts';
import { plain, type Output } from '../../src/transports/cli/output.ts';
import { duration } from '../../src/transports/cli/terminal/progress.ts';
import { chapters, findPhotos, products, type Chapter } from './chapters.ts';
import { accountLines, fileLines, headline, itemLines, promptLines } from './pages.ts';
import { runChapter } from './run-chapter.ts';
import { runCommand, script } from './run-command.ts';
import { openMarket, runProductImage, type Market } from './run-product-images.ts';
import { workersOf } from './workers.ts';

/** Between SIGTERM and SIGKILL, for what is left of a command when the server is down. */
const graceMs = 1_000;

export interface Demo {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Takes what still has to be done when the demo is stopped without waiting for its server. */
  readonly onStopAtOnce: (end: () => Promise<void>) => void;
  readonly dataDir: string;
  readonly photosDir: string;
}

/** Gives the exit status. Whatever happens, the server is down afterwards. */
export async function runDemo(demo: Demo): Promise<number> {
  const market = await openMarket();
  try {
    return await runWith(market, demo);
  } finally {
    await market.close();
  }
}

async function runWith(
  market: Market,
  { output, signal, onStopAtOnce, dataDir, photosDir }: Demo,
): Promise<number> {
  const startedAt = Date.now();
  const photos = findPhotos(photosDir);
  const logPath = join(dataDir, 'server.log');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const photosText = photos.length === 1 ? '1 photo' : `${photos.length} photos`;
  output.print(headline(output, `Waybill ${version} processes ${photosText}, then runs a command and fills a shop`));
  const flags = ['--dev', '--port', '0', '--workers', 'images,pipeline', '--data', dataDir];
  // Nothing of the environment: the demo is the same everywhere.
  const config = parseConfig(flags, market.env);
  const logger = createLogger('info', (line) => appendFileSync(logPath, line));
  const workers = await workersOf(dataDir);
  onStopAtOnce(() => workers.end(0));
  const server = await startServer(config, { logger });
  try {
    output.print(`A server with an image worker runs on ${server.url}, up in ${Date.now() - startedAt} ms.`);
    output.print(`It keeps everything in ${nameOf(dataDir)}; its log is ${nameOf(logPath)}.`);
    const userId = `demo-${startedAt.toString(36)}`;
    const client = createClient({ server: server.url, token: userId });
    const plan = chapters(photos);
    await grantWhatIsMissing(server.url, client, userId, plan, output, signal);
    const before = await client.me({}, { signal });
    const jobs: ImageSetView[] = [];
    const pictures: string[] = [];
    const results = join(dataDir, 'results', userId);
    for (const chapter of plan) {
      const folder = join(results, chapter.preset);
      output.print(`\n${headline(output, chapter.title)}`);
      const result = await runChapter(client, chapter, folder, output, signal);
      output.print(itemLines(result, chapter, output).join('\n'));
      output.print(`Job ${result.job.jobId} is ${result.job.status} after ${duration(result.tookMs)}: ${result.story}`);
      jobs.push(result.job);
      pictures.push(...[...result.files.values()].map(({ path }) => path));
    }
    const after = await client.me({}, { signal });
    output.print(`\n${headline(output, 'What it cost')}\n${accountLines(before, after).join('\n')}`);
    throwIfPhotosFailed(jobs, logPath);
    await tellCommand(client, pictures, join(results, 'command'), logPath, output, signal);
    await tellProductImages(market, server.url, products(photos), join(results, 'product-images'), output, signal);
    tellEnd(output, results, Date.now() - startedAt);
    return 0;
  } finally {
    await server.close();
    await workers.end(graceMs);
  }
}

async function tellCommand(
  client: Client,
  pictures: readonly string[],
  folder: string,
  logPath: string,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  output.print(`\n${headline(output, 'A command on the results')}`);
  if (process.platform !== 'linux') {
    output.print('Left out: on this machine commands run in containers only (docs/guides/commands.md).');
    return;
  }
  output.print('The server also runs commands. This one gets the results as files, and is a process of this machine.');
  output.print('Its log is printed while it runs, each line with the time since the job was submitted.\n');
  output.print(`${promptLines(script, output)}\n`);
  const { job, saved, states, tookMs } = await runCommand(client, pictures, folder, output, signal);
  const failure = job.failure === null ? '' : ` (${plain(job.failure.message)})`;
  if (job.state !== 'SUCCEEDED') {
    throw new CommandFailure(`the command is ${job.state}${failure}: see above, and ${nameOf(logPath)}`);
  }
  output.print(`\n${fileLines(saved.map(nameOf), output).join('\n')}`);
  const end = `${job.state} after ${duration(tookMs)} with exit code ${job.exitCode}`;
  output.print(`Job ${job.id} is ${end}: ${states.join(' → ')}`);
}

/** The first photos, each in a theme of its own. */
const themesShown = ['default', 'christmas'] as const;

async function tellProductImages(
  market: Market,
  server: string,
  photos: readonly string[],
  folder: string,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  output.print(`\n${headline(output, 'From a webhook to a shop')}`);
  output.print('A supplier announces photos. The server cuts the products out, makes backgrounds in two themes, and');
  output.print('puts the images on the products of a test shop, which answers as Shopify does.\n');
  for (const [at, photo] of photos.slice(0, themesShown.length).entries()) {
    const theme = themesShown[at] ?? 'default';
    const startedAt = Date.now();
    const { jobId, sku } = await market.announce(server, photo, theme, signal);
    const { job, saved } = await runProductImage(server, jobId, folder, output, signal);
    const took = duration(Date.now() - startedAt);
    if (job.status === 'DONE') {
      output.print(fileLines(saved.map(nameOf), output).join('\n'));
      output.print(`Job ${job.id} is DONE after ${took}: ${market.imagesOn(sku).length} images on ${sku}.`);
    } else {
      const why = plain(`${job.errorCode}: ${job.errorMessage}`);
      output.print(`Job ${job.id} is ${job.status} after ${took}: ${why}`);
    }
  }
}

/** A new user has the credits of the plan free; an administrator adds what the photos need beyond that. */
async function grantWhatIsMissing(
  server: string,
  client: Client,
  userId: string,
  plan: readonly Chapter[],
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const needed = plan.reduce((sum, { photos }) => sum + photos.length, 0);
  const { credits } = await client.me({}, { signal });
  output.print(
    `The user ${userId} is new and has ${credits} credits; ${needed} photos are to be done, one credit each.`,
  );
  if (credits >= needed) return;
  const missing = needed - credits;
  const admin = createClient({ server, token: 'admin' });
  await admin.grantCredits({ params: { id: userId }, body: { credits: missing, note: 'demo' } }, { signal });
  output.print(`An administrator grants the ${missing} that are missing.`);
}

function throwIfPhotosFailed(jobs: readonly ImageSetView[], logPath: string): void {
  const failed = jobs.reduce((sum, { progress }) => sum + progress.failed, 0);
  const good = failed === 0 && jobs.every(({ status }) => status === 'done');
  if (!good) throw new CommandFailure(`${failed} photos failed: see above, and ${nameOf(logPath)}`);
}

function tellEnd(output: Output, results: string, tookMs: number): void {
  output.print(
    `\n${output.resultStyle('green', '✓')} The results are in ${output.resultStyle('bold', nameOf(results))}`,
  );
  output.print(`  All of it took ${duration(tookMs)}. The server is down; deleting the folder removes every trace.`);
}

/** As one would type it here. */
function nameOf(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
}
