import { setTimeout as sleep } from 'node:timers/promises';
import { createEmbeddedTransport } from '../../src/main/node/handlers/transport.ts';
import { createWorker } from '../../src/kinds/task/worker/index.ts';
import { must, type BenchPlatform } from './platform.ts';

export interface Pickup {
  /** Milliseconds from the call that adds one task on an idle system to the first line of its handler. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export async function pickUp({ platform, context }: BenchPlatform, count: number): Promise<Pickup> {
  const { tasks, work } = platform.kinds.task;
  let picked = (): void => {};
  const worker = createWorker({ server: createEmbeddedTransport(work), handlers: { pickup: () => picked() } });
  const all: number[] = [];
  await sleep(200);
  for (let at = 0; at < count; at++) {
    const began = performance.now();
    const started = new Promise<number>((resolve) => (picked = () => resolve(performance.now())));
    const [end] = await Promise.all([started, tasks.submit(context, { type: 'pickup', data: null }).then(must)]);
    all.push(end - began);
    await sleep(10);
  }
  await worker.stop();
  all.sort((a, b) => a - b);
  const p = (percent: number): number => all[Math.min(all.length - 1, Math.floor((all.length * percent) / 100))] ?? 0;
  return { p50: p(50), p95: p(95), p99: p(99) };
}
