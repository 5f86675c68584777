import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { foldAll } from '../../src/domain/job/fold.ts';
import type { AnyKind } from '../../src/domain/job/kind.ts';
import { saga } from '../../src/domain/saga/kind.ts';
import { command } from '../../src/kinds/command/domain/kind.ts';
import { worker } from '../../src/kinds/command/domain/worker/kind.ts';
import { createClient, type Client } from '../../src/main/client/index.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { readMigrations } from '../../src/stores/postgres/migrations.ts';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { startProxy, type TcpProxy } from '../command/agent/tcp-proxy.ts';
import { stopAll } from '../command/agent/harness.ts';
import { freePort, startEmbedded } from '../postgres/embedded.ts';
import { AgentProcesses } from './agents.ts';
import { startClients, type Clients } from './clients.ts';
import { serverVictim, type Victim } from './processes.ts';

const kinds: readonly AnyKind[] = [command, saga, worker].map((kind) => kind as AnyKind);
/** As servers have it. */
const leaseMs = 60_000;
const maxWorkers = 4;
const lines = 30;
/** Nobody listens there: agents go through the proxies. */
const nowhere = '127.0.0.9';

export interface CommandChaosOptions {
  readonly folder: string;
  readonly blows: number;
  /** Whether agents are also frozen past their lease, which takes a minute each. */
  readonly freezes: boolean;
  readonly random: () => number;
  readonly onBlow?: (text: string) => void;
}

export interface CommandChaosReport {
  readonly blows: Readonly<Record<string, number>>;
  readonly succeeded: number;
  readonly attempts: number;
}

/** Two servers on one PostgreSQL that run commands as processes, while blows fall on servers and agents. */
export async function commandChaos(options: CommandChaosOptions): Promise<CommandChaosReport> {
  const { folder, blows, random, onBlow } = options;
  const postgres = await startEmbedded();
  const ports = await Promise.all([freePort(), freePort()]);
  const proxies = await Promise.all(ports.map((port) => startProxy({ port })));
  const env = {
    WAYBILL_SERVER_HOST: nowhere, WAYBILL_MAX_WORKERS: String(maxWorkers),
    WAYBILL_AGENT_SERVERS: proxies.map(({ address }) => address).join(','),
  };
  // They share one folder: of processes, log files and the installation's key.
  const servers = await Promise.all(ports.map((port) =>
    serverVictim('servers', postgres.url, folder, { args: ['--grpc-port', String(port)], env })));
  const agents = new AgentProcesses(folder);
  const locks = join(folder, 'locks');
  mkdirSync(locks);
  try {
    await servers[0]!.start();
    await servers[1]!.start();
    const clients = servers.map(({ url }) => createClient({ server: url, token: 'ada' }));
    const load = startLoad(clients, locks, random);
    const counts: Record<string, number> = {};
    const thaws: Promise<void>[] = [];
    for (let blow = 0; blow < blows; blow++) {
      await sleep(500 + random() * 1_500);
      const what = await strike({ servers, proxies, agents, thaws, freezes: options.freezes }, random);
      counts[what] = (counts[what] ?? 0) + 1;
      onBlow?.(`${blow + 1} of ${blows}: ${what}`);
    }
    await Promise.all(thaws);
    const acknowledged = await load.stop();
    const store = await openPostgresStore(
      { url: postgres.url, poolSize: 4, proxied: false, listenUrl: null }, readMigrations(),
    );
    try {
      await finished(store, servers);
      expect(agents.all(), 'processes that are left').toEqual([]);
      const overlaps = join(locks, 'overlaps');
      expect(existsSync(overlaps) ? readFileSync(overlaps, 'utf8') : '', 'jobs that ran twice at once').toBe('');
      return { blows: counts, ...(await judge(store, clients[0]!, acknowledged)) };
    } finally {
      await store.close();
    }
  } finally {
    await Promise.all(servers.map((victim) => victim.stop('SIGKILL')));
    for (const pid of agents.all()) agents.signal(pid, 'SIGKILL');
    stopAll();
    await postgres.remove();
  }
}

