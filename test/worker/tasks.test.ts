import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DoNotRetry, RetryAfter } from '../../src/kinds/task/worker/index.ts';
import { tapped } from './tapped.ts';
import { startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
beforeAll(async () => {
  server = await startTaskServer();
});
afterAll(() => server.close());

/** Of its own for every test: workers of other tests do not take them. */
let types = 0;
const newType = (): string => `type-${++types}`;

const submitMany = (type: string, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => server.submit(type)));

const itself: Record<string, unknown> = {};
itself['own'] = [itself];

describe('a handler of tasks', () => {
  test('is given the task, and what it returns is the result', async () => {
    const type = newType();
    const id = await server.submit(type, { data: { file: 'a.csv' }, totalItems: 3, maxAttempts: 7 });
    let given: unknown;
    server.work({ handlers: { [type]: async (job, { attempt }) => ((given = { ...job, attempt }), { imported: 3 }) } });
    const task = await server.ended(id);
    expect(task).toMatchObject({ state: 'completed', attempt: 1, fields: { result: { imported: 3 } } });
    const createdAt = new Date(task.createdAt).toISOString();
    expect(given).toEqual({
      id, type, data: { file: 'a.csv' }, attempt: 1, maxAttempts: 7, createdAt, createdById: 'mira', totalItems: 3,
      traceparent: null,
    });
  });

  test('that returns nothing completes with null', async () => {
    const type = newType();
    server.work({ handlers: { [type]: () => {} } });
    const task = await server.ended(await server.submit(type));
    expect(task.state).toBe('completed');
    expect(task.fields.result ?? null).toBeNull();
  });

  test('may return objects with toJSON, and undefined fields, which are left out', async () => {
    const type = newType();
    const result = {
      url: new URL('https://example.org/'), mine: { toJSON: () => ({ n: [1] }) }, gone: undefined, n: Object(1), z: -0,
      bare: Object.assign(Object.create(null), { a: 1 }), own: new (class { own = 'field'; })(),
      ...JSON.parse('{"x":{"__proto__":2}}'),
    };
    server.work({ handlers: { [type]: () => result } });
    const task = await server.ended(await server.submit(type));
    expect(JSON.stringify(task.fields.result)).toBe(
      '{"url":"https://example.org/","mine":{"n":[1]},"n":1,"z":0,"bare":{"a":1},"own":{"own":"field"},' +
        '"x":{"__proto__":2}}',
    );
  });

  test('is never called for another type', async () => {
    const [mine, other] = [newType(), newType()];
    const others = await server.submit(other);
    server.work({ handlers: { [mine]: () => 'done' } });
    await server.ended(await server.submit(mine));
    expect(await server.get(others)).toMatchObject({ state: 'pending', attempt: 0 });
  });

  test('has its progress, errors, costs and log reported before its end', async () => {
    const type = newType();
    server.work({
      handlers: {
        [type]: async (_job, ctx) => {
          await ctx.progress(1, 4);
          ctx.log('begins');
          ctx.log('warn', 'slowly');
          ctx.logger.info('row', { number: 2 });
          ctx.error('row 2', 'has no name');
          ctx.error(null, 'odd');
          ctx.cost(70);
          ctx.cost(30);
          await ctx.progress(4);
        },
      },
    });
    const id = await server.submit(type);
    expect(await server.ended(id)).toMatchObject({
      costMicroUsd: 100,
      fields: {
        processedItems: 4, totalItems: 4,
        errorLog: [{ item: 'row 2', message: 'has no name' }, { message: 'odd' }],
      },
    });
    expect(await server.logs(id)).toEqual(['begins', 'slowly', 'row {"number":2}']);
  });

  test('may report progress as often as it likes: the newest is sent, a few times a second', async () => {
    const type = newType();
    const tap = tapped(server.url);
    server.work({
      server: tap,
      handlers: {
        [type]: async (_job, ctx) => {
          for (let row = 1; row <= 50_000; row++) await ctx.progress(row, 50_000);
        },
      },
    });
    const id = await server.submit(type);
    const began = performance.now();
    expect((await server.ended(id)).fields).toMatchObject({ processedItems: 50_000, totalItems: 50_000 });
    const sent = tap.reports.flat().filter((report) => report.type === 'progress');
    expect(sent.length).toBeLessThanOrEqual(2 + (performance.now() - began) / 200);
    expect(sent.at(-1)).toMatchObject({ processed: 50_000 });
  });

  test('that throws is called again, and the error log says why', async () => {
    const type = newType();
    const thrown: unknown[] = [];
    server.work({
      handlers: {
        [type]: (job) => {
          if (job.attempt < 3) throw new Error(`attempt ${job.attempt} went wrong`);
          return job.attempt;
        },
      },
      onError: (error, job) => thrown.push([(error as Error).message, job?.attempt]),
    });
    const task = await server.ended(await server.submit(type, { backoff: { firstMs: 1, maxMs: 1 } }));
    expect(task).toMatchObject({ state: 'completed', attempt: 3, fields: { result: 3 } });
    const messages = ['attempt 1 went wrong', 'attempt 2 went wrong'];
    expect(task.fields.errorLog?.map(({ message }) => message)).toEqual(messages);
    expect(thrown).toEqual(messages.map((message, index) => [message, index + 1]));
  });

  test('that throws DoNotRetry is not called again', async () => {
    const type = newType();
    server.work({
      handlers: {
        [type]: () => {
          throw new DoNotRetry('no such file');
        },
      },
    });
    const task = await server.ended(await server.submit(type, { maxAttempts: 5 }));
    expect(task).toMatchObject({ state: 'failed', attempt: 1 });
    expect(task.fields.errorLog).toMatchObject([{ message: 'no such file' }]);
  });

  test('that throws RetryAfter is called again at that time, and not before', async () => {
    const type = newType();
    server.work({
      handlers: {
        [type]: () => {
          throw new RetryAfter(3_600_000, 'the quota is used up');
        },
      },
    });
    const task = await server.happened(await server.submit(type), 'AttemptFailed');
    expect(task.state).toBe('pending');
    expect(task.fields.runAt - task.updatedAt).toBe(3_600_000);
  });

  test.each([
    ['has a BigInt', { rows: [1, { id: 1n }] }, 'result.rows.1.id is a BigInt, which JSON does not have: send it as'],
    ['has NaN', { share: 0 / 0 }, 'result.share is NaN, which JSON does not have'],
    ['is Infinity', Infinity, 'result is Infinity, which JSON does not have'],
    ['has undefined in a list', [1, undefined], 'result.1 is undefined, which JSON does not have'],
    ['has a hole', new Array(1), 'result.0 is undefined, which JSON does not have'],
    ['has a Date', { at: new Date() }, 'result.at is a Date, which JSON does not have: send its toISOString()'],
    ['has a Map', { byId: new Map([[1, 2]]) }, 'result.byId is a Map, which JSON does not have'],
    ['has an Error', [new Error('no')], 'result.0 is an Error, which JSON does not have: send its message'],
    ['has bytes', { png: Buffer.from('x') }, 'result.png is a Uint8Array: send its bytes as base64'],
    ['hides what it holds', { it: new URLSearchParams('a=1') }, 'result.it is a URLSearchParams, which JSON'],
    ['is a function', () => {}, 'result is a function, which JSON does not have'],
    ['has a symbol', { a: Symbol('x') }, 'result.a is a symbol, which JSON does not have'],
    ['throws', { get a() { throw new Error('mine'); } }, 'result cannot be read: it throws'],
    ['contains itself', itself, 'result.own.0 contains itself'],
    ['has half a surrogate pair', { a: '\ud800' }, 'result.a has a NUL or half a surrogate pair'],
    ['has more than 256 KB', 'x'.repeat(256 * 1024), 'result has 262146 bytes of JSON, and 262144 is the most'],
    ['is nested too deeply', JSON.parse('['.repeat(65) + ']'.repeat(65)), '.0 is nested deeper than 64 levels'],
  ])('whose result %s fails for good, and its neighbours do not', async (_, result, message) => {
    const [type, neighbour] = [newType(), newType()];
    const neighbours = await submitMany(neighbour, 5);
    const id = await server.submit(type, { maxAttempts: 5 });
    server.work({ handlers: { [type]: () => result, [neighbour]: () => 'fine' } });
    const task = await server.ended(id);
    expect(task).toMatchObject({ state: 'failed', attempt: 1 });
    expect(task.fields.errorLog?.[0]?.message).toContain(message);
    for (const each of neighbours) expect((await server.ended(each)).state).toBe('completed');
  });
});

