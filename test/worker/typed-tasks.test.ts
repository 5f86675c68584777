import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineTask } from '../../src/kinds/task/typed/index.ts';
import {
  ApiError, createClient, NotAllCreated, TaskCanceled, TaskFailed, type Client, type ClientOptions,
} from '../../src/main/client/index.ts';
import { startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
let client: Client;
beforeAll(async () => {
  server = await startTaskServer();
  client = connect();
});
afterAll(() => server.close());

function connect(options: Partial<ClientOptions> = {}): Client {
  return createClient({ server: server.url, token: 'mira', ...options });
}

/** Of its own for every test: workers of other tests do not take its tasks. */
let types = 0;
function importTask(more: { readonly maxAttempts?: number; readonly timeout?: number } = {}) {
  return defineTask({
    type: `import-${++types}`,
    input: z.object({
      rows: z.array(z.object({ email: z.string() })), on: z.iso.date().transform((day) => new Date(day)),
    }),
    output: z.object({ imported: z.number(), day: z.string() }),
    ...more,
  });
}
const rows = [{ email: 'a@shop.example' }, { email: 'b@shop.example' }];

async function failure<T extends Error>(promise: Promise<unknown>, type: new (...args: any) => T): Promise<T> {
  const error = await promise.then(() => null, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(type);
  return error as T;
}

describe('a typed task', () => {
  test('is run with the data that its schema gives, and its result is that of the handler', async () => {
    const task = importTask();
    server.work({
      tasks: [task.handle(({ data }) => ({ imported: data.rows.length, day: data.on.toISOString().slice(0, 10) }))],
    });
    const run = await client.run(task, { rows, on: '2026-11-30' });
    expect(await run.result()).toEqual({ imported: 2, day: '2026-11-30' });
    // What is stored is what was given: schemas may make of it what JSON does not have.
    expect(await run.get()).toMatchObject({ data: { rows, on: '2026-11-30' }, status: 'completed', progress: 100 });
  });

  test('is not sent when its data does not fit, and the fields are named', async () => {
    const task = importTask();
    let sent = 0;
    const own = connect({ fetch: (...args) => ((sent += 1), fetch(...args)) });
    const wrong = { rows: [{ email: 'a' }, { mail: 'b' }], on: 'today' } as never;
    const error = await failure(own.run(task, wrong), ApiError);
    expect(error.code).toBe('invalid_request');
    expect(Object.keys(error.details['fields'] as object)).toEqual(['data.rows.1.email', 'data.on']);
    const all = await failure(own.runAll(task, [{ rows, on: '2026-11-30' }, wrong]), ApiError);
    expect(Object.keys(all.details['fields'] as object)).toEqual(['1.data.rows.1.email', '1.data.on']);
    expect(sent).toBe(0);
  });

  test('fails for good when what came otherwise does not fit', async () => {
    const task = importTask();
    let called = 0;
    server.work({ tasks: [task.handle(() => ({ imported: (called += 1), day: '' }))] });
    const id = await server.submit(task.type, { data: { rows: 7 }, maxAttempts: 3 });
    const error = await failure(client.runOf(task, id).result(), TaskFailed);
    expect(error.message).toContain('The data of the task does not fit its type: data.rows: ');
    expect(error.task).toMatchObject({ id, attempt: 1, status: 'failed' });
    expect(called).toBe(0);
  });

  test('fails for good when the result does not fit', async () => {
    const task = importTask();
    server.work({ tasks: [task.handle(() => ({ imported: 'two', day: '' }) as never)] });
    const run = await client.run(task, { rows, on: '2026-11-30' });
    const error = await failure(run.result(), TaskFailed);
    expect(error.message).toContain("The handler's result does not fit its type: result.imported: ");
    expect(error.task.attempt).toBe(1);
  });

  test('has what its definition and its run say of it, and the run goes first', async () => {
    const task = defineTask({
      type: `labeled-${++types}`, input: z.object({ region: z.string() }), maxAttempts: 2, timeout: 60_000, priority: 7,
      backoff: { firstMs: 10, maxMs: 20 }, labels: ({ region }) => ({ region }),
    });
    const run = await client.run(task, { region: 'north' }, { priority: 9, dedupeKey: 'north' });
    expect(await run.get()).toMatchObject({
      maxAttempts: 2, timeout: 60_000, priority: 9, backoff: { firstMs: 10, maxMs: 20 }, labels: { region: 'north' },
      dedupeKey: 'north',
    });
    expect((await client.run(task, { region: 'north' }, { dedupeKey: 'north' })).id).toBe(run.id);
  });

  test('that failed tells whoever waits what its last error was', async () => {
    const task = importTask({ maxAttempts: 1 });
    server.work({ tasks: [task.handle(() => { throw new RangeError('row 3 has no email'); })] });
    const run = await client.run(task, { rows, on: '2026-11-30' });
    const error = await failure(run.result(), TaskFailed);
    expect(error.message).toBe(`Task ${run.id} (${task.type}) failed: row 3 has no email`);
    expect(error.task.errorLog.at(-1)?.stack).toContain('typed-tasks.test.ts');
  });

  test('that was canceled tells whoever waits', async () => {
    const task = importTask();
    const run = await client.run(task, { rows, on: '2026-11-30' });
    const result = failure(run.result(), TaskCanceled);
    await run.cancel();
    expect((await result).task).toMatchObject({ id: run.id, status: 'canceled' });
    expect((await failure(run.cancel(), ApiError)).code).toBe('conflict');
  });

  test('is waited for no longer than one will, and goes on', async () => {
    const task = importTask();
    const run = await client.run(task, { rows, on: '2026-11-30' });
    expect((await failure(run.result({ timeoutMs: 50 }), ApiError)).code).toBe('timeout');
    const stop = new AbortController();
    const waiting = failure(run.result({ signal: stop.signal }), ApiError);
    stop.abort();
    expect((await waiting).code).toBe('aborted');
    expect((await failure(run.result({ signal: AbortSignal.abort() }), ApiError)).code).toBe('aborted');
    expect((await run.get()).status).toBe('pending');
  });

  test('that nobody has is said to be so', async () => {
    const error = await failure(client.runOf(importTask(), '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41').result(), ApiError);
    expect(error.code).toBe('not_found');
  });

  test('has its events', async () => {
    const task = importTask();
    server.work({
      tasks: [task.handle(async (_job, ctx) => (await ctx.progress(1, 2), { imported: 1, day: '' }))],
    });
    const run = await client.run(task, { rows, on: '2026-11-30' });
    const seen: string[] = [];
    for await (const { type } of run.events()) seen.push(type);
    expect(seen.at(0)).toBe('TaskCreated');
    expect(seen.at(-1)).toBe('TaskCompleted');
  });
});

describe('many typed tasks', () => {
  const count = (count: number) => Array.from({ length: count }, (_, number) => ({ number }));
  const squareTask = () => defineTask({
    type: `square-${++types}`, input: z.object({ number: z.number() }), output: z.number(),
  });

  test('are submitted beyond a thousand, come back in order, and are waited for over one connection', async () => {
    const task = squareTask();
    const streams = new Set<string>();
    const own = connect({
      fetch: (input, init) => {
        const url = String(input);
        if (url.includes('/events')) streams.add(url);
        return fetch(input, init);
      },
    });
    const all = await own.runAll(task, count(1_200));
    server.work({ tasks: [task.handle(({ data: { number } }) => number ** 2)], concurrency: 50 });
    const results = await Promise.all(all.map((run) => run.result()));
    expect(results).toEqual(count(1_200).map(({ number }) => number ** 2));
    expect([...streams].map((url) => new URL(url).pathname)).toEqual(['/api/events']);
  });

  test('are sent in parts that a request may have', async () => {
    const task = defineTask({ type: `large-${++types}`, input: z.object({ text: z.string() }) });
    const text = 'ö'.repeat(100_000);
    const all = await client.runAll(task, Array.from({ length: 12 }, () => ({ text })));
    expect(new Set(all.map(({ id }) => id)).size).toBe(12);
    expect((await all[11]!.get()).data).toEqual({ text });
  });

  test('are not created again by the same call with the same key', async () => {
    const task = squareTask();
    const first = await client.runAll(task, count(3), { idempotencyKey: `squares-${types}` });
    const again = await client.runAll(task, count(3), { idempotencyKey: `squares-${types}` });
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
  });

  test('of which some are refused: the others are there, and it is said which', async () => {
    const task = squareTask();
    const error = await failure(
      client.runAll(task, count(3), { dependsOn: ['01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41'] }), NotAllCreated,
    );
    expect(error.runs).toEqual([null, null, null]);
    expect(error.failures.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(error.message).toContain('3 of 3 tasks were not created; the first, at index 0: ');
    expect(await client.runAll(task, [])).toEqual([]);
  });

  test('are waited for where there is no stream of events', async () => {
    const task = squareTask();
    const none = { success: false, error: { code: 'not_found', message: 'There is no such route.' } };
    const own = connect({
      fetch: async (input, init) =>
        String(input).includes('/api/events') ? Response.json(none, { status: 404 }) : fetch(input, init),
    });
    server.work({ tasks: [task.handle(async ({ data: { number } }) => (await sleep(20), number + 1))] });
    const all = await own.runAll(task, count(5));
    expect(await Promise.all(all.map((run) => run.result()))).toEqual([1, 2, 3, 4, 5]);
  });
});
