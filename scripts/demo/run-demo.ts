import { appendFileSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createClient, type Client } from '../../src/main/client/index.ts';
import { parseConfig } from '../../src/main/config/parse.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { startServer } from '../../src/main/node/server.ts';
import { version } from '../../src/main/version.ts';
import type { ImageSetView } from '../../src/kinds/image-set/contract/image-set-job.ts';
import { CommandFailure } from '../../src/transports/cli/failure.ts';
import type { Output } from '../../src/transports/cli/output.ts';
import { duration } from '../../src/transports/cli/terminal/progress.ts';
import { chapters, findPhotos, type Chapter } from './chapters.ts';
import { accountLines, headline, itemLines } from './pages.ts';
import { runChapter } from './run-chapter.ts';

export interface Demo {
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly dataDir: string;
  readonly photosDir: string;
}

/** Gives the exit status. Whatever happens, the server is down afterwards. */
export async function runDemo({ output, signal, dataDir, photosDir }: Demo): Promise<number> {
  const startedAt = Date.now();
  const photos = findPhotos(photosDir);
  const logPath = join(dataDir, 'server.log');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  output.print(headline(output, `Waybill ${version}: ${photos.length} photos through the whole of it`));
  // Nothing of the environment: the demo is the same everywhere.
  const config = parseConfig(['--dev', '--port', '0', '--workers', 'images', '--data', dataDir], {});
  const logger = createLogger('info', (line) => appendFileSync(logPath, line));
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
    for (const chapter of plan) {
      const folder = join(dataDir, 'results', userId, chapter.preset);
      output.print(`\n${headline(output, chapter.title)}`);
      const result = await runChapter(client, chapter, folder, output, signal);
      output.print(itemLines(result, chapter, output).join('\n'));
      output.print(`Job ${result.job.jobId} is ${result.job.status} after ${duration(result.tookMs)}: ${result.story}`);
      jobs.push(result.job);
    }
    const after = await client.me({}, { signal });
    output.print(`\n${headline(output, 'What it cost')}\n${accountLines(before, after).join('\n')}`);
    return tellEnd(output, jobs, join(dataDir, 'results', userId), logPath, Date.now() - startedAt);
  } finally {
    await server.close();
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

function tellEnd(
  output: Output,
  jobs: readonly ImageSetView[],
  results: string,
  logPath: string,
  tookMs: number,
): number {
  const failed = jobs.reduce((sum, { progress }) => sum + progress.failed, 0);
  const good = failed === 0 && jobs.every(({ status }) => status === 'done');
  if (!good) throw new CommandFailure(`${failed} photos failed: see above, and ${nameOf(logPath)}`);
  output.print(
    `\n${output.resultStyle('green', '✓')} The results are in ${output.resultStyle('bold', nameOf(results))}`,
  );
  output.print(`  All of it took ${duration(tookMs)}. The server is down; deleting the folder removes every trace.`);
  return 0;
}

/** As one would type it here. */
function nameOf(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
}
