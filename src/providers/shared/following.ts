import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderWatch } from '../../ports/provider.ts';

/** One connection to an API. Ends with it, or rejects; calls `onFollowing` once it is certain that it works. */
type Follow = (onFollowing: () => void) => Promise<void>;

const firstRetryMs = 100;
const maxRetryMs = 10_000;

/**
 * A watch that connects again whenever a connection has ended, after a wait that doubles until one works. `begin` is
 * given the signal that is aborted when the watch is stopped.
 */
export function keepFollowing(begin: (signal: AbortSignal) => Follow): ProviderWatch {
  const controller = new AbortController();
  const following = run(begin(controller.signal), controller.signal);
  return {
    async stop() {
      controller.abort();
      await following;
    },
  };
}

async function run(follow: Follow, signal: AbortSignal): Promise<void> {
  let retryMs = firstRetryMs;
  while (!signal.aborted) {
    try {
      await follow(() => (retryMs = firstRetryMs));
    } catch {
      // The API is restarting or unreachable, or refuses.
    }
    await sleep(retryMs, undefined, { signal, ref: false }).catch(() => {});
    retryMs = Math.min(maxRetryMs, retryMs * 2);
  }
}
