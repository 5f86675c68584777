import { loadConfig } from '../../../src/main/config/load.ts';
import { createLogger } from '../../../src/main/node/logger.ts';
import { startServer } from '../../../src/main/node/server.ts';
import { TestImaging } from './test-imaging.ts';

/**
 * A server with the pipeline in a process of its own, to be killed. Tells its parent its URL (`url`), and what it is
 * about to do with pictures (`imaging`).
 */
const imaging = new TestImaging();
imaging.before = async (name) => void process.send?.({ imaging: name });
const loaded = loadConfig({ flags: {}, env: process.env });
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const server = await startServer(loaded.config, {
  logger: createLogger('warn', (line) => void process.stderr.write(`${line}\n`)),
  productImages: { imaging, times: { leaseMs: 1_000, pickUpMs: 1_000, pausedMs: 1_000 } },
});
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
process.send?.({ url: server.url });
