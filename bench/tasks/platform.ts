import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestContext } from '../../src/application/request.ts';
import type { Result } from '../../src/domain/errors.ts';
import { loadConfig } from '../../src/main/config/load.ts';
import { createHttpApp } from '../../src/main/node/http-app.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { createNodeObjects } from '../../src/main/node/objects.ts';
import { createPeople } from '../../src/main/node/people.ts';
import { createPlatform, type Platform } from '../../src/main/node/platform.ts';
import { listenerOf } from '../../src/main/node/request-listener.ts';
import { openStore } from '../../src/main/node/store.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { systemClock } from '../../src/main/node/world.ts';

export interface BenchPlatform {
  readonly platform: Platform;
  /** Where it takes requests, beside what is called directly. */
  readonly url: string;
  readonly store: Store;
  readonly context: RequestContext;
  close(): Promise<void>;
}

/** The use cases and services of a server in this process, without a transport, on a store of its own. */
export async function openPlatform(databaseUrl: string | null): Promise<BenchPlatform> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const env = databaseUrl === null ? {} : { DATABASE_URL: databaseUrl };
  const loaded = loadConfig({ flags: { dev: 'true', data: folder }, env });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { config } = loaded;
  const logger = createLogger('error', (line) => process.stderr.write(line));
  const publicUrl = 'http://127.0.0.1:8787';
  const store = await openStore(config);
  const objects = createNodeObjects(config, publicUrl, logger);
  const platform = createPlatform({ config, store, clock: systemClock, objects: objects.store, publicUrl, logger });
  platform.start();
  const people = createPeople(config, { store, clock: systemClock, disableSchedules: platform.disableSchedules });
  const app = createHttpApp({ config, platform, people, store, clock: systemClock, objects, publicUrl, logger });
  const listener = listenerOf(app.fetch, { ownProcess: true, direct: app.direct });
  const server = createServer(listener as RequestListener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    platform,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    context: { caller: { userId: 'bench', roles: ['user', 'operator'] }, correlationId: 'bench', traceparent: null },
    close: async () => {
      platform.quiesce();
      server.close();
      server.closeAllConnections();
      await platform.stop();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.message}`);
  return result.value;
}

/** Runs `work` from so many callers at once, each waiting for its answer, until `count` have been done. Seconds. */
export async function byCallers(callers: number, count: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (performance.now() - began) / 1000;
}
