import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { QueueMessage, Row, Target } from './target-types.ts';
import { newUser } from './user.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const wrangler = `${root}node_modules/wrangler/bin/wrangler.js`;

/** The Worker under `wrangler dev`, which `worker-setup.ts` starts once for all files. */
export async function openWorkerTarget(): Promise<Target> {
  const { url, gpuWorkerUrl, folder } = inject('edge');
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
    query: async (...statements) => {
      const sql = statements.join(';');
      const args = ['d1', 'execute', 's3-db', '--local', '--persist-to', folder, '--json', '--command', sql];
      const { stdout } = await run(process.execPath, [wrangler, ...args, '--config', `${root}deploy/wrangler.jsonc`], {
        cwd: root,
        env: { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false' },
      });
      return (JSON.parse(stdout) as { results: Row[] }[]).map(({ results }) => results);
    },
    close: async () => {},
  };
  return target;
}
