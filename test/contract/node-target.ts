import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { loadConfig } from '../../src/main/config/load.ts';
import type { Sources } from '../../src/main/config/read.ts';
import type { Config } from '../../src/main/config/config.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { createPasswordHasher } from '../../src/main/password-hasher.ts';
import { startServer } from '../../src/main/node/server.ts';
import { allowedOrigin, storedSetsOfFree, type QueueMessage, type Row, type Target } from './target-types.ts';

const callbackSecret = 'dev-callback-secret';
const commonFlags = {
  dev: 'true', port: '0', allowedOrigins: allowedOrigin, anonymousSignup: 'true',
  quotaJobs: `free.image-set.stored=${storedSetsOfFree}`,
};

/**
 * A server in development mode with its data in a temporary folder and no image worker. With a database that servers
 * share there are two of them: clients speak to one, and workers to the other.
 */
export async function startNodeTarget(database?: {
  readonly url: string;
  run(sql: string): Promise<Row[]>;
}): Promise<Target> {
  const databaseUrl = database?.url;
  const folder = mkdtempSync(join(tmpdir(), 'waybill-contract-'));
  const flags = { ...commonFlags, data: folder };
  const config = configOf({ flags, env: databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl } });
  const lines: string[] = [];
  const logger = createLogger('warn', (line) => lines.push(line));
  // Passwords are many here, and the machine may be busy.
  const start = () => startServer(config, { logger, hasher: createPasswordHasher({ logN: 10 }) });
  const server = await start();
  const other = databaseUrl === undefined ? null : await start();
  const taken = new Map<string, QueueMessage[]>();
  let probes = 0;
  const livez = async (): Promise<void> => {
    await fetch(`${server.url}/livez`);
    probes += 1;
  };
  const pull = async (waitMs: number): Promise<number> => {
    const response = await fetch(`${(other ?? server).url}/api/queues/gpu-jobs/messages/pull`, {
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
    name: databaseUrl === undefined ? 'node' : 'postgres',
    url: server.url,
    workerUrl: (other ?? server).url,
    callbackSecret,
    takeMessage: async (jobId) => {
      for (let round = 0; round < 10 && !taken.has(jobId); round++) await pull(1_000);
      const message = taken.get(jobId)?.[0];
      if (message === undefined) throw new Error(`no message for job ${jobId}`);
      return message;
    },
    countMessages: async (jobId) => {
      // The outbox is in order, so a message that is stored now has gone out when the outbox is empty. Metrics that
      // know of a request that was made just now are not those of before.
      await livez();
      while ((await outboxSize(server.url, probes)) > 0) await pull(10);
      while ((await pull(0)) > 0);
      return taken.get(jobId)?.length ?? 0;
    },
    query: (...statements) => {
      if (database !== undefined) return Promise.all(statements.map((sql) => database.run(sql)));
      const file = new Database(join(folder, 'waybill.sqlite'), { readonly: true });
      const rows = statements.map((sql) => file.prepare(sql).all() as Row[]);
      file.close();
      return Promise.resolve(rows);
    },
    close: async () => {
      await Promise.all([server.close(), other?.close()]);
      rmSync(folder, { recursive: true, force: true });
      const failed = lines.some((line) => line.includes('"level":"error"') || line.includes('does not declare'));
      if (failed) throw new Error(`the server logged:\n${lines.join('')}`);
    },
  };
}

function configOf(sources: Sources): Config {
  const loaded = loadConfig(sources);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

/** By metrics that count so many requests to `/livez` already: they are kept for a moment. */
async function outboxSize(url: string, probes: number): Promise<number> {
  const probed = `waybill_http_request_duration_seconds_count{route="/livez",method="GET",status="200"} ${probes}\n`;
  let text = '';
  while (!text.includes(probed)) text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^waybill_outbox_messages (\d+)/m.exec(text)?.[1] ?? Number.NaN);
}
