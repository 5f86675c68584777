import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/main/config/load.ts';
import type { Sources } from '../../src/main/config/read.ts';
import type { Config } from '../../src/main/config/config.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { startServer } from '../../src/main/node/server.ts';
import type { QueueMessage, Target } from './target-types.ts';

const callbackSecret = 'dev-callback-secret';

/** A server in development mode with its data in a temporary folder and no image worker. */
export async function startNodeTarget(flags: Sources['flags'] = {}): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-contract-'));
  const config = configOf({ dev: 'true', port: '0', data: folder, ...flags });
  const lines: string[] = [];
  const server = await startServer(config, { logger: createLogger('warn', (line) => lines.push(line)) });
  const taken = new Map<string, QueueMessage[]>();
  const pull = async (waitMs: number): Promise<number> => {
    const response = await fetch(`${server.url}/api/queues/gpu-jobs/messages/pull`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-gpu-callback-secret': callbackSecret },
      body: JSON.stringify({ batch_size: 100, visibility_timeout_ms: 600_000, wait_ms: waitMs }),
    });
    const { data } = (await response.json()) as { data: { messages: { body: QueueMessage }[] } };
    for (const { body } of data.messages) {
      const known = taken.get(body.job_id);
      if (known === undefined) taken.set(body.job_id, [body]);
      else known.push(body);
    }
    return data.messages.length;
  };
  return {
    name: 'node',
    url: server.url,
    callbackSecret,
    takeMessage: async (jobId) => {
      for (let round = 0; round < 10 && !taken.has(jobId); round++) await pull(1_000);
      const message = taken.get(jobId)?.[0];
      if (message === undefined) throw new Error(`no message for job ${jobId}`);
      return message;
    },
    countMessages: async (jobId) => {
      // The outbox is in order, so a message that is stored now has gone out when the outbox is empty.
      while ((await outboxSize(server.url)) > 0) await pull(10);
      while ((await pull(0)) > 0);
      return taken.get(jobId)?.length ?? 0;
    },
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
      if (lines.some((line) => line.includes('"level":"error"'))) throw new Error(`the server logged:\n${lines.join('')}`);
    },
  };
}

function configOf(flags: Sources['flags']): Config {
  const loaded = loadConfig({ flags, env: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

async function outboxSize(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^waybill_outbox_messages (\d+)/m.exec(text)?.[1] ?? Number.NaN);
}
