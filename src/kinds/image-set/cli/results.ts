import { resultNames } from './result-names.ts';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError } from '../../../client/index.ts';
import { CommandFailure } from '../../../transports/cli/failure.ts';
import { saveFile } from '../../../transports/cli/job/save-file.ts';
import type { Progress } from '../../../transports/cli/terminal/progress.ts';
import type { ImageSetClient, ImageSetView } from './client.ts';
import { inParallel } from './in-parallel.ts';

const downloadsAtOnce = 4;

/**
 * Saves what was delivered in `folder`, which is made, under the names of the photos where they are known,
 * with the suffix; no file that is there is replaced. Gives the paths, by item.
 */
export async function saveResults(
  client: ImageSetClient,
  job: ImageSetView,
  photoPaths: readonly string[],
  { folder, suffix = '' }: { readonly folder: string; readonly suffix?: string | undefined },
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const delivered = job.items.flatMap(({ idx, outputUrl }) => (outputUrl === null ? [] : [{ idx, url: outputUrl }]));
  await mkdir(folder, { recursive: true });
  const names = resultNames(delivered, photoPaths, suffix, await readdir(folder));
  const paths = names.map((name) => join(folder, name));
  let done = 0;
  const tell = (): void => progress.update({ label: 'downloading', done, failed: 0, total: delivered.length });
  await inParallel(delivered, downloadsAtOnce, signal, async ({ idx, url }, index, stop) => {
    const path = paths[index] ?? '';
    try {
      await saveFile(client, url, path, stop);
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && error.code === 'aborted')) throw error;
      throw new CommandFailure(`the result of item ${idx} cannot be saved: ${(error as Error).message}`);
    }
    done += 1;
    tell();
  });
  return paths;
}
