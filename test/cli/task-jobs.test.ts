import { writeFileSync } from 'node:fs';
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
  expect(list).toMatch(new RegExp(`^${id} +task +double +pending +- +- `, 'm'));
  expect((await server.as('runner', ['job', 'get', id])).stdout).toMatch(/^status +pending$/m);
  const watching = server.startAs('runner', ['job', 'watch', id]);
  await watching.says(/Z pending\n/);
  const worker = createWorker({
    server: server.url, token: 'operator', signals: false,
    handlers: { double: async ({ data }) => ({ is: (data as { of: number }).of * 2 }) },
  });
  const { status, stdout: statuses, stderr } = await watching.ended;
  await worker.stop();
  expect(statuses).toMatch(/^\S+Z pending\n\S+Z processing\n\S+Z completed\n$/);
  expect(stderr).toMatch(/^Job \S+ is completed after [\d.]+ s\.\n$/);
  expect(status).toBe(0);
  expect((await server.as('runner', ['job', 'get', id])).stdout).toMatch(/^result +\{"is":42\}$/m);
  const { stdout } = await server.as('runner', ['job', 'get', id, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ id, status: 'completed', result: { is: 42 } });
  expect((await server.as('runner', ['job', 'events', id])).stdout).toMatch(/ TaskCompleted +completed /);
});

test('a task is canceled; a watch of it exits with 1, another cancel with 65', async () => {
  const id = await submit('leaver', { type: 'nobody-does-it', data: null });
  const watching = server.startAs('leaver', ['job', 'watch', id, '--json']);
  await watching.says(/"pending"/);
  expect((await server.as('leaver', ['job', 'cancel', id])).stderr).toBe(`Job ${id} is canceled.\n`);
  expect((await watching.ended).status).toBe(1);
  expect((await server.as('leaver', ['job', 'cancel', id])).status).toBe(65);
});

test('commands about photos say that a task has none', async () => {
  const id = await submit('owner', { type: 'nobody-does-it', data: null });
  const { status: downloaded, stderr: problem } = await server.as('owner', ['job', 'download', id]);
  expect([downloaded, problem]).toEqual([1, 'waybill: jobs of the kind task leave no files behind\n']);
  for (const verb of ['confirm', 'execute']) {
    const { status, stderr } = await server.as('owner', ['job', verb, id]);
    expect([verb, status]).toEqual([verb, 66]);
    const [told] = stderr.split('\n');
    expect(told).toBe(`waybill: Job ${id} is of the kind task, but this is for jobs of the kind image-set.`);
  }
});

test('a task is submitted with its data from a file, listed by type, and its log is read', async () => {
  writeFileSync(`${server.folder}/data.json`, '{"of":4}');
  const worker = createWorker({
    server: server.url, token: 'operator', signals: false,
    handlers: {
      square: async ({ data }, { log }) => {
        log('squaring');
        return (data as { of: number }).of ** 2;
      },
    },
  });
  const args = ['task', 'run', 'square', '--data', `@${server.folder}/data.json`, '--priority', '-5', '--wait'];
  const { status, stdout, stderr } = await server.as('maker', args);
  await worker.stop();
  expect([status, stdout, stderr]).toEqual([0, '16\n', '']);
  const { jobs: [{ id = '' } = {}] } = await server.client('maker').listTasks({ query: { type: 'square' } });
  const { stdout: shown } = await server.as('maker', ['job', 'get', id]);
  expect(shown).toMatch(/^kind +task\ntype +square\nstatus +completed\nprogress +100 %\n/m);
  expect(shown).toMatch(/^result +16$/m);
  const { stdout: list } = await server.as('maker', ['task', 'list', '--type', 'square', '--status', 'completed']);
  expect(list).toMatch(new RegExp(`^${id} +square +completed +100 % +1 of 3 .* maker$`, 'm'));
  const listed = await server.as('maker', ['task', 'list', '--fields', 'result', '--json']);
  expect(JSON.parse(listed.stdout)).toMatchObject({ jobs: [{ id, priority: -5, result: 16 }], nextCursor: null });
  expect((await server.as('maker', ['job', 'logs', id])).stdout).toMatch(/^\S+Z info +squaring\n$/);
});

test('a task runted twice with one Idempotency-Key is one, and one that was canceled is retried', async () => {
  const args = ['task', 'run', 'nobody-does-it', '--dedupe-key', 'once'];
  const first = await server.as('again', args);
  const second = await server.as('again', args);
  const id = first.stdout.trim();
  expect([second.stdout.trim(), second.stderr]).toEqual([id, expect.stringContaining('was there already')]);
  expect((await server.as('again', ['job', 'retry', id])).status).toBe(65);
  await server.as('again', ['job', 'cancel', id]);
  const { status, stderr } = await server.as('again', ['job', 'retry', id]);
  expect([status, stderr]).toEqual([0, expect.stringContaining(`Job ${id} is pending: `)]);
  const { stdout } = await server.as('again', ['job', 'get', id, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ id, kind: 'task', status: 'pending' });
});

