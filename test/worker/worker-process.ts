/**
 * An image worker as a process of its own, to be killed: `node worker-process.ts SERVER SECRET`. Prints its counts,
 * one JSON line for each change.
 */
import { startRestyling } from '../../src/main/node/restyling/process.ts';
import { runImageWorker } from '../../src/kinds/image-set/worker/image-worker.ts';
import { quick } from './quick.ts';

const [server = '', secret = ''] = process.argv.slice(2);
const ignore = (): void => {};
const logger = { debug: ignore, info: ignore, warn: console.error, error: console.error };
const restyler = new URL('./restyler.ts', import.meta.url).href;
const restyling = startRestyling({ logger, memoryBytes: 1024 ** 3, limits: quick, restyler });
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
await runImageWorker({
  server, secret, logger, concurrency: 2, limits: quick, make: restyling.make, signal: stopping.signal,
  stats: (stats) => console.log(JSON.stringify(stats)),
});
await restyling.stop();
