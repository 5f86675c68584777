/** The file system's objects behind a real HTTP server on a free port. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createFilesystemObjects, type FilesystemObjects } from '../../src/objects/filesystem/index.ts';
import type { Clock } from '../../src/ports/world.ts';

export interface ObjectServer {
  readonly folder: string;
  readonly port: number;
  readonly objects: FilesystemObjects;
  /** Another store on the same folder, with the same secret and URL. */
  at(clock: Clock): FilesystemObjects;
  /** Ends when every request that has reached the handler has been answered. */
  answered(): Promise<void>;
  close(): Promise<void>;
}

export const realClock: Clock = { now: () => Date.now() };

export async function startObjectServer(
  options: Partial<Parameters<typeof createFilesystemObjects>[0]> = {},
): Promise<ObjectServer> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'waybill-objects-')));
  let port = 0;
  const at = (clock: Clock) =>
    createFilesystemObjects({
      folder,
      publicUrl: () => `http://127.0.0.1:${port}`,
      secret: 'a secret that only tests have',
      clock,
      ...options,
    });
  const objects = at(realClock);
  const underWay = new Set<Promise<Response>>();
  const app = new Hono();
  app.all('/objects/*', (context) => {
    const answer = objects.handle(context.req.raw);
    underWay.add(answer);
    void answer.finally(() => underWay.delete(answer));
    return answer;
  });
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const starting = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address) => {
      port = address.port;
      resolve(starting);
    });
  });
  return {
    folder,
    get port() {
      return port;
    },
    objects,
    at,
    async answered() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
}
