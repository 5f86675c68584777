import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../postgres/embedded.ts';
import { start, type Running } from '../cli/program.ts';
import { startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
const folder = mkdtempSync(join(tmpdir(), 'waybill-handlers-'));
beforeAll(async () => {
  server = await startTaskServer();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const example = fileURLToPath(new URL('../../examples/tasks/handlers.js', import.meta.url));
const sdk = fileURLToPath(new URL('../../src/kinds/task/worker/index.ts', import.meta.url));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Says so on standard error when it begins; ends when the task's file is there. */
const waiting = (type: string): string => `
  import { existsSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  export default {
    '${type}': async ({ attempt, data }, { signal }) => {
      console.error('begun', '${type}', attempt);
      while (!existsSync(data)) await sleep(10, undefined, { signal });
      return 'attempt ' + attempt;
    },
  };`;

function startWorker(handlers: string, ...args: string[]): Running {
  const worker = start(['worker', 'tasks', '--server', server.url, '--token', 'mira', '--handlers', handlers, ...args]);
  onTestFinished(() => void worker.process.kill('SIGKILL'));
  return worker;
}

describe('waybill worker tasks', () => {
  test('does the example’s tasks, and ends at SIGTERM', async () => {
    const worker = startWorker(example);
    const csv = 'name,email\nAda,ada@example.org\nBob,\nCy,cy@example.org';
    const [good, bad, long] = await Promise.all([
      server.submit('import_voters', { data: { csv } }),
      server.submit('import_voters', { data: { csv: 'name\nAda' } }),
      server.submit('wait', { data: { seconds: 0.2 } }),
    ]);
    expect((await server.ended(good)).fields).toMatchObject({
      result: { imported: 2 }, processedItems: 3, totalItems: 3,
      errorLog: [{ item: 'row 3', message: 'Bob has no email address' }],
    });
    expect(await server.logs(good)).toEqual(['2 of 3 rows imported']);
    expect(await server.ended(bad)).toMatchObject({ state: 'failed', attempt: 1 });
    expect((await server.ended(long)).fields.result).toEqual({ seconds: 0.2 });
    worker.process.kill('SIGTERM');
    const { status, stdout, stderr } = await worker.ended;
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/"message":"worker stopped".*"completed":2,"failed":1/);
  });

  test('lets its tasks end at SIGTERM, releases those that it has not begun, and tells probes', async () => {
    const go = join(folder, 'go');
    const port = await freePort();
    const probe = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    const args = ['--concurrency', '1', '--prefetch', '1', '--health-port', String(port)];
    const worker = startWorker(written('drain.mjs', waiting('drain')), ...args);
    const first = await server.submit('drain', { data: go });
    await worker.says(/begun drain/);
    const second = await server.submit('drain', { data: go });
    await server.happened(second, 'TaskStarted');
    expect([await probe('/livez'), await probe('/readyz')]).toEqual([200, 200]);
    worker.process.kill('SIGTERM');
    expect(await server.happened(second, 'TaskReleased')).toMatchObject({ state: 'pending', attempt: 0 });
    expect([await probe('/livez'), await probe('/readyz')]).toEqual([200, 503]);
    writeFileSync(go, '');
    expect((await worker.ended).status).toBe(0);
    expect(await server.get(first)).toMatchObject({ state: 'completed', fields: { result: 'attempt 1' } });
    expect(await server.logs(first)).toEqual(['begun drain 1']);
  });

  test('that is killed loses nothing: another worker takes its task', async () => {
    const go = join(folder, 'go-on');
    const handlers = written('killed.mjs', waiting('killed'));
    const args = ['--lease-seconds', '1', '--capture-console', 'false'];
    const killed = startWorker(handlers, ...args);
    const id = await server.submit('killed', { data: go });
    await killed.says(/begun killed 1/);
    killed.process.kill('SIGKILL');
    await killed.ended;
    writeFileSync(go, '');
    startWorker(handlers, ...args);
    const task = await server.ended(id);
    expect(task).toMatchObject({ state: 'completed', attempt: 2, fields: { result: 'attempt 2' } });
    expect(task.fields.errorLog?.map(({ message }) => message)).toEqual(['The worker sent no heartbeat in time.']);
    expect(await server.logs(id)).toEqual([]);
  });

  test.each([
    ['a module that is not there', join('nowhere', 'handlers.js'), 'cannot be loaded'],
    ['a module with nothing in it', written('empty.mjs', 'export {};'), 'exports no handlers'],
    ['one that throws what is no error', written('thrown.mjs', 'throw Symbol("odd");'), 'loaded: Symbol(odd)'],
    ['one that cannot be looked at', written('trap.mjs', `export default new Proxy({}, {
      ownKeys() { throw new Error('trapped'); },
    });`), 'cannot be read: trapped'],
    ['one that exports something else', written('odd.mjs', 'export const a = 1;'), 'a, which is not a function'],
  ])('says what is wrong with %s', async (_, handlers, message) => {
    const { status, stderr } = await startWorker(handlers).ended;
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  test('with a wrong token ends and says so', async () => {
    const { status, stderr } = await startWorker(example, '--token', 'wb_wrong').ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/the token is wrong, or has expired/);
  });
});

test('a program with createWorker ends at SIGTERM, when its tasks have ended', async () => {
  const go = join(folder, 'go-own');
  const program = written('own.mjs', `
    import { existsSync } from 'node:fs';
    import { createWorker } from ${JSON.stringify(sdk)};
    setInterval(() => {}, 1_000);
    createWorker({
      server: ${JSON.stringify(server.url)},
      token: 'mira',
      handlers: {
        own: async () => {
          console.log('begun');
          while (!existsSync(${JSON.stringify(go)})) await new Promise((resolve) => setTimeout(resolve, 10));
        },
      },
    });`);
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const id = await server.submit('own');
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  writeFileSync(go, '');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect((await server.get(id)).state).toBe('completed');
});
