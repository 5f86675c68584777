import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createWorker, ShutdownError } from '../../src/kinds/task/worker/index.ts';
import { quiet, startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
beforeAll(async () => {
  server = await startTaskServer();
});
afterAll(() => server.close());

let types = 0;
const newType = (): string => `type-${++types}`;

describe('a task worker that is stopped', () => {
  test('takes no more tasks, ends those begun, and releases the rest without an attempt counted', async () => {
    const type = newType();
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => server.submit(type)));
    const begun = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const worker = server.work({
      concurrency: 1,
      prefetch: 3,
      handlers: { [type]: () => (begun.resolve(), open.promise.then(() => 'ended')) },
    });
    await begun.promise;
    const stopped = worker.stop();
    const returned = await Promise.all(ids.slice(1, 4).map((id) => server.happened(id, 'TaskReleased')));
    expect(returned.map(({ state, attempt }) => [state, attempt])).toEqual([1, 2, 3].map(() => ['pending', 0]));
    expect((await server.get(ids[0]!)).state).toBe('processing');
    open.resolve();
    await stopped;
    expect((await server.get(ids[0]!)).fields.result).toBe('ended');
    expect((await server.get(ids[4]!)).attempt).toBe(0);
    expect(worker.stats).toMatchObject({ taken: 4, completed: 1, returned: 3, running: 0, waiting: 0, unreported: 0 });
    await worker.done;
  });

  test('ends its long poll at the server', async () => {
    const type = newType();
    const worker = server.work({ handlers: { [type]: () => {} } });
    await server.ended(await server.submit(type));
    const began = performance.now();
    await worker.stop();
    expect(performance.now() - began).toBeLessThan(2_000);
    const late = await server.submit(type);
    expect((await server.get(late)).state).toBe('pending');
  });

  test('aborts handlers that take too long, and releases their tasks', async () => {
    const type = newType();
    const id = await server.submit(type);
    const begun = Promise.withResolvers<void>();
    let reason: unknown;
    const worker = server.work({
      shutdownMs: 20,
      handlers: {
        [type]: (_job, { signal }) => {
          begun.resolve();
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject((reason = signal.reason))));
        },
      },
    });
    await begun.promise;
    await worker.stop();
    expect(reason).toBeInstanceOf(ShutdownError);
    expect(await server.get(id)).toMatchObject({ state: 'pending', attempt: 0, fields: {} });
  });

  test('releases tasks even of handlers that ignore the signal', async () => {
    const type = newType();
    const id = await server.submit(type);
    const begun = Promise.withResolvers<void>();
    const deaf = new Promise(() => begun.promise);
    const worker = server.work({ shutdownMs: 20, handlers: { [type]: () => (begun.resolve(), deaf) } });
    await begun.promise;
    await worker.stop();
    expect(await server.get(id)).toMatchObject({ state: 'pending', attempt: 0 });
  });

  test('stops once when it is told twice', async () => {
    const worker = server.work({ handlers: { [newType()]: () => {} } });
    expect(worker.stop()).toBe(worker.stop());
    await worker.done;
  });
});

describe('to a task worker, a server that', () => {
  /** Answers each request by the next of the steps; the last one stays. */
  async function startFake(...steps: ((response: ServerResponse) => void)[]) {
    const asked: { readonly path: string; readonly at: number }[] = [];
    const heard: (() => void)[] = [];
    const http = createServer((request, response) => {
      request.resume();
      const step = steps[Math.min(asked.length, steps.length - 1)]!;
      asked.push({ path: request.url ?? '', at: performance.now() });
      step(response);
      for (const each of heard.splice(0)) each();
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      http.closeAllConnections();
      http.close();
    });
    const requests = async (count: number): Promise<void> => {
      while (asked.length < count) await new Promise<void>((resolve) => heard.push(resolve));
    };
    return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, asked, requests };
  }
  const answers = (status: number, headers = {}, body: unknown = {}) => (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

  test('does not know the token stops the worker, which says why', async () => {
    const errors: unknown[] = [];
    const worker = createWorker({
      server: server.url, token: 'wb_wrong', handlers: { a: () => {} }, signals: false, logger: quiet,
      onError: (error, job) => errors.push([(error as Error).message, job]),
    });
    const why = 'the server answered 401: the token is wrong, or has expired';
    await expect(worker.done).rejects.toThrow(why);
    expect(errors).toEqual([[why, null]]);
  });

  test.each([
    [403, /answered 403: the token is not one of somebody with the role operator/],
    [404, /answered 404: there is no Waybill server with tasks at that address/],
    [400, /answered 400$/],
  ])('answers %d stops the worker, which says why', async (status, message) => {
    const { url } = await startFake(answers(status));
    const options = { token: 'x', handlers: { a: () => {} }, signals: false, logger: quiet };
    await expect(createWorker({ server: url, ...options }).done).rejects.toThrow(message);
  });

  test('answers at once with no tasks, as while it shuts down, is not asked in a tight loop', async () => {
    const silent = (): void => {};
    const nothing = { success: true, data: { tasks: [], now: '2026-11-22T09:30:00.000Z' } };
    const { url, asked, requests } = await startFake(answers(200, {}, nothing), silent);
    const worker = createWorker({ server: url, token: 'x', handlers: { a: () => {} }, signals: false, logger: quiet });
    await requests(2);
    expect(asked[1]!.at - asked[0]!.at).toBeGreaterThanOrEqual(400);
    await worker.stop();
  });

  test.each([429, 503])('answers %d is asked again after its Retry-After, and not before', async (status) => {
    const silent = (): void => {};
    const { url, asked, requests } = await startFake(answers(status, { 'retry-after': '1' }), silent);
    const worker = createWorker({ server: url, token: 'x', handlers: { a: () => {} }, signals: false, logger: quiet });
    await requests(2);
    expect(asked[1]!.at - asked[0]!.at).toBeGreaterThanOrEqual(999);
    await worker.stop();
  });
});

describe('the options of createWorker', () => {
  const good = { server: 'http://127.0.0.1:1', token: 'x', handlers: { a: () => {} } };

  test.each([
    [{ token: '' }, 'token is missing'],
    [{ server: 'waybill.example' }, 'is not an http:// or https:// URL'],
    [{ handlers: {} }, 'handlers must have 1 to 100 types'],
    [{ handlers: { 'a b': () => {} } }, '"a b" is not a task type'],
    [{ handlers: { a: 1 as never } }, 'the handler of a is not a function'],
    [{ concurrency: 0 }, 'concurrency is 0: it must be a whole number from 1 to 1000'],
    [{ leaseMs: 10 }, 'leaseMs is 10: it must be a whole number from 1000 to 600000'],
    [{ prefetch: 1.5 }, 'prefetch is 1.5: it must be a whole number from 0 to 1000'],
    [{ workerId: '' }, 'workerId must have 1 to 200 characters'],
  ])('are refused when they are %j', (wrong, message) => {
    expect(() => createWorker({ ...good, ...wrong })).toThrow(message);
  });
});
