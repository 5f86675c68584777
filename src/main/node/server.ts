import { mkdirSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createUploadGuard } from '../../application/image-set/upload-guard.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Logger } from '../../ports/world.ts';
import type { Config } from '../config/config.ts';
import type { Handlers } from '../../worker/tasks/index.ts';
import { startEmbeddedWorker } from './embedded-worker.ts';
import { createHttpApp } from './http-app.ts';
import { startImageWorkerThread } from './image-worker/thread.ts';
import { createNodeObjects } from './objects.ts';
import { createPlatform } from './platform.ts';
import { openStore } from './store.ts';

export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:8787`. */
  readonly url: string;
  /**
   * Takes no more connections, lets what is under way end (for the configured time), stops the
   * workers and services, and closes the store. May be called again.
   */
  close(): Promise<void>;
}

/** Handlers that do tasks in the server's own process. */
export interface EmbeddedTasks {
  readonly handlers: Handlers;
  /** Tasks at once; 10 if undefined. */
  readonly concurrency?: number | undefined;
}

/**
 * A whole server in this process. Throws with a clear message when a part cannot start (port
 * taken, folder not writable, store newer than the code); nothing is left running then.
 */
export async function startServer(
  config: Config,
  { logger, tasks = null }: { readonly logger: Logger; readonly tasks?: EmbeddedTasks | null },
): Promise<RunningServer> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  let listener: RequestListener = (_request, response) => {
    response.writeHead(503, { 'retry-after': '1' }).end();
  };
  const server = createServer((request, response) => listener(request, response));
  // Slow uploads are legitimate; slow headers are not.
  server.requestTimeout = 0;
  server.headersTimeout = 30_000;
  const url = await listen(server, config.host, config.port);
  let store: Store | null = null;
  try {
    const publicUrl = (config.publicUrl ?? url).replace(/\/+$/, '');
    const opened = await openStore(config);
    store = opened;
    const objects = createNodeObjects(config, publicUrl, logger, createUploadGuard({ store: opened }));
    const platform = createPlatform({ config, store: opened, objects: objects.store, publicUrl, logger });
    const app = createHttpApp({ config, platform, store: opened, objects, publicUrl, logger });
    const answer = getRequestListener(app.fetch) as RequestListener;
    let draining = false;
    listener = (request, response) => {
      // Else a client that asks again and again over one connection would keep the server up.
      if (draining) response.setHeader('connection', 'close');
      return answer(request, response);
    };
    platform.start();
    const worker = config.workers.includes('images')
      ? startImageWorkerThread({ server: url, secret: config.callbackSecrets[0] ?? '', concurrency: 1, logger })
      : null;
    const taskWorker = tasks && startEmbeddedWorker(platform.application.work, tasks.handlers, {
      logger, shutdownMs: config.limits.shutdownMs, ...(tasks.concurrency && { concurrency: tasks.concurrency }),
    });
    logger.info('listening', { url, publicUrl, store: opened.name, objects: objects.store.name, dev: config.dev });
    let closing: Promise<void> | null = null;
    const shutDown = async (): Promise<void> => {
      draining = true;
      app.draining();
      await Promise.all([worker?.stop(), taskWorker?.stop()]);
      platform.quiesce();
      await closeHttp(server, config.limits.shutdownMs);
      await platform.stop();
      await opened.close();
      logger.info('stopped');
    };
    return { url, close: () => (closing ??= shutDown()) };
  } catch (error) {
    server.close();
    server.closeAllConnections();
    await store?.close();
    throw error;
  }
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new Error(`port ${port} is taken on ${host}: choose another with --port`) : error);
    });
    server.listen(port, host, () => {
      const { port: actual } = server.address() as AddressInfo;
      const wildcard = host === '0.0.0.0' || host === '::';
      const name = wildcard ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
      resolve(`http://${name}:${actual}`);
    });
  });
}

/** Lets requests under way end; after `graceMs` they are cut off. */
async function closeHttp(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // Those whose answer (a stream, a long poll) began before would else be kept open until their clients tire of it.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}

