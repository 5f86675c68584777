import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workOffOneJob } from './gpu-worker.ts';
import { writePhotos } from './photos.ts';
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer;
const unknownId = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function json(user: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await server.as(user, [...args, '--json']);
  if (status !== 0) throw new Error(`exit status ${status}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('a job goes step by step through its life', async () => {
  const user = 'stepper';
  const photos = writePhotos(server.folder, 'one.jpg', 'two.jpg');
  const { stdout } = await server.as(user, ['job', 'create', '--preset', 'remove-background', '--count', '3']);
  const id = stdout.trim();
  expect(await server.client(user).me()).toMatchObject({ reserved: 3 });
  expect(await json(user, 'job', 'upload', id, ...photos)).toMatchObject({
    jobId: id,
    uploaded: [{ idx: 0 }, { idx: 1 }],
  });
  expect((await server.as(user, ['job', 'confirm', id, '--total', '3', '--verify'])).stderr).toMatch(/missing: 2/);
  expect(await json(user, 'job', 'confirm', id, '--total', '2', '--verify')).toEqual({ jobId: id, status: 'uploaded' });
  expect(await json(user, 'job', 'execute', id)).toEqual({ jobId: id, status: 'queued' });
  const watching = server.startAs(user, ['job', 'watch', '--id', id]);
  await watching.says(/queued 0\/2\n/);
  await workOffOneJob(server.url, [1]);
  const { status, stdout: watched, stderr } = await watching.ended;
  const statuses = watched.trimEnd().split('\n').map((line) => line.split(' ')[1]);
  expect([status, statuses]).toEqual([0, ['created', 'uploaded', 'queued', 'running', 'done']]);
  expect(stderr).toMatch(/done 2\/2, 1 failed\nJob \S+ is done after [\d.]+ s: 1 of 2 done, 1 failed\.\n$/);
  const shown = await server.as(user, ['job', 'get', id]);
  expect(shown.stdout).toMatch(/status +done\n/);
  expect(shown.stdout).toMatch(/\n1 +failed +- +too dark to see anything\n/);
  const { events } = await json(user, 'job', 'events', '--id', id, '--all', '--limit', '2');
  expect((events as { type: string }[]).map(({ type }) => type)).toEqual([
    'JobCreated',
    'UploadConfirmed',
    'JobQueued',
    'JobStarted',
    'ItemRecorded',
    'ItemRecorded',
    'JobCompleted',
  ]);
  const saved = await server.as(user, ['job', 'download', id, '--out', join(server.folder, 'saved')]);
  expect(saved.stdout).toBe(`${join(server.folder, 'saved/0_result.png')}\n`);
  expect(readdirSync(join(server.folder, 'saved'))).toEqual(['0_result.png']);
  const zip = join(server.folder, 'zips/all.zip');
  const zipped = await server.as(user, ['job', 'download', id, '--zip', zip]);
  expect([zipped.status, zipped.stdout]).toEqual([0, `${zip}\n`]);
  const bytes = readFileSync(zip);
  expect([bytes.toString('latin1', 0, 4), bytes.includes('failed.txt')]).toEqual(['PK\x03\x04', true]);
  const both = await server.as(user, ['job', 'download', id, '--zip', zip, '--out', 'x']);
  expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('exclude each other')]);
});

describe('job upload', () => {
  test('refuses what this machine did not create', async () => {
    const { status, stderr } = await server.as('stranger', [
      'job',
      'upload',
      unknownId,
      ...writePhotos(server.folder, 'x.jpg'),
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain(`job ${unknownId} was not created on this machine with --count`);
  });

  test('takes no other user’s job for its own', async () => {
    const { stdout } = await server.as('owner', ['job', 'create', '--preset', 'seller', '--count', '1']);
    const photos = writePhotos(server.folder, 'y.jpg');
    const { status, stderr } = await server.as('other', ['job', 'upload', stdout.trim(), ...photos]);
    expect(status).toBe(1);
    expect(stderr).toContain("is it another user's?");
    expect(await server.client('other').me()).toMatchObject({ credits: 10, activeJobs: 0 });
  });

  test('refuses more photos than the job takes', async () => {
    const { stdout } = await server.as('many', ['job', 'create', '--preset', 'seller', '--count', '1']);
    const photos = writePhotos(server.folder, 'p.jpg', 'q.jpg');
    const { status, stderr } = await server.as('many', ['job', 'upload', stdout.trim(), ...photos]);
    expect([status, stderr]).toEqual([2, `waybill: job ${stdout.trim()} takes 1 photos, and these are 2\n`]);
  });
});

describe('job cancel', () => {
  test('gives everything back; a watch of it exits with 1', async () => {
    const { stdout } = await server.as('leaver', ['job', 'create', '--preset', 'seller', '--count', '4']);
    const id = stdout.trim();
    const watching = server.startAs('leaver', ['job', 'watch', id, '--json']);
    await watching.says(/"created"/);
    expect((await server.as('leaver', ['job', 'cancel', id])).stderr).toBe(`Job ${id} is canceled.\n`);
    const { status, stdout: seen } = await watching.ended;
    expect(status).toBe(1);
    expect(
      seen
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { status: string }).status),
    ).toEqual(['created', 'canceled']);
    expect(await server.client('leaver').me()).toMatchObject({ credits: 10, reserved: 0 });
  });

  test('of a job that has ended is refused with 65', async () => {
    const { stdout } = await server.as('twice', ['job', 'create', '--preset', 'seller', '--count', '1']);
    await server.as('twice', ['job', 'cancel', stdout.trim()]);
    expect((await server.as('twice', ['job', 'cancel', stdout.trim()])).status).toBe(65);
  });
});

describe('job get', () => {
  test.each([
    ['that is unknown', unknownId],
    ['that is no id', '../../me'],
  ])('of a job %s exits with 66', async (_, id) => {
    expect((await server.as('nobody', ['job', 'get', id])).status).toBe(66);
  });

  test('of another user’s job exits with 66', async () => {
    const { stdout } = await server.as('mira', ['job', 'create', '--preset', 'seller', '--count', '1']);
    expect((await server.as('nobody', ['job', 'get', stdout.trim()])).status).toBe(66);
  });

  test('with --json says errors as JSON on standard error', async () => {
    const { status, stdout, stderr } = await server.as('nobody', ['job', 'get', unknownId, '--json']);
    expect([status, stdout]).toEqual([66, '']);
    expect(JSON.parse(stderr)).toMatchObject({ success: false, error: { code: 'not_found' } });
  });
});

test('job list pages through everything, and filters', async () => {
  await server.as('admin', ['account', 'grant', 'lister', '--credits', '10', '--plan', 'pro']);
  const ids: string[] = [];
  for (let index = 0; index < 3; index++) {
    ids.unshift((await server.client('lister').createImageSet({ body: { preset: 'seller', itemCount: 1 } })).jobId);
  }
  await server.client('lister').cancelJob({ params: { id: ids[0] ?? '' } });
  const listed = async (...args: readonly string[]): Promise<string[]> =>
    ((await json('lister', 'job', 'list', ...args))['jobs'] as { jobId: string }[]).map(({ jobId }) => jobId);
  expect(await listed('--all', '--limit', '1')).toEqual(ids);
  expect(await listed('--phase', 'canceled')).toEqual(ids.slice(0, 1));
  expect(await listed('--status', 'created')).toEqual(ids.slice(1));
  const page = await server.as('lister', ['job', 'list', '--limit', '2']);
  expect(page.stdout.match(/^[0-9a-f-]{36} /gm)).toHaveLength(2);
  const cursor = /--cursor (\S+),/.exec(page.stderr)?.[1] ?? '';
  expect(await listed('--cursor', cursor)).toEqual(ids.slice(2));
});
