import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { start } from '../cli/program.ts';
import { startServe, type StartedServer } from './started.ts';

/** A task that no worker will ever take does not wait without a word. */

const poison = fileURLToPath(new URL('./poison.mjs', import.meta.url));
const farAhead = new Date(Date.now() + 3_000 * 86_400_000).toISOString();
let server: StartedServer;
beforeAll(async () => {
  server = await startServe('--handlers', poison, '--concurrency', '1', '--shutdown-seconds', '1');
});
afterAll(() => server.stop());

test('a task shows what it waits for: other tasks, its time, a worker for its type, its turn', async () => {
  const unasked = await server.submit('nobody_does_this');
  const dependent = await server.submit('quick', { dependsOn: [unasked] });
  const later = await server.submit('quick', { runAt: farAhead });
  await server.submit('long');
  await vi.waitFor(async () => {
    const { work } = (await server.request('/api/v1/stats')) as { work: { type: string; stage: string }[] };
    expect(work).toContainEqual(expect.objectContaining({ type: 'long', stage: 'leased' }));
  }, 10_000);
  const next = await server.submit('quick');
  expect((await server.get(unasked))['waitingFor']).toEqual({
    code: 'worker', message: 'No worker asks for tasks of type nobody_does_this: start one with a handler for it.',
  });
  expect((await server.get(dependent))['waitingFor']).toMatchObject({ code: 'dependencies' });
  expect((await server.get(later))['waitingFor']).toEqual({
    code: 'time', message: `It is not begun before ${farAhead}.`,
  });
  expect((await server.get(next))['waitingFor']).toMatchObject({ code: 'turn' });
});

test('a type that no worker asks for is logged once, and reported by doctor', { timeout: 40_000 }, async () => {
  await server.submit('misspelled');
  await server.submit('misspelled');
  const told = (): unknown[] =>
    server.log().filter(({ message, type }) => message.startsWith('no worker asks') && type === 'misspelled');
  await vi.waitFor(() => expect(told()).toHaveLength(1), 20_000);
  expect(told()[0]).toMatchObject({ level: 'warn', waiting: 2 });
  const doctor = start(['doctor', '--dev', '--port', '0', '--server', server.url, '--token', 'mira', '--json']);
  const { findings } = JSON.parse((await doctor.ended).stdout) as { findings: Record<string, string>[] };
  expect(findings).toContainEqual(expect.objectContaining({
    part: 'workers', status: 'warn', message: 'no worker asks for misspelled, of which 2 are waiting',
  }));
  expect(findings.filter(({ message }) => message!.includes('asks for quick'))).toEqual([]);
  expect(told()).toHaveLength(1);
});
