/**
 * Whole image-set lifecycles a second (create → confirm → execute → 3 callbacks → done), each step
 * acknowledged durably, by 64 clients that each wait for every answer.
 *
 *   node bench/lifecycles.ts application [seconds]    the use cases on the store, no transport
 *   node bench/lifecycles.ts http [seconds]           over HTTP, the server in a process of its own
 *   node bench/lifecycles.ts few [seconds]            the same in three requests instead of six
 *
 * The store is SQLite in a temporary folder, or what DATABASE_URL names.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applicationClient } from './lifecycles/application.ts';
import { httpClient } from './lifecycles/http.ts';
import { histogram, machine, probeFsync, type Histogram } from './lifecycles/measure.ts';

const [mode = 'application', secondsText = '10'] = process.argv.slice(2);
const seconds = Number(secondsText);
const clients = 64;
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
try {
  const fsync = probeFsync(folder);
  const bench = await (mode === 'application'
    ? applicationClient(folder, clients)
    : httpClient(folder, clients, mode === 'few'));
  await run(1);
  const cpuBefore = bench.cpuSeconds();
  const { jobs, latency, elapsed } = await run(seconds);
  const cpu = bench.cpuSeconds() - cpuBefore;
  const memory = await bench.memoryMb();
  await bench.close();
  console.log(`${machine()}; fdatasync of one page ${fsync.toFixed(0)}/s`);
  console.log(`${mode}: ${clients} clients, ${jobs} whole lifecycles in ${elapsed.toFixed(1)} s`);
  const requests = jobs * (mode === 'few' ? 3 : 6);
  console.log(`  ${(jobs / elapsed).toFixed(0)} lifecycles/s, ${(requests / elapsed).toFixed(0)} requests/s`);
  console.log(`  per command: p50 ${latency.p(50)} ms, p99 ${latency.p(99)} ms, max ${latency.p(100)} ms`);
  console.log(`  processor time: ${((cpu * 1e6) / jobs).toFixed(0)} µs a lifecycle`);
  console.log(`  resident memory: ${memory.now} MB at the end, ${memory.peak} MB at most`);

  async function run(forSeconds: number): Promise<{ jobs: number; latency: Histogram; elapsed: number }> {
    const latency = histogram();
    const began = performance.now();
    const until = began + forSeconds * 1000;
    let jobs = 0;
    const client = async (index: number): Promise<void> => {
      while (performance.now() < until) {
        await bench.lifecycle(index, latency);
        jobs += 1;
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
    return { jobs, latency, elapsed: (performance.now() - began) / 1000 };
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
