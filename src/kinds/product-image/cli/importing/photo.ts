import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { maxPhotoBytes } from '../../contract/fields.ts';
import type { ImportRow } from './rows.ts';
import { photoTypes } from './rows.ts';

const timeoutMs = 60_000;

/** A file of this machine. Throws what cannot be imported, for people. */
export async function openPhoto(path: string): Promise<{ readonly blob: Blob; readonly sha256: string }> {
  const type = photoTypes[extname(path).toLowerCase() as keyof typeof photoTypes];
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `there is no file ${path}` : `cannot read ${error.message}`);
  });
  if (!info.isFile()) throw new Error(`${path} is no file`);
  const blob = await openAsBlob(path, { type }).catch(() => {
    throw new Error(`cannot read ${path}`);
  });
  if (blob.size > maxPhotoBytes) throw new Error(`${path} has ${blob.size} bytes, and ${maxPhotoBytes} is the most`);
  return { blob, sha256: await hashOf(blob.stream()) };
}

/** Fetches the photo to know its hash; the server fetches it again, and compares. */
export async function hashOfUrl(url: string, signal: AbortSignal): Promise<string> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const response = await fetch(url, { signal: either, headers: { accept: 'image/*' } }).catch((error: Error) => {
    signal.throwIfAborted();
    throw new Error(`${url} cannot be fetched: ${error.message}`);
  });
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  return hashOf(response.body);
}

async function hashOf(bytes: ReadableStream<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > maxPhotoBytes) throw new Error(`the photo has more than ${maxPhotoBytes} bytes`);
    hash.update(chunk);
  }
  return hash.digest('hex');
}

export function sourceOf({ photo }: ImportRow): string {
  return 'url' in photo ? photo.url : photo.path;
}
