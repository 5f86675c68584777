import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorker, DoNotRetry } from '../../src/kinds/task/worker/index.ts';
import { start } from './program.ts';
import { startTestServer, type TestServer } from './server.ts';
import { runOnTerminal } from './terminal.ts';

let server: TestServer;
let stopWorker: () => Promise<unknown>;

beforeAll(async () => {
  server = await startTestServer();
  const worker = createWorker({
    server: server.url, token: 'operator', signals: false,
    handlers: {
      triple: async ({ data }) => ({ is: (data as { of: number }).of * 3 }),
      refuse: async () => {
        throw new DoNotRetry('no such county');
      },
    },
  });
  stopWorker = () => worker.stop();
});
afterAll(async () => {
  await stopWorker();
  await server.close();
});

const envOf = (user: string) => ({ HOME: `${server.folder}/home`, WAYBILL_SERVER: server.url, WAYBILL_TOKEN: user });

async function submit(user: string, type: string, count: number): Promise<readonly string[]> {
  const client = server.client(user);
  const tasks = Array.from({ length: count }, () => client.submitTask({ body: { type, data: null } }));
  return (await Promise.all(tasks)).map(({ id }) => id);
}

describe('task run --wait', () => {
  test('prints the result alone as JSON, and takes the data from standard input', async () => {
    const args = ['task', 'run', 'triple', '--data', '-', '--wait'];
    const { status, stdout, stderr } = await start(args, { env: envOf('runner'), input: '{"of": 14}\n' }).ended;
    expect([status, stdout, stderr]).toEqual([0, '{"is":42}\n', '']);
  });

  test('prints the whole task with --json', async () => {
    const { stdout } = await server.as('runner', ['task', 'run', 'triple', '--data', '{"of":1}', '--wait', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'task', status: 'completed', result: { is: 3 } });
  });

  test('exits with 1 and the reason, and prints no result, if the task fails', async () => {
    const { status, stdout, stderr } = await server.as('runner', ['task', 'run', 'refuse', '--wait']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Task \S+ is failed after [\d.]+ s: no such county\.\n$/);
  });

  test('is left by Ctrl-C, and the task continues', async () => {
    const waiting = server.startAs('leaver', ['task', 'run', 'nobody-does-it', '--wait']);
    const running = async () => (await server.client('leaver').listTasks({ query: {} })).jobs;
    await expect.poll(running, { timeout: 30_000 }).toHaveLength(1);
    waiting.process.kill('SIGINT');
    const { status, stdout } = await waiting.ended;
    expect([status, stdout]).toEqual([130, '']);
    expect((await running())[0]?.status).toBe('pending');
  });

  test('refuses standard input that is no JSON', async () => {
    const args = ['task', 'run', 'triple', '--data', '-'];
    const { status, stderr } = await start(args, { env: envOf('runner'), input: '{of: 1}' }).ended;
    expect([status, stderr]).toEqual([2, expect.stringContaining('--data is no JSON: ')]);
  });

  test('draws its status on a terminal', async () => {
    const { status, screen } = await runOnTerminal(['task', 'run', 'triple', '--data', '{"of":2}', '--wait'], {
      env: envOf('runner'), question: /never/, answer: '',
    });
    expect(status).toBe(0);
    expect(screen).toMatch(/(pending|processing|completed) .*0\/1|1\/1/);
    expect(screen).toContain('{"is":6}');
  });
});

test('a task is shown, watched, canceled and retried under its own word, as it is among jobs', async () => {
  const [id = ''] = await submit('owner', 'nobody-does-it', 1);
  const [shown, amongJobs] = await Promise.all([
    server.as('owner', ['task', 'get', id]), server.as('owner', ['job', 'get', id]),
  ]);
  expect(shown).toEqual(amongJobs);
  const watching = server.startAs('owner', ['task', 'watch', id]);
  await watching.says(/Z pending\n/);
  expect((await server.as('owner', ['task', 'cancel', id])).stderr).toBe(`Task ${id} is canceled.\n`);
  expect(await watching.ended).toMatchObject({ status: 1, stderr: expect.stringContaining(`Task ${id} is canceled`) });
  const retried = await server.as('owner', ['task', 'retry', id]);
  expect(retried.stderr).toBe(`Task ${id} is pending: \`waybill task watch ${id}\` follows it.\n`);
  expect(await server.as('owner', ['task', 'logs', id])).toMatchObject({ status: 0, stdout: '' });
});

