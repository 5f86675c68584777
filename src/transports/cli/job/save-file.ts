import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

interface Downloader {
  download(url: string, options: { readonly signal: AbortSignal }): Promise<Response>;
}

/** Saves what a URL gives, as `saveBody` does. */
export async function saveFile(client: Downloader, url: string, path: string, signal: AbortSignal): Promise<void> {
  const { body } = await client.download(url, { signal });
  await saveBody(body, path, signal);
}

/**
 * The file's folder is made, and a file that is there already is replaced. It is written beside and moved into place,
 * so that half a file never looks like a result.
 */
export async function saveBody(body: Response['body'], path: string, signal: AbortSignal): Promise<void> {
  const unfinished = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await pipeline(Readable.fromWeb(body as ReadableStream), createWriteStream(unfinished), { signal });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
