import type { FileHandle } from 'node:fs/promises';
import { RequestError } from '../../../../http/request-error.ts';
import { request } from '../../../../http/request.ts';
import { retryUntilAnswered } from '../../../../http/retry.ts';
import { createWithin } from './paths.ts';
import { downloadTimeMs, transferPauses, transferPatienceMs } from './transfer.ts';

/**
 * Brings a file into the work directory.
 *
 * @throws {RequestError} when it cannot be had, {OutsideError} for a path that leaves the directory, what the file
 * system says, and the signal's reason
 */
export async function download(url: string, folder: string, path: string, signal: AbortSignal): Promise<void> {
  const options = { method: 'GET', signal, timeLimitMs: downloadTimeMs };
  const file = await createWithin(folder, path);
  try {
    await retryUntilAnswered(() => request(fetch, url, options, (response) => write(file, response)), {
      ...transferPauses,
      signal,
      patienceMs: transferPatienceMs,
    });
  } finally {
    await file.close();
  }
}

async function write(file: FileHandle, response: Response): Promise<void> {
  let at = 0;
  for await (const bytes of response.body ?? []) {
    try {
      for (let done = 0; done < bytes.byteLength;) {
        const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, at + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw new RequestError(`cannot be written: ${(error as Error).message}`, { retryable: false, cause: error });
    }
    at += bytes.byteLength;
  }
  // What an earlier try had written beyond it.
  await file.truncate(at);
}
