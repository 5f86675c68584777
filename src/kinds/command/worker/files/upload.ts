import { openAsBlob } from 'node:fs';
import { request } from '../../../../http/request.ts';
import { retryUntilAnswered } from '../../../../http/retry.ts';
import { transferPauses, transferPatienceMs, transferTimeMs } from './transfer.ts';

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * @throws {RequestError} when it is not taken, what the file system says, and the signal's reason
 */
export async function upload(file: string, { url, headers }: Target, signal: AbortSignal): Promise<void> {
  await retryUntilAnswered(
    async () => {
      // Anew for each try: it is read as it is sent.
      const body = await openAsBlob(file);
      await request(
        fetch,
        url,
        { method: 'PUT', headers, body, signal, timeLimitMs: transferTimeMs },
        async (response) => {
          await response.body?.cancel();
        },
      );
    },
    { ...transferPauses, signal, patienceMs: transferPatienceMs },
  );
}
