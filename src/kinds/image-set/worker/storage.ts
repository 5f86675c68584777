import { retryUntilAnswered } from '../../../http/retry.ts';
import { readBytes, request, type Fetch } from '../../../http/request.ts';
import type { ImageWorkerLimits } from './limits.ts';

export interface Storage {
  /** @throws {RequestError} status 404 when nothing is there; retryable when all patience was in vain */
  get(url: string, signal: AbortSignal): Promise<Uint8Array>;
  /** @throws {RequestError} as above */
  put(url: string, bytes: Uint8Array, contentType: string, signal: AbortSignal): Promise<void>;
}

/** The photos' storage, by presigned URLs. */
export function createStorage(
  fetch: Fetch,
  limits: ImageWorkerLimits,
  onTrouble: (what: string, trouble: Error, tries: number) => void,
): Storage {
  const { transferMs: timeLimitMs, transferPatienceMs: patienceMs, maxInputBytes, backoff, maxRetryAfterMs } = limits;
  const patience = (what: string, signal: AbortSignal) => ({
    patienceMs, backoff, maxRetryAfterMs, signal,
    onFailure: (trouble: Error, tries: number) => onTrouble(what, trouble, tries),
  });
  return {
    get: (url, signal) =>
      retryUntilAnswered(
        () =>
          request(fetch, url, { signal, timeLimitMs }, async (response) => {
            // A Buffer over the same memory: restyling code may use its methods.
            return Buffer.from((await readBytes(response, maxInputBytes)).buffer);
          }),
        patience('download', signal),
      ),
    put: (url, bytes, contentType, signal) => {
      const init = {
        method: 'PUT',
        headers: { 'content-type': contentType },
        // Never a shared buffer, which is all that the type leaves open.
        body: bytes as Uint8Array<ArrayBuffer>,
        signal,
        timeLimitMs,
      };
      return retryUntilAnswered(
        () => request(fetch, url, init, async (response) => response.body?.cancel()),
        patience('upload', signal),
      );
    },
  };
}
