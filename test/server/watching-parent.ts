import { keepRunning } from '../../src/main/node/watched-process/keep-running.ts';
import type { Order, Said } from './watched-program.ts';

/** Starts the sample program, gives it an order, and prints its process id. */

const silent = (): void => {};
const kept = keepRunning<{ readonly greeting: string }, Order, Said>({
  program: new URL('./watched-program', import.meta.url),
  name: 'sample',
  init: { greeting: 'hello' },
  limits: { silenceMs: 60_000, memoryBytes: 512 * 1024 ** 2 },
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  onMessage: () => {
    kept.send({ do: process.argv[2] } as Order);
    process.stdout.write(`${kept.pid}\n`);
  },
});
await kept.ready;
kept.send({ do: 'echo', text: 'there' });
