import { resultNames } from './result-names.ts';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { ApiError } from '../../../client/index.ts';
import { CommandFailure } from '../../../transports/cli/failure.ts';
import type { Progress } from '../../../transports/cli/terminal/progress.ts';
import type { ImageSetClient, ImageSetView } from './client.ts';
import { inParallel } from './in-parallel.ts';

const downloadsAtOnce = 4;

/**
 * Saves what was delivered in `folder`, which is made, under the names of the photos where they are known;
 * files of the same name are replaced. Gives the paths, by item.
 */
export async function saveResults(
  client: ImageSetClient,
  job: ImageSetView,
  photoPaths: readonly string[],
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const delivered = job.items.flatMap(({ idx, outputUrl }) => (outputUrl === null ? [] : [{ idx, url: outputUrl }]));
  const paths = resultNames(delivered, photoPaths).map((name) => join(folder, name));
  await mkdir(folder, { recursive: true });
  let done = 0;
  const tell = (): void => progress.update({ label: 'downloading', done, failed: 0, total: delivered.length });
  await inParallel(delivered, downloadsAtOnce, signal, async ({ idx, url }, index, stop) => {
    const path = paths[index] ?? '';
    try {
      await saveOne(client, url, path, stop);
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && error.code === 'aborted')) throw error;
      throw new CommandFailure(`the result of item ${idx} cannot be saved: ${(error as Error).message}`);
    }
    done += 1;
    tell();
  });
  return paths;
}

/** Written beside and moved into place, so that half a file never looks like a result. */
async function saveOne(client: ImageSetClient, url: string, path: string, signal: AbortSignal): Promise<void> {
  const unfinished = `${path}.part`;
  const { body } = await client.download(url, { signal });
  try {
    await pipeline(Readable.fromWeb(body as ReadableStream), createWriteStream(unfinished), { signal });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
