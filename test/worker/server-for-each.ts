import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect } from 'vitest';
import { parseConfig } from '../../src/main/config/parse.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { startServer } from '../../src/main/node/server.ts';

/** What a server in development mode takes from workers. */
export const devSecret = 'dev-callback-secret';

export interface View {
  status: string;
  progress: { done: number; failed: number; total: number };
  items: {
    idx: number;
    state: string;
    error: string | null;
    outputUrl: string | null;
    previewUrl: string | null;
    inputPreviewUrl: string | null;
    confidence: number | null;
  }[];
}

/** The server of the test that runs, with its data in a folder of its own. */
export interface TestServer {
  url: string;
  folder: string;
  /** What the test started, to be ended before the server. */
  cleanups: (() => unknown)[];
  api<T>(method: string, path: string, body?: unknown, user?: string): Promise<T>;
  /** Uploads the photos (a null one is left out) and executes the set. */
  execute(photos: readonly (Uint8Array | null)[], user?: string): Promise<string>;
  view(jobId: string, user?: string): Promise<View>;
  /** Waits for the server, or the worker in its process, to log this message. */
  logged(message: string): Promise<void>;
}

/** A new one for each test of the file. */
export function serverForEach(flags: readonly string[] = []): TestServer {
  let messages = new Set<string>();
  let wake = new EventTarget();
  const server: TestServer = {
    url: '',
    folder: '',
    cleanups: [],
    api: async <T>(method: string, path: string, body?: unknown, user = 'mira'): Promise<T> => {
      const response = await fetch(server.url + path, {
        method,
        headers: { authorization: `Bearer ${user}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await response.json()) as { success: boolean; data: T };
      if (!answer.success) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      return answer.data;
    },
    execute: async (photos, user) => {
      const post = <T>(path: string, body: unknown): Promise<T> => server.api('POST', path, body, user);
      const { jobId, urls } = await post<{ jobId: string; urls: { url: string }[] }>('/api/jobs', {
        preset: 'remove-background', itemCount: photos.length,
      });
      for (const [idx, { url }] of urls.entries()) {
        const body = photos[idx];
        if (body) expect((await fetch(url, { method: 'PUT', body: new Blob([Buffer.from(body)]) })).status).toBe(200);
      }
      await post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: photos.length });
      await post(`/api/jobs/${jobId}/execute`, {});
      return jobId;
    },
    view: (jobId, user) => server.api('GET', `/api/jobs/${jobId}`, undefined, user),
    logged: async (message) => {
      if (!messages.has(message)) await new Promise((resolve) => wake.addEventListener(message, resolve));
    },
  };
  beforeEach(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-worker-'));
    messages = new Set();
    wake = new EventTarget();
    const logger = createLogger('info', (line) => {
      const { level, message } = JSON.parse(line) as { level: string; message: string };
      if (level === 'error') process.stderr.write(line);
      messages.add(message);
      wake.dispatchEvent(new Event(message));
    });
    const config = parseConfig(['--dev', '--port', '0', '--data', folder, ...flags], {});
    const started = await startServer(config, { logger });
    Object.assign(server, { url: started.url, folder, cleanups: [] });
    return async () => {
      await Promise.allSettled(server.cleanups.map((cleanup) => cleanup()));
      await started.close();
      rmSync(folder, { recursive: true, force: true });
    };
  });
  return server;
}
