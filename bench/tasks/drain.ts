import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startHandlers } from '../../src/main/node/handlers/start.ts';
import { createEmbeddedTransport } from '../../src/main/node/handlers/transport.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import type { BenchPlatform } from './platform.ts';

export interface Drained {
  /** Tasks a second, from the worker's first take to the last completion that is durable. */
  readonly rate: number;
  /** Processor time of this process a task: server, and worker where it is embedded. Microseconds. */
  readonly microseconds: number;
  /** Resident memory at its highest while draining. MB. */
  readonly memory: number;
}

/** The `count` no-op tasks that wait, done by handlers beside the server, as `serve --handlers` does them. */
export async function drainEmbedded(bench: BenchPlatform, count: number): Promise<Drained> {
  return measured(bench, count, async () => {
    const file = fileURLToPath(new URL('./noop.js', import.meta.url));
    const logger = createLogger('warn', (line) => void process.stderr.write(line));
    const limits = { memoryBytes: 1024 ** 3, silenceMs: 30_000 };
    const worker = await startHandlers(
      { file, limits, env: process.env, logger },
      { server: createEmbeddedTransport(bench.platform.kinds.task.work), concurrency: 100, logger },
    );
    return () => worker.stop();
  });
}

/** The same by a worker in a process of its own, over HTTP. */
export async function drainRemote(bench: BenchPlatform, count: number): Promise<Drained> {
  return measured(bench, count, async () => {
    const program = fileURLToPath(new URL('./worker.ts', import.meta.url));
    const worker = spawn(process.execPath, [program, bench.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    await new Promise((resolve) => worker.stdout.once('data', resolve));
    return async () => {
      worker.kill('SIGTERM');
      await gone;
    };
  });
}

async function measured(
  { store }: BenchPlatform,
  count: number,
  start: () => Promise<() => Promise<unknown>>,
): Promise<Drained> {
  const before = await completed(store);
  const cpu = process.cpuUsage();
  const began = performance.now();
  let memory = 0;
  const stop = await start();
  for (;;) {
    memory = Math.max(memory, process.memoryUsage.rss());
    if ((await completed(store)) - before >= count) break;
    // Not too often: what looks costs processor time, too.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await stop();
  return { rate: count / seconds, microseconds: (user + system) / count, memory: memory / 2 ** 20 };
}

async function completed(store: BenchPlatform['store']): Promise<number> {
  const counts = await store.jobs.counts();
  return counts.reduce((sum, { state, count }) => (state === 'completed' ? sum + count : sum), 0);
}
