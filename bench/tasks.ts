/**
 * Tasks with durable settings and every event written: adds a second (one by one from 64 callers, and 100 a request),
 * no-op tasks drained a second by handlers in the server's process and by a remote worker, and how long a single task
 * takes on an idle system from being added to the first line of its handler.
 *
 *   npm run bench:tasks [-- --tasks=50000] [-- --peers]
 *
 * On SQLite in a temporary folder and on a PostgreSQL server of its own. With --peers pg-boss and graphile-worker are
 * measured in the same minutes on the same server, and installed for that first.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../test/postgres/embedded.ts';
import { machine, probeFsync } from './lifecycles/measure.ts';
import { drainEmbedded, drainRemote } from './tasks/drain.ts';
import { addInBatches, addSingly } from './tasks/enqueue.ts';
import { pickUp } from './tasks/pickup.ts';
import { openPlatform } from './tasks/platform.ts';

const { values } = parseArgs({
  options: { tasks: { type: 'string', default: '50000' }, peers: { type: 'boolean', default: false } },
});
const count = Number(values.tasks);
const peers = fileURLToPath(new URL('./peers/peers.mjs', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
console.log(`${machine()}; fdatasync of one page ${probeFsync(folder).toFixed(0)}/s`);
rmSync(folder, { recursive: true });
await measure('SQLite', null);
const postgres = await startEmbedded();
try {
  await measure('PostgreSQL', postgres.url);
  if (values.peers) comparePeers(postgres.url);
} finally {
  await postgres.remove();
}

async function measure(name: string, databaseUrl: string | null): Promise<void> {
  const bench = await openPlatform(databaseUrl);
  await addSingly(bench, 2_000);
  await drainEmbedded(bench, 2_000);
  const idle = process.memoryUsage.rss() / 2 ** 20;
  const single = await addSingly(bench, count);
  const embedded = await drainEmbedded(bench, count);
  const batch = await addInBatches(bench, count);
  const remote = await drainRemote(bench, count);
  const pickup = await pickUp(bench, 300);
  await bench.close();
  console.log(`${name}:`);
  console.log(`  added singly by 64 callers ${single.toFixed(0)}/s, 100 a request ${batch.toFixed(0)}/s`);
  console.log(`  drained in process ${describe(embedded)}`);
  console.log(`  drained by a remote worker ${describe(remote)}`);
  console.log(`  picked up in ${ms(pickup.p50)} (p50), ${ms(pickup.p95)} (p95), ${ms(pickup.p99)} (p99)`);
  console.log(`  resident memory ${idle.toFixed(0)} MB before`);
}

function describe({ rate, microseconds, memory }: Awaited<ReturnType<typeof drainEmbedded>>): string {
  const cost = `${microseconds.toFixed(0)} µs of the server's processor time a task`;
  return `${rate.toFixed(0)}/s, ${cost}, at most ${memory.toFixed(0)} MB`;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function comparePeers(url: string): void {
  spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: dirname(peers), stdio: 'ignore' });
  for (const peer of ['pg-boss', 'graphile-worker']) {
    const args = [peers, peer, url, '3000', String(count), '300'];
    const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${peer}: ${run.stderr}`);
    const measured = JSON.parse(run.stdout) as Record<string, number>;
    console.log(`${peer}: ${Object.entries(measured).map(([name, value]) => `${name} ${show(value)}`).join(', ')}`);
  }
}

function show(value: number | string): string {
  return typeof value === 'string' ? value : value.toFixed(value < 100 ? 2 : 0);
}
