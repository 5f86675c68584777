import { loadConfig } from '../../src/main/config/load.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { createNodeObjects } from '../../src/main/node/objects.ts';
import { createPlatform } from '../../src/main/node/platform.ts';
import { openStore } from '../../src/main/node/store.ts';
import type { Result } from '../../src/domain/errors.ts';
import { benchUser, concepts, items, type BenchClient } from './client.ts';
import { systemClock } from '../../src/main/node/world.ts';

/** The use cases and services of a server, in this process, without a transport. */
export async function applicationClient(folder: string, clients: number): Promise<BenchClient> {
  const loaded = loadConfig({ flags: { dev: 'true', data: folder }, env: storeEnvironment() });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { config } = loaded;
  const logger = createLogger('error', (line) => process.stderr.write(line));
  const publicUrl = 'http://127.0.0.1:8787';
  const store = await openStore(config);
  const objects = createNodeObjects(config, publicUrl, logger).store;
  const platform = createPlatform({ config, store, clock: systemClock, objects, publicUrl, logger });
  platform.start();
  const { accounts } = platform.application;
  const { imageSets } = platform.kinds.imageSet;
  const as = (userId: string, role: 'user' | 'admin') => ({
    caller: { userId, roles: [role] }, correlationId: 'bench', traceparent: null,
  });
  const users = Array.from({ length: clients }, (_, index) => as(benchUser(index), 'user'));
  for (const { caller } of users) {
    must(await accounts.grant(as('admin', 'admin'), caller.userId, { credits: 900_000_000, plan: 'pro' }));
  }
  return {
    lifecycle: async (index, latency) => {
      const user = users[index];
      if (user === undefined) throw new Error(`no client ${index}`);
      const { jobId } = must(await latency.time(() => imageSets.submit(user, { preset: 'seller', itemCount: items })));
      must(await latency.time(() => imageSets.confirmUpload(user, jobId, { totalItems: items })));
      must(await latency.time(() => imageSets.execute(user, jobId, { concepts, protect: ['person'] })));
      for (let idx = 0; idx < items; idx++) {
        const idempotencyKey = `${jobId}-item-${idx}`;
        const outputKey = `outputs/${user.caller.userId}/${jobId}/${idx}_result.png`;
        const previewKey = `previews/${user.caller.userId}/${jobId}/${idx}_thumb.jpg`;
        const result = { idx, status: 'done', idempotencyKey, outputKey, previewKey } as const;
        const { status } = must(await latency.time(() => imageSets.recordItemResult(jobId, result, jobId)));
        if (idx === items - 1 && status !== 'done') throw new Error(`the job is ${status}`);
      }
    },
    memoryMb: async () => {
      const mb = (bytes: number): number => Math.round(bytes / 2 ** 20);
      return { now: mb(process.memoryUsage.rss()), peak: Math.round(process.resourceUsage().maxRSS / 1024) };
    },
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    close: async () => {
      await platform.stop();
      await store.close();
    },
  };
}

/** Which store is measured is chosen as for a server. */
function storeEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('DATABASE_')));
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.message}`);
  return result.value;
}
