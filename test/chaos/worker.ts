/** A worker process of the chaos test: `node worker.ts <server url> <worker id> <lease ms>`. Tasks take 5 to 60 ms. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorker } from '../../src/kinds/task/worker/index.ts';

const [server = '', workerId = '', leaseMs = ''] = process.argv.slice(2);
createWorker({
  server,
  token: 'worker-operator',
  workerId,
  concurrency: 8,
  leaseMs: Number(leaseMs),
  handlers: {
    chaos: async (job, ctx) => {
      const { ms } = job.data as { ms: number };
      await ctx.progress(0, 2);
      await sleep(ms, undefined, { signal: ctx.signal });
      ctx.log(`slept ${ms} ms`);
      await ctx.progress(1, 2);
      return { by: workerId };
    },
  },
});
process.stdout.write('working\n');
