import { refuse } from '../../domain/errors.ts';
import type { Queue } from '../../kinds/image-set/application/queue.ts';
import type { Bindings } from './bindings.ts';
import type { QueueCalls } from './calls.ts';
import type { EdgeConfig } from './config.ts';
import { pullQueueOf } from './others.ts';
import { heard } from './said.ts';

/**
 * The local runtime does not notice that a client has gone: a message that comes within this time is leased to nobody.
 * Deployed, the request ends with its client.
 */
const longestLocalWaitMs = 2_000;

/**
 * The messages for workers that pull, which one object holds. The waiting is apart from the taking: what an object was
 * asked for goes on when its caller has gone, and would take a message for nobody.
 */
export function createEdgeQueue(
  env: Bindings,
  { gpuWorkerUrl, dev }: Pick<EdgeConfig, 'gpuWorkerUrl' | 'dev'>,
): Queue {
  const held = (): QueueCalls => pullQueueOf(env);
  const pull: Queue['pull'] = async (queue, { signal, waitMs, ...options }) => {
    const until = Date.now() + (dev ? Math.min(waitMs, longestLocalWaitMs) : waitMs);
    for (;;) {
      const pulled = await heard(held().pull(queue, { ...options, waitMs: 0 }));
      const leftMs = until - Date.now();
      if (!pulled.ok || pulled.value.length > 0 || leftMs <= 0 || signal?.aborted) return pulled;
      const waited = await heard(held().waitForMessages(queue, leftMs));
      if (!waited.ok) return waited;
    }
  };
  return {
    pull: async (queue, options) => {
      if (gpuWorkerUrl === null) return pull(queue, options);
      // What was put there before the URL was set is to be had all the same.
      const pulled = await pull(queue, { ...options, waitMs: 0 });
      return pulled.ok && pulled.value.length === 0 ? refuse('not_found', pushed) : pulled;
    },
    acknowledge: (queue, input) => heard(held().acknowledge(queue, input)),
    extend: (queue, input) => heard(held().extend(queue, input)),
  };
}

const pushed = 'This server pushes its messages, to GPU_WORKER_URL: there are none to be pulled.';
