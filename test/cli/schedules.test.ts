import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const nightly = ['--name', 'nightly', '--cron', '30 2 * * *', '--time-zone', 'Europe/Berlin'];
const job = ['--job', '{"type":"export","priority":3}'];

test('a schedule is created once under its key, shown, listed, replaced, triggered and deleted', async () => {
  const create = ['schedule', 'create', ...nightly, ...job, '--idempotency-key', 'one'];
  const { stdout, stderr } = await server.as('mira', create);
  const id = stdout.trim();
  expect(stdout).toMatch(/^[0-9a-f-]{36}\n$/);
  expect(stderr).toMatch(/^Its first tick is at 20/);
  expect((await server.as('mira', create)).stdout).toBe(stdout);
  const shown = JSON.parse((await server.as('mira', ['schedule', 'get', id, '--json'])).stdout);
  expect(shown).toMatchObject({ kind: 'task', type: 'export', priority: 3, timeZone: 'Europe/Berlin' });
  const text = (await server.as('mira', ['schedule', 'get', id])).stdout;
  expect(text).toMatch(/cron +30 2 \* \* \* \(Europe\/Berlin\)\n.*\nstate +enabled\nnext ticks +20/);
  const listed = (await server.as('admin', ['schedule', 'list', '--owner', 'mira'])).stdout;
  expect(listed).toContain(`${id}  mira   task`);
  const off = ['schedule', 'replace', id, ...nightly, ...job, '--missed', 'skip', '--disabled'];
  expect((await server.as('mira', off)).stderr).toBe('It is disabled.\n');
  expect((await server.as('mira', ['schedule', 'get', id])).stdout).toMatch(/missed +skip\nstate +disabled\n/);
  const made = (await server.as('mira', ['schedule', 'trigger', id])).stdout.trim();
  expect((await server.as('mira', ['job', 'get', made])).stdout).toContain('export');
  expect((await server.as('mira', ['schedule', 'delete', id])).stderr).toBe(`Schedule ${id} is deleted.\n`);
  expect((await server.as('mira', ['schedule', 'get', id])).status).toBe(66);
});

test('what is wrong is said before and by the server', async () => {
  const create = ['schedule', 'create', ...nightly];
  const list = await server.as('mira', [...create, '--job', '[]']);
  expect([list.status, list.stderr]).toEqual([2, expect.stringContaining('--job must be a JSON object')]);
  const kind = await server.as('mira', [...create, ...job, '--kind', 'image-set']);
  expect([kind.status, kind.stderr]).toEqual([64, expect.stringContaining('kind must be one of task, command')]);
});
