import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { start } from '../cli/program.ts';
import { startServe, type StartedServer } from './started.ts';

/** `createWorker` in a program of one's own, and `worker tasks`, against a server: nothing that is thrown ends them. */

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'waybill-own-'));
let server: StartedServer;
beforeAll(async () => {
  server = await startServe();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Runs a worker with the handlers of `poison.mjs` whose `onError` is worth nothing; gives what it printed. */
async function startProgram(name: string, options: string): Promise<{ readonly printed: () => string }> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `
    import { createWorker } from ${JSON.stringify(here('../../src/kinds/task/worker/index.ts'))};
    import handlers from ${JSON.stringify(here('./poison.mjs'))};
    createWorker({ server: ${JSON.stringify(server.url)}, token: 'mira', handlers, ${options} });
    console.log('started');`);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (printed += text.toString()));
  await vi.waitFor(() => expect(printed).toContain('started'), 10_000);
  return { printed: () => printed };
}

const kinds = ['no-string', 'null-prototype', 'getter', 'to-string', 'symbol', 'revoked-proxy', 'undefined', 'cyclic',
  'own-cause', 'huge', 'aggregate'];

test.for<[string, string]>([
  ['rejects', 'onError: async (error) => { throw error; }'],
  ['throws', 'onError: (error) => { throw error; }'],
  ['hears it, and whose logger throws', 'logger: new Proxy({}, { get: () => () => { throw new Error("no log"); } })'],
])('an onError that %s does not stop a worker from storing what handlers throw', async ([, options], { task }) => {
  await startProgram(`throws-${task.id}`, `concurrency: 4, ${options}`);
  const ids = await Promise.all(
    kinds.map((data, n) => server.submit(n % 2 ? 'throws' : 'rejects', { data, maxAttempts: 1 })),
  );
  for (const id of ids) {
    const { status, errorLog } = await server.ended(id);
    expect([status, errorLog.length, errorLog[0]?.message.length]).toEqual(['failed', 1, expect.any(Number)]);
  }
  expect(await server.ended(await server.submit('quick', { data: 'still here' }))).toMatchObject({
    status: 'completed', result: 'still here',
  });
});

test('uncaught errors fail their own task with catchStray', async () => {
  const { printed } = await startProgram('stray', 'catchStray: true');
  const ids = await Promise.all(['floating', 'timer-during', 'neighbour', 'timer-after'].map((type) =>
    server.submit(type, { maxAttempts: 1 })));
  const [floating, timer, neighbour, after] = await Promise.all(ids.map((id) => server.ended(id)));
  expect(floating).toMatchObject({ status: 'failed', errorLog: [{ message: 'nobody awaited me' }] });
  expect(timer).toMatchObject({ status: 'failed', errorLog: [{ message: 'thrown in a timer' }] });
  expect(neighbour).toMatchObject({ status: 'completed', attempt: 1 });
  expect(after).toMatchObject({ status: 'completed' });
  await vi.waitFor(() => expect(printed()).toContain('thrown after the end'));
  expect(printed()).toMatch(/waybill worker: a handler failed \{[^]*type: 'floating'[^]*stack: /);
});

test('a task that ends the process of `worker tasks` fails alone there as well', { timeout: 40_000 }, async () => {
  const worker = start(['worker', 'tasks', '--server', server.url, '--token', 'mira', '--handlers',
    here('./poison.mjs'),
    '--blocked-seconds', '2', '--shutdown-seconds', '1']);
  onTestFinished(async () => {
    worker.process.kill('SIGTERM');
    await worker.ended;
  });
  await worker.says(/worker started/);
  const neighbour = await server.submit('neighbour', { maxAttempts: 1 });
  const bad = await Promise.all(['abort', 'loop'].map((type) => server.submit(type, { maxAttempts: 1 })));
  for (const id of bad) {
    const { status, errorLog } = await server.ended(id, 30_000);
    expect([status, errorLog[0]!.message]).toEqual(['failed', expect.stringMatching(/^The handler’s process was /)]);
  }
  expect(await server.ended(neighbour)).toMatchObject({ status: 'completed', attempt: 1, errorLog: [] });
});