test.each([
  ['data that are no JSON', ['--data', '{of:4}'], '--data is no JSON: '],
  ['data with a name twice', ['--data', '{"a":1,"a":2}'], '--data cannot be stored: a appears twice in its object'],
  ['a file that is not there', ['--data', '@nowhere.json'], '--data names a file that cannot be read: '],
  ['a priority out of range', ['--priority', '1001'], '--priority is "1001": it must be a whole number from -1000 to'],
])('a task is not submitted with %s', async (_, flags, problem) => {
  const { status, stderr } = await server.as('wrong', ['task', 'run', 'some', ...flags]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(problem)]);
});

test('the client follows a task as it follows a set, to its end', async () => {
  const id = await submit('follower', { type: 'nobody-does-it', data: null });
  const client = server.client('follower');
  const seen: string[] = [];
  for await (const { kind, status, endedAt } of client.watch(id, { minIntervalMs: 5 })) {
    seen.push(`${kind} ${status}`);
    if (endedAt === null) await client.cancelJob({ params: { id } });
  }
  expect(seen).toEqual(['task pending', 'task canceled']);
});

test('jobs of all kinds are found by type and label, with how many there are, and counted', async () => {
  const id = await submit('finder', { type: 'nobody-does-it', data: null });
  await submit('finder', { type: 'nor-this', data: null });
  const { jobId } = await server.client('finder').createImageSet({ body: { preset: 'seller', itemCount: 1 } });
  const found = async (...flags: string[]): Promise<unknown> => {
    const { stdout } = await server.as('finder', ['job', 'list', '--json', ...flags]);
    const { jobs, total } = JSON.parse(stdout) as { jobs: { id: string }[]; total: number };
    return [jobs.map((job) => job.id), total];
  };
  expect(await found('--type', 'nobody-does-it')).toEqual([[id], 1]);
  expect(await found('--label', 'preset=seller')).toEqual([[jobId], 1]);
  expect(await found('--label', 'preset=seller', '--label', 'theme=snow')).toEqual([[], 0]);
  expect(await found('--limit', '1')).toEqual([[jobId], 3]);
  expect((await server.as('finder', ['job', 'list', '--label', 'seller'])).status).toBe(2);
  const odd = await server.as('finder', ['job', 'list', '--state', 'BOGUS']);
  expect([odd.status, odd.stderr]).toEqual([64, expect.stringMatching(/status must be one of .*pending.*SUCCEEDED/)]);
  const { stdout } = await server.as('finder', ['job', 'stats']);
  expect(stdout).toMatch(/^image-set +created +waiting +1$/m);
  expect(stdout).toMatch(/^task +pending +waiting +2$/m);
});

test('another user’s task is not found', async () => {
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

test('a type is given limits and search keys, by which its tasks are listed', async () => {
  const set = await server.as('operator', [
    'type', 'set', 'print', '--max-running', '4', '--rate', '100/60', '--timeout-seconds', '90', '--searchable', 'sku',
  ]);
  expect(set.stdout).toMatch(/^print +no +4 +1 +100 in 60 s +3 +90 s +sku$/m);
  const { stdout: id } = await server.as('finder', [
    'task', 'run', 'print', '--data', '{"sku":"A-17"}', '--label', 'team=a',
  ]);
  for (const label of ['sku=A-17', 'team=a']) {
    const { stdout } = await server.as('finder', ['job', 'list', '--label', label]);
    expect(stdout).toMatch(new RegExp(`^${id.trim()} .*sku=A-17`, 'm'));
  }
  expect((await server.as('finder', ['job', 'list', '--label', 'sku=B'])).stdout).not.toContain(id.trim());
  expect((await server.as('operator', ['type', 'pause', 'print'])).stdout).toMatch(/^print +yes +4/m);
  expect((await server.as('operator', ['type', 'resume', 'print'])).stdout).toMatch(/^print +no +4/m);
  const cleared = await server.as('operator', ['type', 'set', 'print', '--searchable', 'none', '--rate', 'none']);
  expect(cleared.stdout).toMatch(/^print +no +4 +1 +- +3 +90 s +-$/m);
  const schema = '{"type":"object","required":["sku"]}';
  await server.as('operator', ['type', 'set', 'print', '--input-schema', schema]);
  const refused = await server.as('finder', ['task', 'run', 'print', '--data', '{}']);
  expect([refused.status, refused.stderr]).toEqual([64, expect.stringContaining('data.sku is required')]);
  const wrong = await server.as('operator', ['type', 'set', 'print', '--input-schema', '{"type":"text"}']);
  expect([wrong.status, wrong.stderr]).toEqual([64, expect.stringContaining('unknown type "text"')]);
  await server.as('operator', ['type', 'set', 'print', '--input-schema', 'null']);
  expect((await server.as('finder', ['task', 'run', 'print', '--data', '{}'])).status).toBe(0);
  expect((await server.as('operator', ['type', 'list'])).stdout).toMatch(/^print +no/m);
  expect((await server.as('finder', ['type', 'set', 'print'])).status).toBe(2);
});
