/** A worker process of the benchmark: `node worker.ts <server url>`. */
import { createWorker } from '../../src/kinds/task/worker/index.ts';

const [server = ''] = process.argv.slice(2);
createWorker({ server, token: 'bench-worker', concurrency: 100, handlers: { noop: () => null } });
process.stdout.write('working\n');
