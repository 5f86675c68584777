/**
 * What a step of a handler costs: the time from its call to its stored result, beside one request that reports nothing
 * but a cost. `node bench/steps.ts`: a server on SQLite in this process, a worker over HTTP.
 */
import { createWorker, type TaskContext } from '../src/kinds/task/worker/index.ts';
import { openPlatform, type BenchPlatform } from './tasks/platform.ts';

const steps = 60;
const rounds = 5;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function run(bench: BenchPlatform, type: string, handler: (ctx: TaskContext) => Promise<number>) {
  const { platform: { kinds: { task: { tasks } } }, context, url } = bench;
  const times: number[] = [];
  const worker = createWorker({
    server: url, token: 'admin', signals: false,
    handlers: { [type]: async (_job, ctx) => void times.push(await handler(ctx)) },
  });
  for (let round = 0; round < rounds; round++) {
    const made = await tasks.submit(context, { type, data: null });
    if (!made.ok) throw new Error(made.refusal.message);
    while (times.length <= round) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await worker.stop();
  return median(times);
}

const bench = await openPlatform(null);
const eachStep = await run(bench, 'steps', async (ctx) => {
  const began = performance.now();
  for (let n = 0; n < steps; n++) await ctx.step(`step ${n}`, () => ({ n }));
  return (performance.now() - began) / steps;
});
const together = await run(bench, 'together', async (ctx) => {
  const began = performance.now();
  await Promise.all(Array.from({ length: steps }, (_, n) => ctx.step(`step ${n}`, () => ({ n }))));
  return (performance.now() - began) / steps;
});
const headers = { authorization: 'Bearer admin', 'content-type': 'application/json' };
const body = JSON.stringify({ workerId: 'bench', leaseIds: [] });
const times: number[] = [];
for (let n = 0; n < 200; n++) {
  const began = performance.now();
  await (await fetch(`${bench.url}/api/v1/workers/heartbeat`, { method: 'POST', headers, body })).text();
  times.push(performance.now() - began);
}
const request = median(times);
for (const [name, ms] of [
  ['a request that stores nothing', request], ['a step after another', eachStep], [`${steps} at once, each`, together],
] as const) {
  process.stdout.write(`${name.padEnd(30)} ${ms.toFixed(2)} ms  ${(ms / request).toFixed(1)}\n`);
}
await bench.close();
