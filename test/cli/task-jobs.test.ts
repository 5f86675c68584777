import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorker } from '../../src/kinds/task/worker/index.ts';
import { startTestServer, type TestServer } from './server.ts';

/** The commands about one job take tasks as they take image sets. */

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function submit(user: string, body: { type: string; data: unknown }): Promise<string> {
  return (await server.client(user).submitTask({ body })).id;
}

test('a task is listed with its type, shown, watched to its end, and shown with its result', async () => {
  const id = await submit('runner', { type: 'double', data: { of: 21 } });
  const { stdout: list } = await server.as('runner', ['job', 'list']);
  expect(list).toMatch(new RegExp(`^${id} +task +pending .* double$`, 'm'));
  expect((await server.as('runner', ['job', 'get', id])).stdout).toMatch(/^status +pending$/m);
  const watching = server.startAs('runner', ['job', 'watch', id]);
  await watching.says(/pending 0\/1\n/);
  const worker = createWorker({
    server: server.url, token: 'operator', signals: false,
    handlers: { double: async ({ data }) => ({ is: (data as { of: number }).of * 2 }) },
  });
  const { status, stderr } = await watching.ended;
  await worker.stop();
  expect(stderr).toMatch(/completed 1\/1\nJob \S+ is completed after [\d.]+ s: 1 of 1 done\.\n$/);
  expect(status).toBe(0);
  expect((await server.as('runner', ['job', 'get', id])).stdout).toMatch(/^result +\{"is":42\}$/m);
  const { stdout } = await server.as('runner', ['job', 'get', id, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ id, status: 'completed', result: { is: 42 } });
  expect((await server.as('runner', ['job', 'events', id])).stdout).toMatch(/ TaskCompleted +completed /);
});

test('a task is canceled; a watch of it exits with 3, another cancel with 65', async () => {
  const id = await submit('leaver', { type: 'nobody-does-it', data: null });
  const watching = server.startAs('leaver', ['job', 'watch', id, '--json']);
  await watching.says(/"pending"/);
  expect((await server.as('leaver', ['job', 'cancel', id])).stderr).toBe(`Job ${id} is canceled.\n`);
  expect((await watching.ended).status).toBe(3);
  expect((await server.as('leaver', ['job', 'cancel', id])).status).toBe(65);
});

test('commands about photos say that a task has none', async () => {
  const id = await submit('owner', { type: 'nobody-does-it', data: null });
  for (const verb of ['download', 'confirm', 'execute']) {
    const { status, stderr } = await server.as('owner', ['job', verb, id]);
    expect([verb, status]).toEqual([verb, 66]);
    const [told] = stderr.split('\n');
    expect(told).toBe(`waybill: Job ${id} is of the kind task, and this is for jobs of the kind image-set.`);
  }
});

test('a task of somebody else is not there', async () => {
  const id = await submit('owner', { type: 'secret', data: null });
  for (const verb of ['get', 'watch', 'cancel']) {
    expect((await server.as('stranger', ['job', verb, id])).status).toBe(66);
  }
});

test('the metrics count the tasks of all types together', async () => {
  const before = await pendingTasks();
  for (const type of ['one', 'two', 'two', 'three']) await submit('counter', { type, data: null });
  // They are counted once a second.
  await expect.poll(async () => (await pendingTasks()) - before, { timeout: 5_000 }).toBe(4);
});

async function pendingTasks(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^waybill_jobs\{kind="task",state="pending"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}
