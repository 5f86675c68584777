import { parentPort, workerData } from 'node:worker_threads';
import type { Logger } from '../../../ports/world.ts';
import { runImageWorker } from '../../../worker/images/image-worker.ts';
import type { Restyle } from '../../../worker/images/restyle.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** The program of the thread that `thread.ts` starts. */

const { server, secret, concurrency, limits, restyler } = workerData as ThreadData;
const port = parentPort;
if (port === null) throw new Error('this is the program of a thread: start it by startImageWorkerThread');

const send = (message: FromThread): void => port.postMessage(message);
const at = (level: keyof Logger): Logger['info'] => (message, fields = {}) => {
  // What cannot be sent to another thread (a function in an error, say) would end this one.
  send({ type: 'log', level, message, fields: JSON.parse(JSON.stringify(fields)) as Record<string, unknown> });
};
const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };

const stopping = new AbortController();
port.on('message', (message: ToThread) => {
  if (message.type === 'stop') stopping.abort(new Error('the worker is stopping'));
});

try {
  const { restyle } = await (restyler === null ? builtIn() : (await import(restyler)).default() as Promise<Restyler>);
  await runImageWorker({
    server, secret, concurrency, limits, logger, restyle,
    signal: stopping.signal,
    stats: (stats) => send({ type: 'stats', stats }),
  });
} catch (error) {
  logger.error('image worker failed', { error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
} finally {
  // Nothing else keeps the thread alive.
  port.close();
}

interface Restyler {
  readonly restyle: Restyle;
}

/** Loaded only when it is used: it brings the models' runtime with it. */
async function builtIn(): Promise<Restyler> {
  const { createRestyler } = await import('../../../imaging/local/index.ts');
  return createRestyler();
}