async function strike(
  { servers, proxies, agents, thaws, freezes }: {
    readonly servers: readonly Victim[];
    readonly proxies: readonly TcpProxy[];
    readonly agents: AgentProcesses;
    readonly thaws: Promise<void>[];
    readonly freezes: boolean;
  },
  random: () => number,
): Promise<string> {
  const one = <T>(some: readonly T[]): T | undefined => some[Math.floor(random() * some.length)];
  const kind = random();
  const agent = one(agents.agents());
  if (kind < 0.2) {
    const server = one(servers);
    await server?.stop('SIGKILL');
    await sleep(random() * 1_000);
    await server?.start();
    return 'server killed';
  }
  if (kind < 0.4) {
    one(proxies)?.reset();
    return 'connections reset';
  }
  if (kind < 0.55) {
    const proxy = one(proxies);
    proxy?.blackhole();
    await sleep(random() * 8_000);
    proxy?.heal();
    return 'agents cut off';
  }
  if (agent === undefined) return 'nobody there';
  if (kind < 0.8) {
    agents.signal(agent, 'SIGKILL');
    return 'agent killed';
  }
  agents.signal(agent, 'SIGSTOP');
  const isLong = freezes && random() < 0.5;
  const ms = isLong ? leaseMs + 10_000 : random() * 5_000;
  thaws.push(sleep(ms).then(() => agents.signal(agent, 'SIGCONT')));
  return isLong ? 'agent frozen past its lease' : 'agent frozen';
}

/** Six clients, each with one job at a time. A job that runs beside itself is noted. */
function startLoad(clients: readonly Client[], locks: string, random: () => number): Clients {
  const text = `exec 9> ${locks}/$WAYBILL_JOB_ID; flock -n 9 || echo $WAYBILL_JOB_ID >> ${locks}/overlaps; ` +
    `for i in $(seq ${lines}); do echo "$WAYBILL_JOB_ATTEMPT $i"; sleep 0.1; done`;
  const retry = { maxAttempts: 50, backoff: { firstMs: 500, maxMs: 2_000 }, on: 'lost' } as const;
  return startClients(6, async (at) => {
    const chosen = clients[(at + Math.floor(random() * 2)) % clients.length]!;
    const made = await chosen.call('submitCommand', { body: { command: text, retry } }).catch(() => null);
    if (made?.ok === false && made.error.status >= 400 && made.error.status < 500) throw made.error;
    await sleep(2_000);
    return made?.ok ? made.data.id : null;
  });
}

async function finished(store: Store, all: readonly Victim[]): Promise<void> {
  for (const until = Date.now() + 300_000; ; ) {
    const open = (await store.jobs.counts()).filter(({ kind, state, count }) => {
      return count > 0 && kinds.find(({ name }) => name === kind)?.lifecycle.isTerminal(state) === false;
    });
    if (open.length === 0) return;
    if (Date.now() > until) {
      const logs = all.map(({ name, said }) => `${name}: ${said.slice(-2_000)}`);
      throw new Error(`not ended: ${JSON.stringify(open)}\n${logs.join('\n')}`);
    }
    await sleep(250);
  }
}

/** Holds all that was ever stored against what was promised. */
async function judge(
  store: Store,
  client: Client,
  acknowledged: readonly string[],
): Promise<Omit<CommandChaosReport, 'blows'>> {
  const open = new Set<string>();
  for (let after: string | null = null; ; ) {
    const page = await store.feed!.read(after, { limit: 1_000, maxBytes: 16_777_216 });
    if (page.length === 0) break;
    for (const { event: { kind, jobId, body } } of page) {
      if (kind !== 'worker') continue;
      if (body.state === 'TERMINATED') open.delete(jobId);
      else open.add(jobId);
      expect(open.size, 'workers at once').toBeLessThanOrEqual(maxWorkers);
    }
    after = page.at(-1)?.position ?? null;
  }
  expect([...open], 'workers that have not ended').toEqual([]);
  for (const kind of kinds) {
    const found = await store.jobs.list({ scopes: [{ kind: kind.name, ownerId: null }], limit: 1_000 });
    for (const { id } of found) {
      const events = await store.jobs.events(id, { after: 0, limit: 1_000 });
      expect(await store.jobs.get(id), `${kind.name} ${id}`).toEqual(foldAll(kind, events));
    }
  }
  let attempts = 0;
  for (const id of acknowledged) {
    const job = await store.jobs.get(id);
    expect(job?.state, `${id}: ${JSON.stringify(job?.fields)}`).toBe('SUCCEEDED');
    attempts += job?.attempt ?? 0;
    const { lines: kept } = await client.jobLogs({ params: { id }, query: { limit: 1_000 } });
    const last = kept.map(({ text }) => text).filter((text) => text.startsWith(`${job?.attempt} `));
    expect(last, `log of ${id}`).toEqual(Array.from({ length: lines }, (_, index) => `${job?.attempt} ${index + 1}`));
  }
  return { succeeded: acknowledged.length, attempts };
}
