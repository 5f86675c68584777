/** Reading an object: one open file is one version of it, whatever is written meanwhile. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ObjectStoreFailure, type ObjectInfo } from '../../ports/object-store.ts';
import { codeOf, folderExists, linkRefused, pathOfKey, unlessMissing } from './layout.ts';
import { decodeTrailer, trailerBytes } from './trailer.ts';

export interface OpenObject {
  readonly info: ObjectInfo;
  /** Without quotes. */
  readonly etag: string;
  /** Bytes `first` to `last` (inclusive); for an empty object `last` is -1. Closes the file at its end. */
  read(first: number, last: number): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>>;
  close(): Promise<void>;
}

/** Up to here one read into memory costs less than a stream, and holds no file open. */
const inOneReadBytes = 256 * 1024;
const chunkBytes = 256 * 1024;

/** Null when there is no such object. The caller reads or closes it. */
export async function openObject(root: string, key: string): Promise<OpenObject | null> {
  const path = pathOfKey(root, key);
  if (!(await folderExists(dirname(path)))) return null;
  const handle = await openPlainFile(path);
  if (handle === null) return null;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw damaged(key);
    const size = stats.size - trailerBytes;
    const trailer = size < 0 ? null : decodeTrailer(await readExactly(handle, size, trailerBytes));
    if (trailer === null) throw damaged(key);
    const info = { key, size, contentType: trailer.contentType, modifiedAt: Math.round(stats.mtimeMs) };
    return {
      info,
      etag: trailer.etag,
      read: (first, last) => readRange(handle, first, last - first + 1),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openPlainFile(path: string): Promise<FileHandle | null> {
  try {
    // NONBLOCK: opening a named pipe would wait for a writer for ever.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ELOOP') throw linkRefused(path);
    return unlessMissing(error);
  }
}

async function readRange(
  handle: FileHandle,
  first: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (length > inOneReadBytes) return streamRange(handle, first, first + length);
  try {
    return await readExactly(handle, first, length);
  } finally {
    await handle.close();
  }
}

function streamRange(handle: FileHandle, first: number, end: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = first;
  return new ReadableStream({
    async pull(controller) {
      try {
        const chunk = await readExactly(handle, at, Math.min(chunkBytes, end - at));
        at += chunk.byteLength;
        controller.enqueue(chunk);
        if (at < end) return;
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      await handle.close();
    },
    cancel: () => handle.close(),
  });
}

async function readExactly(handle: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new ObjectStoreFailure('an object file became shorter', { retryable: false });
    done += bytesRead;
  }
  return bytes;
}

function damaged(key: string): ObjectStoreFailure {
  const message = `the file of object ${JSON.stringify(key)} is cut short or was not written by this store`;
  return new ObjectStoreFailure(message, { retryable: false });
}
