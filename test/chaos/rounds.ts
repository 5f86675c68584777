import { setTimeout as sleep } from 'node:timers/promises';
import { readMigrations } from '../../src/stores/postgres/migrations.ts';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { startEmbedded, type EmbeddedServer } from '../postgres/embedded.ts';
import { startClients, type Clients } from './clients.ts';
import { limitKeys, submit } from './load.ts';
import { serverVictim, workerVictim, type Victim } from './processes.ts';
import { judge, type Findings } from './record.ts';

export interface ChaosReport extends Findings {
  readonly blows: Readonly<Record<string, number>>;
}

export interface ChaosOptions {
  /** For the servers' files. */
  readonly folder: string;
  /** How many times something is killed, frozen or restarted. */
  readonly blows: number;
  /** Of the workers; 10,000 is what they have unless told otherwise. */
  readonly leaseMs: number;
  /** Between one task of a client and its next. */
  readonly pauseMs: number;
  readonly random: () => number;
  readonly onBlow?: (text: string) => void;
}

/** Two servers and three workers on one PostgreSQL, under load while blows fall on any of them; see `judge`. */
export async function chaos({ folder, blows, leaseMs, pauseMs, random, onBlow }: ChaosOptions): Promise<ChaosReport> {
  const postgres = await startEmbedded();
  const servers = [
    await serverVictim('server-a', postgres.url, folder),
    await serverVictim('server-b', postgres.url, folder),
  ];
  const urls = servers.map(({ url }) => url);
  const workers = [0, 1, 2].map((at) => workerVictim(`worker-${at}`, urls[at % 2] ?? '', leaseMs));
  const all = [...servers, ...workers];
  try {
    await Promise.all(servers.map((server) => server.start()));
    await limitKeys(urls[0] ?? '');
    await Promise.all(workers.map((worker) => worker.start()));
    const load = startLoad(urls, pauseMs, random);
    const counts: Record<string, number> = {};
    for (let blow = 0; blow < blows; blow++) {
      await sleep(300 + random() * 1_200);
      const what = await strike({ servers, workers, postgres, leaseMs }, random);
      counts[what] = (counts[what] ?? 0) + 1;
      onBlow?.(`${blow + 1} of ${blows}: ${what}`);
    }
    const acknowledged = await load.stop();
    const options = { url: postgres.url, poolSize: 4, proxied: false, listenUrl: null };
    const store = await openPostgresStore(options, readMigrations());
    try {
      await finished(store, all);
      return { ...(await judge(store, acknowledged)), blows: counts };
    } finally {
      await store.close();
    }
  } finally {
    await Promise.all(all.map((victim) => victim.stop('SIGKILL')));
    await postgres.remove();
  }
}

interface Scene {
  readonly servers: readonly Victim[];
  readonly workers: readonly Victim[];
  readonly postgres: EmbeddedServer;
  readonly leaseMs: number;
}

/** Does something bad to one of them, and has it back after a while. */
async function strike({ servers, workers, postgres, leaseMs }: Scene, random: () => number): Promise<string> {
  const one = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T;
  const kind = random();
  if (kind < 0.1) {
    await postgres.stop(random() < 0.5 ? 'SIGKILL' : 'SIGINT');
    await postgres.start();
    return 'postgres restarted';
  }
  if (kind < 0.4) {
    const server = one(servers);
    await server.stop('SIGKILL');
    await sleep(random() * 500);
    await server.start();
    return 'server killed';
  }
  if (kind < 0.7) {
    const worker = one(workers);
    await worker.stop('SIGKILL');
    await sleep(random() * 500);
    await worker.start();
    return 'worker killed';
  }
  const isServer = kind > 0.9;
  const victim = one(isServer ? servers : workers);
  victim.freeze();
  await sleep(leaseMs + 500 + random() * 1_000);
  victim.thaw();
  return isServer ? 'server frozen' : 'worker frozen past its lease';
}

/** Eight clients that submit one task after the other. */
function startLoad(urls: readonly string[], pauseMs: number, random: () => number): Clients {
  let number = 0;
  return startClients(8, async (at) => {
    number += 1;
    const id = await submit(at % 2 === 0 ? urls : urls.toReversed(), number, random);
    await sleep(pauseMs);
    return id;
  });
}

/** Once the blows are over everything has to end. */
async function finished(store: Store, all: readonly Victim[]): Promise<void> {
  for (const until = Date.now() + 60_000; ; ) {
    const open = (await store.jobs.counts()).filter(({ state }) => state === 'pending' || state === 'processing');
    if (open.length === 0) return;
    if (Date.now() > until) {
      const places = JSON.stringify(await store.work.counts());
      const logs = all.map(({ name, said }) => `${name}: ${said.slice(-2_000)}`);
      throw new Error(`not ended: ${places}\n${logs.join('\n')}`);
    }
    await sleep(100);
  }
}
