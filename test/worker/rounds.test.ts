import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Fetch } from '../../src/http/request.ts';
import { createWorker } from '../../src/kinds/task/worker/index.ts';
import { freePort } from '../postgres/embedded.ts';
import { openTestServer } from '../server/server.ts';
import { quiet, startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
beforeAll(async () => {
  server = await startTaskServer();
});
afterAll(() => server.close());

let types = 0;
const newType = (): string => `type-${++types}`;

interface Sent {
  readonly route: string;
  readonly done: number;
  readonly take: number;
  readonly waitMs: number;
}

/** A worker's way to its server on which all requests but heartbeats are seen, and which `meet` may spoil. */
function seen(meet: (sent: Sent, ask: () => Promise<Response>) => Promise<Response> = (_, ask) => ask()) {
  const requests: Sent[] = [];
  let [now, most] = [0, 0];
  const fetch: Fetch = async (url, init) => {
    const ask = (): Promise<Response> => globalThis.fetch(url, init);
    const route = url.slice(url.lastIndexOf('/') + 1);
    if (route === 'heartbeat') return ask();
    const { done = [], take = 0, waitMs = 0 } = JSON.parse(String(init.body));
    const sent = { route, done: done.length, take, waitMs };
    requests.push(sent);
    now += 1;
    most = Math.max(most, now);
    try {
      return await meet(sent, ask);
    } finally {
      now -= 1;
    }
  };
  return { fetch, requests, most: () => most };
}

const answer = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  Response.json({ success: false, error: { code, message: 'no' } }, { status, headers });

async function allEnded(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await server.ended(id)).toMatchObject({ state: 'completed', attempt: 1 });
}

