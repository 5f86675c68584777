import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { inject } from 'vitest';
import type { QueueMessage, Row, Target } from './target-types.ts';
import { newUser } from './user.ts';
import { startEdge } from './worker-edge.ts';

/** The Worker under `wrangler dev`, which `worker-setup.ts` starts once for all files. */
export function openWorkerTarget(): Promise<Target> {
  return targetOf(inject('edge'), async () => {});
}

/** A Worker of its own. */
export async function openOwnWorkerTarget(): Promise<Target> {
  const { gpuWorkerUrl } = inject('edge');
  const { url, folder, stop } = await startEdge(gpuWorkerUrl);
  return targetOf({ url, gpuWorkerUrl, folder }, stop);
}

async function targetOf(
  { url, gpuWorkerUrl, folder }: { readonly url: string; readonly gpuWorkerUrl: string; readonly folder: string },
  close: () => Promise<void>,
): Promise<Target> {
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
      const file = new Database(databaseIn(folder), { readonly: true, timeout: 10_000 });
      try {
        return statements.map((sql) => file.prepare(sql).all() as Row[]);
      } finally {
        file.close();
      }
    },
    close,
  };
  return target;
}

/** The file of the one D1 database. `wrangler d1 execute` takes two seconds to start another runtime on it. */
function databaseIn(folder: string): string {
  const databases = join(folder, 'v3/d1/miniflare-D1DatabaseObject');
  const [name, ...others] = readdirSync(databases).filter((each) => /^[0-9a-f]+\.sqlite$/.test(each));
  if (name === undefined || others.length > 0) throw new Error(`not one database in ${databases}`);
  return join(databases, name);
}
