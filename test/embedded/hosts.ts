import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { onTestFinished } from 'vitest';
import type { OpenOptions, Waybill } from '../../src/main/embedded/index.ts';
import { openTest } from './opened.ts';

/** A server of somebody's own, with Waybill at `/jobs`. */
export interface Host {
  /** With the path. */
  readonly url: string;
  readonly waybill: Waybill;
  readonly stop: () => Promise<void>;
  /** Of the latest request. */
  readonly writing: () => Socket;
}

/** What serves `/jobs` and `/own`, which answers "own". */
type MountedIn = (waybill: Waybill, server: Server) => Promise<RequestListener>;

export const hosts: Readonly<Record<string, MountedIn>> = {
  'node:http': async (waybill) => {
    const jobs = waybill.under('/jobs');
    return (request, response) => {
      if (request.url?.startsWith('/jobs')) jobs.handler(request, response);
      else response.end('own');
    };
  },
  express: async (waybill) => {
    const app = express();
    app.use('/jobs', waybill.handler);
    app.use(express.json());
    app.get('/own', (_, response) => void response.send('own'));
    return app;
  },
  hono: async (waybill) => {
    const app = new Hono();
    app.mount('/jobs', waybill.fetch);
    app.get('/own', (c) => c.text('own'));
    const inner = serve({ fetch: app.fetch, port: 0, overrideGlobalObjects: false });
    const [listener] = inner.listeners('request') as RequestListener[];
    await once(inner, 'listening');
    await new Promise((closed) => inner.close(closed));
    return listener!;
  },
  fastify: async (waybill, server) => {
    const { promise, resolve } = Promise.withResolvers<RequestListener>();
    const app = fastify({ serverFactory: (handler) => (resolve(handler as RequestListener), server) });
    const jobs = waybill.under('/jobs');
    await app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      for (const path of ['/', '/*']) {
        scope.all(path, (request, reply) => {
          reply.hijack();
          jobs.handler(request.raw, reply.raw);
        });
      }
    }, { prefix: '/jobs' });
    app.get('/own', async () => 'own');
    await app.ready();
    onTestFinished(() => app.close());
    return promise;
  },
};

/** Listens, and stops at the end of the test. */
export async function startHost(mountedIn: MountedIn, options: OpenOptions = {}): Promise<Host> {
  let listener: RequestListener = (_, response) => response.end();
  let latest: Socket | null = null;
  const server = createServer((request, response) => {
    latest = request.socket;
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jobs`;
  const waybill = await openTest({ publicUrl: url, ...options });
  const stop = async (): Promise<void> => {
    await waybill.close();
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(stop);
  listener = await mountedIn(waybill, server);
  return { url, waybill, stop, writing: () => latest! };
}