test('what is no task is left alone', async () => {
  const { jobId } = await server.client('owner').createImageSet({ body: { preset: 'seller', itemCount: 1 } });
  for (const verb of ['get', 'watch', 'cancel', 'retry', 'logs']) {
    const { status, stderr } = await server.as('owner', ['task', verb, jobId]);
    expect([verb, status]).toEqual([verb, 66]);
    expect(stderr).toContain(`job ${jobId} is of the kind image-set, and no task`);
  }
  expect((await server.client('owner').getJob({ params: { id: jobId } })).status).toBe('created');
});

describe('task bulk', () => {
  test('wants to be told --yes where nobody can be asked, and does nothing without', async () => {
    const ids = await submit('asked', 'idle', 3);
    const { status, stderr } = await server.as('asked', ['task', 'bulk', 'cancel', '--type', 'idle']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('3 tasks to cancel.\n')]);
    expect(stderr).toContain('--yes');
    expect((await server.client('asked').getTask({ params: { id: ids[0]! } })).status).toBe('pending');
  });

  test('cancels, retries and deletes what matches, and nothing else', async () => {
    const [other = ''] = await submit('many', 'other', 1);
    await submit('many', 'idle', 250);
    const of = (action: string, ...flags: string[]) =>
      server.as('many', ['task', 'bulk', action, '--type', 'idle', '--yes', ...flags]);
    expect(await of('cancel')).toMatchObject({ status: 0, stdout: 'Canceled 250 tasks; 0 refused.\n' });
    expect((await of('cancel')).stderr).toContain('0 tasks to cancel.');
    const limited = await of('retry', '--limit', '10');
    expect(limited.stdout).toBe('Retried 10 tasks; 0 refused.\n');
    expect(limited.stderr).toContain('More than 10 match');
    const { stdout } = await of('delete', '--json');
    expect(JSON.parse(stdout)).toEqual({ action: 'delete', matched: 240, succeeded: 240, failed: 0, refused: [] });
    const { jobs } = await server.client('many').listTasks({ query: { limit: 200 } });
    expect(jobs.map(({ status }) => status)).toEqual(Array.from({ length: 11 }, () => 'pending'));
    expect(jobs.some(({ id }) => id === other)).toBe(true);
  });

  test('names what was refused, and exits with 1', async () => {
    const client = server.client('twice');
    const body = { type: 'idle', data: null, dedupeKey: 'once' };
    const { id } = await client.submitTask({ body });
    await client.cancelTask({ params: { id } });
    await client.submitTask({ body });
    const { status, stdout, stderr } = await server.as('twice', ['task', 'bulk', 'retry', '--all', '--yes']);
    expect([status, stdout]).toEqual([1, 'Retried 0 tasks; 1 refused.\n']);
    expect(stderr).toContain(`  ${id}: `);
  });

  test.each([
    [['task', 'bulk', 'purge', '--all'], 'the action is "purge": it must be one of cancel, retry, delete'],
    [
      ['task', 'bulk', 'retry', '--status', 'pending'],
      '--status is pending: to retry, a task must be failed or canceled',
    ],
    [['task', 'bulk', 'delete'], 'give a filter such as --type, or --all for every task'],
  ])('%j is refused', async (args, problem) => {
    const { status, stderr } = await server.as('wrong', args);
    expect([status, stderr]).toEqual([2, `waybill: ${problem}\n`]);
  });

  test.each([['y\n', 'canceled', 0], ['n\n', 'pending', 1], ['\u0003', 'pending', 1]])(
    'asks on a terminal, and takes %j for an answer',
    async (answer, after, exit) => {
      const user = `terminal-${exit}${answer.length}`;
      const [id = ''] = await submit(user, 'idle', 1);
      const { status, screen } = await runOnTerminal(['task', 'bulk', 'cancel', '--type', 'idle'], {
        env: envOf(user), question: /Cancel 1 task\? \[y\/N\]/, answer,
      });
      expect([status, screen.includes('1 task to cancel.')]).toEqual([exit, true]);
      expect((await server.client(user).getTask({ params: { id } })).status).toBe(after);
    },
  );
});

test('the settings of a type are shown, with the schema of its data as JSON', async () => {
  await server.client('operator').putWorkType({ params: { type: 'idle' }, body: { limits: { maxRunning: 7 } } });
  expect((await server.as('runner', ['type', 'get', 'idle'])).stdout).toMatch(/^idle +no +7 /m);
  const { stdout } = await server.as('runner', ['type', 'get', 'idle', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'idle', limits: { maxRunning: 7 }, inputSchema: null });
});
