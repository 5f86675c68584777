import { inject } from 'vitest';
import type { QueueMessage, Target } from './target-types.ts';
import { newUser } from './user.ts';

/** The Worker under `wrangler dev`, which `worker-setup.ts` starts once for all files. */
export async function openWorkerTarget(): Promise<Target> {
  const { url, gpuWorkerUrl } = inject('edge');
  const pushed = async (path: string): Promise<QueueMessage[]> => {
    const response = await fetch(`${gpuWorkerUrl}/${path}`, { signal: AbortSignal.timeout(15_000) });
    return (await response.json()) as QueueMessage[];
  };
  const target: Target = {
    name: 'worker',
    url,
    workerUrl: url,
    callbackSecret: 'dev-callback-secret',
    takeMessage: async (jobId) => {
      const [message] = await pushed(jobId);
      if (message === undefined) throw new Error(`no message for job ${jobId}`);
      return message;
    },
    countMessages: async (jobId) => {
      // The queue is in order, and a batch is delivered when the one before has been: whatever was under way has
      // come when two messages have that were sent one after the other.
      for (let round = 0; round < 2; round++) await pushed(await newUser(target).queued(1));
      return (await pushed(`${jobId}?now`)).length;
    },
    close: async () => {},
  };
  return target;
}
