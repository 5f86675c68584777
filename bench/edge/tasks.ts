/**
 * Tasks in one cell of the Worker in the local runtime, asked without a proxy before it: added one by one by 64 clients
 * and in hundreds by 8, and taken and completed in hundreds by 4 workers. Medians of the rounds, each with data of its
 * own, on a disk and in memory.
 *
 *   node bench/edge/tasks.ts [rounds] [seconds of each part] [folder in memory]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalEdge } from '../../scripts/edge/local.ts';
import { machine, median, probeFsync } from '../lifecycles/measure.ts';
import { bearer, LoadedServer } from './flow.ts';

const [rounds = 3, seconds = 5] = process.argv.slice(2, 4).map(Number);
const places = { 'on disk': tmpdir(), 'in memory': process.argv[4] ?? '/dev/shm' };
const [adders, batchers, workers, batch] = [64, 8, 4, 100];
const type = 'bench';

interface Rates {
  readonly singly: number;
  readonly inHundreds: number;
  readonly drained: number;
}

async function round(place: string): Promise<Rates> {
  const folder = mkdtempSync(join(place, 'waybill-bench-cell-'));
  const vars = { LOG_LEVEL: 'error', QUOTA_JOBS: 'task.unfinished=0,task.stored=0,task.bytes=0' };
  const edge = await startLocalEdge({ port: 0, folder, vars, onLine: (line) => console.error(line) });
  const server = new LoadedServer(edge.url, adders);
  try {
    const singly = await perSecond(adders, async (client) => {
      await server.send('POST', '/api/v1/jobs', bearer(`bench-${client}`), { type, data: { n: 1 } });
      return 1;
    });
    const jobs = Array.from({ length: batch }, (_, n) => ({ type, data: { n } }));
    const inHundreds = await perSecond(batchers, async (client) => {
      await server.send('POST', '/api/v1/jobs/bulk', bearer(`bench-${client}`), { action: 'create', jobs });
      return batch;
    });
    return { singly, inHundreds, drained: await perSecond(workers, (worker) => drain(server, `worker-${worker}`)) };
  } finally {
    server.close();
    await edge.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function drain(server: LoadedServer, workerId: string): Promise<number> {
  const wanted = { workerId, types: [type], limit: batch, leaseMs: 60_000, waitMs: 0 };
  const { data: { tasks } } = await server.send('POST', '/api/v1/workers/take', bearer('ops'), wanted);
  const reports = tasks.map(({ leaseId }: { leaseId: string }) => ({ leaseId, type: 'complete', result: 1 }));
  if (reports.length === 0) return 0;
  await server.send('POST', '/api/v1/workers/report', bearer('ops'), { workerId, reports });
  return reports.length;
}

/** Tasks a second, after a second to warm up, until there are no more. */
async function perSecond(clients: number, once: (client: number) => Promise<number>): Promise<number> {
  const [from, until] = [performance.now() + 1_000, performance.now() + 1_000 + seconds * 1_000];
  let [tasks, last] = [0, from];
  await Promise.all(Array.from({ length: clients }, async (_, client) => {
    while (performance.now() < until) {
      const count = await once(client);
      if (count === 0) return;
      if (performance.now() < from) continue;
      tasks += count;
      last = performance.now();
    }
  }));
  return tasks / ((last - from) / 1_000);
}

console.log(`${machine()}; fdatasync of one page ${probeFsync(places['on disk']).toFixed(0)}/s; ${rounds} rounds`);
const results = new Map<string, Rates[]>();
for (let n = 0; n < rounds; n++) {
  for (const [name, place] of Object.entries(places)) {
    results.set(name, [...(results.get(name) ?? []), await round(place)]);
  }
}
for (const [name, all] of results) {
  const of = (pick: (rates: Rates) => number): string => Math.round(median(all.map(pick))).toLocaleString('en');
  console.log(
    `${name}: ${of(({ singly }) => singly)} added singly, ${of(({ inHundreds }) => inHundreds)} in hundreds, ` +
      `${of(({ drained }) => drained)} drained a second`,
  );
}
