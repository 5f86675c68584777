/**
 * What a step of a handler costs: the time from its call to its stored result. What a child costs: the time of a task
 * that starts one after another, or many at once, and waits for them, divided by their number. Both beside a request
 * that stores nothing. `node bench/steps.ts`: a server on SQLite in this process, a worker over HTTP.
 */
import { defineTask } from '../src/kinds/task/typed/index.ts';
import { createWorker, type TaskContext } from '../src/kinds/task/worker/index.ts';
import { createClient } from '../src/main/client/index.ts';
import { openPlatform, type BenchPlatform } from './tasks/platform.ts';

const steps = 60;
const children = 20;
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

const anything = { '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value }) } } as const;
const child = defineTask({ type: 'child', input: anything });

/** The handler is interrupted at each wait and begins again: its time is that from the submission to the end. */
async function runParent(type: string, handler: (ctx: TaskContext) => Promise<unknown>): Promise<number> {
  const client = createClient({ server: bench.url, token: 'admin' });
  const parent = defineTask({ type, input: anything });
  const worker = createWorker({
    server: bench.url, token: 'admin', signals: false,
    tasks: [child.handle(({ data }) => data), parent.handle((_job, ctx) => handler(ctx))],
  });
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await (await client.run(parent, null)).result();
    times.push((performance.now() - began) / children);
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
const eachChild = await runParent('children', async (ctx) => {
  for (let n = 0; n < children; n++) await ctx.run(child, n, { name: `child ${n}` });
});
const childrenTogether = await runParent('at-once', async (ctx) => {
  await ctx.runAll(child, Array.from({ length: children }, (_, n) => n));
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
  ['a child after another', eachChild], [`${children} children at once, each`, childrenTogether],
] as const) {
  process.stdout.write(`${name.padEnd(30)} ${ms.toFixed(2)} ms  ${(ms / request).toFixed(1)}\n`);
}
await bench.close();
