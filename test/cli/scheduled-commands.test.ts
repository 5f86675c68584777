import { expect, onTestFinished, test, vi } from 'vitest';
import { startTestServer } from './server.ts';

test('a command is scheduled, triggered, followed to its end and read by the command line alone', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.close());
  const mira = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await server.as('mira', args);
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const job = { command: '/bin/bash', arguments: ['-c', 'echo "swept $AREA"'], environment: { AREA: 'attic' } };
  const named = ['--name', 'sweep', '--cron', '0 3 1 1 *', '--time-zone', 'UTC'];
  const id = await mira('schedule', 'create', '--kind', 'command', ...named, '--job', JSON.stringify(job));
  expect(JSON.parse(await mira('schedule', 'get', id, '--json'))).toMatchObject({ kind: 'command', ...job });
  expect(await mira('schedule', 'list')).toContain(`${id}  `);
  const jobId = await mira('schedule', 'trigger', id);
  await vi.waitFor(async () => {
    expect(JSON.parse(await mira('job', 'get', jobId, '--json'))).toMatchObject({ state: 'SUCCEEDED' });
  }, { timeout: 45_000, interval: 200 });
  expect(JSON.parse(await mira('job', 'get', jobId, '--json'))).toMatchObject({
    kind: 'command', name: 'sweep', scheduleId: id, exitCode: 0,
  });
  expect(await mira('job', 'get', jobId)).toMatch(/progress +100 %/);
  expect(await mira('job', 'logs', jobId)).toContain('swept attic');
  expect(await mira('job', 'list', '--kind', 'command')).toContain(jobId);
  await mira('schedule', 'delete', id);
  expect((await server.as('mira', ['schedule', 'get', id])).status).toBe(66);
}, 60_000);

test('a command that failed shows no progress', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.close());
  const { stdout, stderr } = await server.as('mira', ['job', 'run', '--command', 'exit 3', '--json']);
  expect(stderr).toBe('');
  const jobId = (JSON.parse(stdout) as { readonly id: string }).id;
  await vi.waitFor(async () => {
    const shown = (await server.as('mira', ['job', 'get', jobId])).stdout;
    expect(shown).toContain('NON_ZERO_EXIT_CODE');
    expect(shown).not.toContain('progress');
  }, { timeout: 45_000, interval: 200 });
}, 60_000);