describe('batches', () => {
  test('a worker takes as many as it has room for, and does no more than its concurrency at a time', async () => {
    const type = newType();
    const ids = await submitMany(type, 60);
    const tap = tapped(server.url);
    let running = 0;
    let most = 0;
    server.work({
      server: tap,
      concurrency: 10,
      prefetch: 50,
      handlers: {
        [type]: async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
        },
      },
    });
    for (const id of ids) expect((await server.ended(id)).state).toBe('completed');
    expect(tap.takes[0]?.limit).toBe(60);
    expect(tap.takes.length).toBeLessThanOrEqual(3);
    expect(most).toBe(10);
  });

  test('a worker completes tasks in batches', async () => {
    const type = newType();
    const ids = await submitMany(type, 300);
    const tap = tapped(server.url);
    server.work({ server: tap, prefetch: 290, handlers: { [type]: () => 'done' } });
    for (const id of ids) expect((await server.ended(id)).state).toBe('completed');
    expect(tap.reports.flat()).toHaveLength(300);
    expect(tap.reports.length).toBeLessThanOrEqual(10);
  });

  test('large results are spread over requests that the server takes', async () => {
    const type = newType();
    const ids = await submitMany(type, 12);
    const tap = tapped(server.url);
    const result = 'y'.repeat(250_000);
    server.work({ server: tap, concurrency: 12, handlers: { [type]: () => result } });
    for (const id of ids) expect((await server.ended(id)).fields.result).toBe(result);
    for (const reports of tap.reports) expect(JSON.stringify(reports).length).toBeLessThan(1_000_000);
    expect(tap.reports.flat()).toHaveLength(12);
  });

  test('long tasks are not taken beforehand, so that other workers have them', async () => {
    const type = newType();
    await submitMany(type, 12);
    const tap = tapped(server.url);
    let begun = 0;
    const first = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    const worker = server.work({
      server: tap,
      concurrency: 4,
      handlers: {
        [type]: () => {
          begun += 1;
          if (begun === 4) first.resolve();
          return all.promise;
        },
      },
    });
    await first.promise;
    expect(worker.stats).toMatchObject({ taken: 4, running: 4, waiting: 0 });
    expect(tap.takes).toHaveLength(1);
    all.resolve();
  });
});
