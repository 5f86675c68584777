import { statSync } from 'node:fs';
import type { Client } from '../../src/main/client/index.ts';
import { CommandFailure } from '../../src/transports/cli/failure.ts';
import { follow } from '../../src/transports/cli/job/follow.ts';
import { getImageSet } from '../../src/kinds/image-set/cli/get.ts';
import type { ImageSetView } from '../../src/kinds/image-set/contract/image-set-job.ts';
import { openPhotos } from '../../src/kinds/image-set/cli/photos.ts';
import { saveResults } from '../../src/kinds/image-set/cli/results.ts';
import { uploadPhotos } from '../../src/kinds/image-set/cli/uploads.ts';
import type { Output } from '../../src/transports/cli/output.ts';
import { createProgress } from '../../src/transports/cli/terminal/progress.ts';
import type { Chapter } from './chapters.ts';

export interface ChapterResult {
  readonly job: ImageSetView;
  /** What was delivered, by item: its file and bytes. */
  readonly files: ReadonlyMap<number, { readonly path: string; readonly bytes: number }>;
  /** The names of its events, in order, repeated ones counted. */
  readonly story: string;
  readonly tookMs: number;
}

/** Create, upload, confirm, execute, wait, download: each by the public API. */
export async function runChapter(
  client: Client,
  { preset, photos: paths }: Chapter,
  folder: string,
  output: Output,
  signal: AbortSignal,
): Promise<ChapterResult> {
  const startedAt = Date.now();
  const progress = createProgress(output, process.env);
  try {
    const photos = await openPhotos(paths);
    const files = photos.map(({ contentType, size }) => ({ contentType, contentLength: size }));
    const created = await client.createImageSet({ body: { preset, itemCount: photos.length, files } }, { signal });
    const params = { id: created.jobId };
    await uploadPhotos(client, created.urls, photos, progress, signal);
    await client.confirmUpload({ params, body: { totalItems: photos.length, verify: true } }, { signal });
    await client.executeImageSet({ params, body: {} }, { signal });
    const job = await follow({ output, signal }, () => getImageSet(client, created.jobId, signal), progress);
    const saved = await saveResults(client, job, paths, { folder }, progress, signal);
    const delivered = job.items.filter(({ outputUrl }) => outputUrl !== null);
    const sizes = delivered.map(({ idx }, place) => [idx, sizeOf(saved[place] ?? '')] as const);
    return {
      job,
      files: new Map(sizes),
      story: await storyOf(client, created.jobId, signal),
      tookMs: Date.now() - startedAt,
    };
  } finally {
    progress.end();
  }
}

function sizeOf(path: string): { readonly path: string; readonly bytes: number } {
  const { size: bytes } = statSync(path);
  if (bytes === 0) throw new CommandFailure(`the result ${path} is empty`);
  return { path, bytes };
}

async function storyOf(client: Client, jobId: string, signal: AbortSignal): Promise<string> {
  const { events } = await client.listJobEvents({ params: { id: jobId }, query: { limit: 200 } }, { signal });
  const counts = new Map<string, number>();
  for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => (count === 1 ? type : `${count} × ${type}`)).join(' → ');
}
