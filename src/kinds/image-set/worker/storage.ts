import { withPatience } from '../../../worker/server/patience.ts';
import { readBytes, request, type Fetch } from '../../../worker/server/request.ts';
import type { ImageWorkerLimits } from './limits.ts';
import type { Trouble } from '../../../worker/server/trouble.ts';

export interface Storage {
  /** @throws {Trouble} status 404 when nothing is there; retryable when all patience was in vain */
  get(url: string, signal: AbortSignal): Promise<Uint8Array>;
  /** @throws {Trouble} as above */
  put(url: string, bytes: Uint8Array, contentType: string, signal: AbortSignal): Promise<void>;
}

/** The photos' storage, by presigned URLs. */
export function createStorage(
  fetch: Fetch,
  limits: ImageWorkerLimits,
  onTrouble: (what: string, trouble: Trouble, tries: number) => void,
): Storage {
  const { transferMs: timeLimitMs, transferPatienceMs: patienceMs, maxInputBytes, backoff, maxRetryAfterMs } = limits;
  const patience = (what: string, signal: AbortSignal) => ({
    patienceMs, backoff, maxRetryAfterMs, signal,
    onTrouble: (trouble: Trouble, tries: number) => onTrouble(what, trouble, tries),
  });
  return {
    get: (url, signal) =>
      withPatience(
        () => request(fetch, url, { signal, timeLimitMs }, (response) => readBytes(response, maxInputBytes)),
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
      return withPatience(
        () => request(fetch, url, init, async (response) => response.body?.cancel()),
        patience('upload', signal),
      );
    },
  };
}