describe('a worker of a server that has exchanges', () => {
  test('reports and takes in the same requests, two of them at once at most', async () => {
    const type = newType();
    const way = seen();
    const ids = await Promise.all(Array.from({ length: 12 }, () => server.submit(type)));
    const worker = server.work({
      fetch: way.fetch, concurrency: 1, prefetch: 0, handlers: { [type]: async () => null },
    });
    await allEnded(ids);
    await vi.waitFor(() => expect(worker.stats).toMatchObject({ completed: 12, unreported: 0 }));
    expect(new Set(way.requests.map(({ route }) => route))).toEqual(new Set(['exchange']));
    expect(way.most()).toBeLessThanOrEqual(2);
    // Each but the first came with the answer to what was reported of the one before.
    expect(way.requests.filter(({ done, take }) => done === 1 && take === 1)).toHaveLength(12);
    expect(way.requests.every(({ done, waitMs }) => done === 0 || waitMs === 0)).toBe(true);
    // Nothing is left: it waits.
    await vi.waitFor(() => expect(way.requests.at(-1)).toMatchObject({ done: 0, take: 1, waitMs: 20_000 }));
  });

  test('asks for more beside many reports, not after them', async () => {
    const type = newType();
    const way = seen();
    const ids = await Promise.all(Array.from({ length: 700 }, () => server.submit(type)));
    server.work({ fetch: way.fetch, concurrency: 300, prefetch: 0, handlers: { [type]: () => null } });
    await allEnded(ids);
    const many = way.requests.filter(({ done }) => done >= 200);
    expect(many.length).toBeGreaterThan(0);
    expect(many.every(({ take }) => take === 0)).toBe(true);
    expect(way.most()).toBe(2);
  });

  test('says again what it got no answer to, and nothing is stored twice', async () => {
    const type = newType();
    let lost = 0;
    const way = seen(async ({ done }, ask) => {
      const response = await ask();
      if (done === 0 || lost >= 2) return response;
      lost += 1;
      await response.body?.cancel();
      throw new TypeError('fetch failed');
    });
    const ids = await Promise.all([0, 1, 2].map(() => server.submit(type)));
    const worker = server.work({ fetch: way.fetch, prefetch: 3, handlers: { [type]: (_, { cost }) => cost(5) } });
    await allEnded(ids);
    await vi.waitFor(() => expect(worker.stats).toMatchObject({ completed: 3, unreported: 0, lost: 0, failed: 0 }));
    expect(lost).toBe(2);
    for (const id of ids) expect(await server.get(id)).toMatchObject({ costMicroUsd: 5 });
  });

  test.for([
    [429, 'rate_limit'], [503, 'unavailable'],
  ] as const)('waits as it is told to at %i', async ([status, code]) => {
    const type = newType();
    let refused = 0;
    const way = seen(async ({ done }, ask) =>
      done > 0 && refused++ === 0 ? answer(status, code, { 'retry-after': '1' }) : ask());
    const id = await server.submit(type);
    const worker = server.work({ fetch: way.fetch, handlers: { [type]: () => 'done' } });
    await allEnded([id]);
    await vi.waitFor(() => expect(worker.stats).toMatchObject({ completed: 1, unreported: 0 }));
    expect(refused).toBeGreaterThan(1);
  });

  test('is told by the answers to its reports that a task is called off', async () => {
    const type = newType();
    const reasons: unknown[] = [];
    const begun = Promise.withResolvers<void>();
    const canceled = Promise.withResolvers<void>();
    const worker = server.work({
      leaseMs: 600_000,
      handlers: {
        [type]: async (_, { signal, progress }) => {
          signal.addEventListener('abort', () => reasons.push((signal.reason as Error).name));
          begun.resolve();
          await canceled.promise;
          // No heartbeat will say it for minutes.
          for (let n = 1; !signal.aborted; n++) {
            await progress(n).catch(() => {});
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        },
      },
    });
    const id = await server.submit(type);
    await begun.promise;
    await server.cancel(id);
    canceled.resolve();
    expect(await server.ended(id)).toMatchObject({ state: 'canceled' });
    await vi.waitFor(() => expect(worker.stats).toMatchObject({ canceled: 1, completed: 0 }));
    expect(reasons).toEqual(['CanceledError']);
  });

  test('goes on where it was when the server is started anew', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-rounds-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = { PORT: String(await freePort()), WAYBILL_DATA: folder };
    const first = await openTestServer(env);
    const type = newType();
    const ask = async (method: string, path: string, body?: unknown): Promise<any> => {
      const headers = { authorization: 'Bearer mira', 'content-type': 'application/json' };
      const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
      return ((await (await fetch(first.url + path, init)).json()) as any).data;
    };
    const tasks = await Promise.all([0, 1, 2].map((n) => ask('POST', '/api/v1/jobs', { type, data: n })));
    const begun = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    let running = 0;
    const worker = createWorker({
      server: first.url, token: 'mira', signals: false, logger: quiet, leaseMs: 60_000, concurrency: 2,
      handlers: { [type]: async () => (++running === 2 && begun.resolve(), open.promise) },
    });
    await begun.promise;
    await first.remove();
    open.resolve();
    const second = await openTestServer(env);
    await vi.waitFor(() => expect(worker.stats).toMatchObject({ completed: 3, unreported: 0 }), { timeout: 30_000 });
    for (const { id } of tasks) {
      expect(await ask('GET', `/api/v1/jobs/${id}`)).toMatchObject({ status: 'completed', attempt: 1 });
    }
    await worker.stop();
    await second.remove();
  });
});

test('a worker of an older server takes and reports', async () => {
  const type = newType();
  const way = seen(async ({ route }, ask) => (route === 'exchange' ? answer(404, 'not_found') : ask()));
  const ids = await Promise.all([0, 1, 2].map(() => server.submit(type)));
  const worker = server.work({ fetch: way.fetch, handlers: { [type]: () => 'done' } });
  await allEnded(ids);
  await vi.waitFor(() => expect(worker.stats).toMatchObject({ completed: 3, unreported: 0 }));
  expect(way.requests.filter(({ route }) => route === 'exchange')).toHaveLength(1);
  expect(new Set(way.requests.map(({ route }) => route))).toEqual(new Set(['exchange', 'take', 'report']));
});
