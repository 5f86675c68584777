/**
 * An image worker as a process of its own, to be killed: `node worker-process.ts SERVER SECRET`. Prints its counts,
 * one JSON line for each change.
 */
import { startImageWorkerThread } from '../../src/main/node/image-worker/thread.ts';
import { quick } from './quick.ts';

const [server = '', secret = ''] = process.argv.slice(2);
const ignore = (): void => {};
const thread = startImageWorkerThread({
  server, secret, concurrency: 2, limits: quick,
  restyler: new URL('./restyler.ts', import.meta.url).href,
  logger: { debug: ignore, info: ignore, warn: console.error, error: console.error },
  onStats: (stats) => console.log(JSON.stringify(stats)),
});
process.on('SIGTERM', () => void thread.stop());
