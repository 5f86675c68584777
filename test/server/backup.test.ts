import {
  cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { routes } from '../../src/main/routes.ts';
import type { Manifest } from '../../src/main/backup/manifest.ts';
import { runHere, start, type Ended, type Running } from '../cli/program.ts';
import { newWorker } from '../contract/task/tasks.ts';
import { newUser, request, type User } from '../contract/user.ts';
import { openTestServer } from './server.ts';
import { noSmallDisk, runOnSmallDisk } from './small-disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-backup-'));
const at = (...names: string[]): string => join(folder, ...names);
const data = at('data');
const admin = { authorization: 'Bearer admin' };
const worker = { 'x-gpu-callback-secret': 'dev-callback-secret' };

let server: Running;
let url = '';
let mira: User;
const sets: string[] = [];
/** Of tasks, in the order in which they were submitted, and how many were there when the first backup began. */
const written: string[] = [];
let writtenBefore = 0;
/** What lists said when nobody wrote any more, just before the server was killed. */
let lists: Record<string, unknown>;
let refusedWhileRunning: Ended;

function backup(name: string, ...flags: string[]): Promise<Ended> {
  return runHere(['backup', at('backups', name), '--data', data, '--json', ...flags], {});
}

function restore(name: string, into: string, ...flags: string[]): Promise<Ended> {
  return runHere(['restore', at('backups', name), '--data', at(into), ...flags], {});
}

/** A set of two photos that has ended: one is done and was paid for, the other one failed. */
async function aSet(): Promise<string> {
  const { jobId, urls } = await mira.create(2);
  for (const each of urls) expect((await request(each.url, 'PUT', `photo of ${jobId}`)).status).toBe(200);
  expect((await mira.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2, execute: {} })).status).toBe(200);
  for (const [idx, status] of ['done', 'failed'].entries()) {
    const result = { idx, status, idempotency_key: `${jobId}-item-${idx}`, ...(idx === 1 && { error: 'too dark' }) };
    expect((await request(`${url}/api/jobs/${jobId}/callback`, 'POST', result, worker)).status).toBe(200);
  }
  return jobId;
}

const submit = (number: number) => mira.post('/api/v1/jobs', { type: 'copy', data: { number, text: 'x'.repeat(500) } });

/** Answers of every list, and of what belongs to one set, without what changes from one second to the next. */
async function answersOf(base: string): Promise<Record<string, unknown>> {
  const moving = /settings|workers|fleet|providers|requests|pictures|covers|disabled|deliveries/;
  const paths = Object.values(routes)
    .filter(({ method, path, name }) => method === 'GET' && name.startsWith('list') && !path.includes(':'))
    .map(({ path }) => path)
    .filter((path) => !moving.test(path));
  const [set = ''] = sets;
  const some = ['/api/accounts/mira/ledger', '/api/accounts/mira', `/api/jobs/${set}`, `/api/jobs/${set}/events`];
  const answers: Record<string, unknown> = {};
  for (const path of [...new Set(paths), ...some]) {
    const { status, body } = await request(`${base}${path}`, 'GET', undefined, admin);
    // Addresses begin with the server's, and end with a signature of the moment.
    const text = JSON.stringify(body).replaceAll(/https?:[^"?]*\/(objects\/[^"?]*)\?[^"]*/g, '$1');
    answers[path] = { status, body: JSON.parse(text.replaceAll(base, '')) };
  }
  return answers;
}

beforeAll(async () => {
  server = start(['serve', '--dev', '--port', '0', '--data', data]);
  [, url = ''] = await server.says(/listens on (\S+)/);
  mira = newUser({ url } as never, 'mira');
  sets.push(await aSet());
  const tasks = newWorker({ url, workerUrl: url } as never);
  const { id } = (await mira.post('/api/v1/jobs', { type: 'logged', data: null })).body.data;
  const [{ leaseId } = { leaseId: '' }] = await tasks.take('logged');
  const line = { at: '2026-11-22T09:30:00.000Z', level: 'info', message: 'a line of its log' };
  await tasks.report({ leaseId, type: 'log', firstLine: 1, lines: [line] });
  await tasks.report({ leaseId, type: 'done', result: { id } });

  let writing = true;
  const writer = (async () => {
    while (writing) written.push((await submit(written.length)).body.data.id);
  })();
  await vi.waitUntil(() => written.length > 20, { timeout: 30_000 });
  writtenBefore = written.length;
  const first = await backup('first');
  writing = false;
  await writer;
  expect(first).toMatchObject({ status: 0 });
  // Later than what is too new for any backup that began before.
  sets.push(await aSet());
  expect(await backup('second')).toMatchObject({ status: 0 });
  refusedWhileRunning = await restore('first', 'data', '--force');
  lists = await answersOf(url);
  server.process.kill('SIGKILL');
  await server.ended;
});

afterAll(() => {
  server.process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const manifestOf = (name: string): Manifest => JSON.parse(readFileSync(at('backups', name, 'manifest.json'), 'utf8'));

/** The first object in a backup. */
function anObject(name: string): string {
  const root = at('backups', name, 'objects/objects');
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('.f'));
  return join(root, found ?? 'none');
}

/** A copy of the second backup to do something to. */
function copyOfSecond(name: string): string {
  cpSync(at('backups', 'second'), at('backups', name), { recursive: true });
  return at('backups', name);
}

function edited(name: string, edit: (manifest: any) => void): void {
  const path = join(copyOfSecond(name), 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  edit(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}

const openRestored = (name: string) => openTestServer({ WAYBILL_DATA: at(name) });

describe('a backup of a server that runs and takes writes', () => {
  test('has all that was acknowledged before it began, and no later write without the earlier ones', async () => {
    expect(await restore('first', 'from-first')).toMatchObject({ status: 0 });
    const restored = await openRestored('from-first');
    try {
      const found = await Promise.all(written.map(async (id) => (
        (await request(`${restored.url}/api/v1/jobs/${id}`, 'GET', undefined, admin)).status === 200
      )));
      const count = found.filter(Boolean).length;
      expect(count).toBeGreaterThanOrEqual(writtenBefore);
      expect(found).toEqual(written.map((_, index) => index < count));
    } finally {
      await restored.remove();
    }
  });

  test('restored elsewhere after the server was killed answers every list as that did', async () => {
    expect(await restore('second', 'from-second')).toMatchObject({ status: 0 });
    const { status, stdout } = await runHere(['doctor', '--dev', '--data', at('from-second'), '--port', '0'], {});
    expect([status, stdout]).toEqual([0, expect.stringContaining('No check failed')]);
    const restored = await openRestored('from-second');
    try {
      expect(Object.keys(lists).length).toBeGreaterThan(12);
      expect(await answersOf(restored.url)).toEqual(lists);
      const [set = ''] = sets;
      const inputs = await request(`${restored.url}/api/jobs/${set}/inputs`, 'GET', undefined, admin);
      expect(await (await fetch(inputs.body.data.inputs[0].inputUrl)).text()).toBe(`photo of ${set}`);
    } finally {
      await restored.remove();
    }
  });

  test('has of a killed server what the log has that was never written back', async () => {
    expect(statSync(`${data}/waybill.sqlite-wal`).size).toBeGreaterThan(0);
    expect(await backup('killed')).toMatchObject({ status: 0 });
    expect(manifestOf('killed').database?.bytes).toBe(manifestOf('second').database?.bytes);
    expect((await restore('killed', 'none', '--check')).stdout).toMatch(/^The backup of .* is good: \d+ files/);
    expect(existsSync(at('none'))).toBe(false);
  });

  test('links the objects that the newest backup beside it has, and copies all with --full', async () => {
    expect(manifestOf('second').objects).toMatchObject({ count: 4, linked: 2, damaged: 0, deletedMeanwhile: 0 });
    expect(statSync(anObject('first')).nlink).toBeGreaterThan(1);
    expect(await backup('full', '--full')).toMatchObject({ status: 0 });
    expect(manifestOf('full').objects).toMatchObject({ count: 4, linked: 0 });
  });

  test('says that it has no objects where they are in a bucket', async () => {
    const env = { OBJECTS: 's3', S3_BUCKET: 'photos' };
    const { stderr, status } = await runHere(['backup', at('backups', 'of-bucket'), '--data', data], env);
    expect([status, stderr]).toEqual([0, expect.stringContaining('in the bucket photos, which is not in the backup')]);
    expect((await restore('of-bucket', 'from-bucket')).stderr).toContain('The objects are in the bucket photos at');
  });

  test('contains the keys, for their owner alone', () => {
    expect(manifestOf('first').keys).toEqual(expect.arrayContaining(['installation-key', 'objects.secret']));
    const modes = readdirSync(at('backups', 'first'), { recursive: true, encoding: 'utf8' })
      .map((path) => statSync(at('backups', 'first', path)))
      .map((stats) => (stats.isDirectory() ? stats.mode & 0o077 : stats.mode & 0o177));
    expect(new Set(modes)).toEqual(new Set([0]));
  });

  test('is no backup as long as it is not finished, and overwrites none', async () => {
    expect(await backup('first')).toMatchObject({ status: 1, stderr: expect.stringContaining('overwrites nothing') });
    mkdirSync(at('backups', 'begun.unfinished'));
    expect((await backup('begun')).stderr).toContain('was interrupted. If none is, remove it.');
    expect(await restore('begun.unfinished', 'none')).toMatchObject({
      status: 66, stderr: expect.stringMatching(/begun\S+ is not a whole backup: writing it was not finished\n$/),
    });
    expect((await runHere(['backup', join(data, 'inside'), '--data', data], {})).stderr).toContain('another disk');
    expect((await runHere(['backup', at('x'), '--data', at('nothing')], {})).stderr).toContain('there is no database');
    expect(existsSync(at('x'))).toBe(false);
  });

  test('says which objects are damaged in the data folder', async () => {
    const path = join(data, 'objects/objects');
    const file = readdirSync(path, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.f')) ?? '';
    const contents = readFileSync(join(path, file));
    writeFileSync(join(path, file), Buffer.concat([Buffer.from('X'), contents.subarray(1)]));
    const { status, stderr } = await backup('of-damaged', '--full');
    expect([status, stderr]).toEqual([0, `Damaged in the data folder, and copied as it is: objects/objects/${file}\n`]);
    writeFileSync(join(path, file), contents);
  });
});

describe('a restore', () => {
  test('is refused where a server runs, even with --force, and changes nothing there', () => {
    expect(refusedWhileRunning).toMatchObject({ status: 1, stderr: expect.stringMatching(/in use: stop the server/) });
    expect(readdirSync(data).filter((name) => /restore|replaced/.test(name))).toEqual([]);
  });

  test('is refused in a folder that is not empty; --force moves aside what is in the way', async () => {
    mkdirSync(at('occupied/objects'), { recursive: true });
    writeFileSync(at('occupied/waybill.sqlite'), '');
    writeFileSync(at('occupied/notes.txt'), 'mine');
    mkdirSync(at('left'));
    writeFileSync(at('left/waybill.sqlite.lock'), '');
    expect(await restore('second', 'left')).toMatchObject({ status: 0 });
    expect((await restore('second', 'occupied')).stderr).toMatch(/is not empty\. With --force/);
    const { status, stderr } = await restore('second', 'occupied', '--force');
    expect([status, stderr]).toEqual([0, expect.stringMatching(/What was there before is in .*\/replaced-\d+T\d+Z/)]);
    const [aside = ''] = readdirSync(at('occupied')).filter((name) => name.startsWith('replaced-'));
    expect(readdirSync(at('occupied', aside)).sort()).toEqual(['objects', 'waybill.sqlite']);
    expect(readFileSync(at('occupied/notes.txt'), 'utf8')).toBe('mine');
  });

  test('names what is damaged or missing and restores nothing, or all but those objects', async () => {
    copyOfSecond('damaged');
    const [one, two] = [anObject('damaged'), `${anObject('damaged')}`.replace(/\/0\.jpg\.f$/, '/1.jpg.f')];
    writeFileSync(one, 'something else');
    rmSync(two);
    const refused = await restore('damaged', 'from-damaged');
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(
      /2 of the files .* missing or damaged:\n.*0\.jpg\.f is damaged\n.*1\.jpg\.f is missing\n.*Nothing was restored/,
    )]);
    expect(existsSync(at('from-damaged'))).toBe(false);
    expect(await restore('damaged', 'from-damaged', '--skip-damaged')).toMatchObject({ status: 0 });
    expect(readdirSync(at('from-damaged'))).not.toContain('restore.unfinished');
  });

  test('never leaves out a damaged database, or one of a newer Waybill', async () => {
    const database = join(copyOfSecond('broken'), 'waybill.sqlite');
    writeFileSync(database, readFileSync(database).fill(0, 8192, 12_288));
    expect((await restore('broken', 'none', '--skip-damaged')).stderr).toMatch(/waybill\.sqlite is damaged/);
    edited('newer', (manifest) => (manifest.database.schema = 999));
    expect((await restore('newer', 'none')).stderr).toMatch(/part 999 of the schema.*newer Waybill wrote it/);
    edited('far', (manifest) => (manifest.format = 2));
    expect((await restore('far', 'none')).stderr).toMatch(/written by a newer Waybill \(format 2\)/);
    writeFileSync(join(copyOfSecond('listless'), 'SHA256SUMS'), '');
    expect((await restore('listless', 'none')).stderr).toContain('nothing in this backup can be verified');
    expect(existsSync(at('none'))).toBe(false);
  });

  test('that was interrupted keeps servers from starting, and is finished by another one', async () => {
    expect(await restore('second', 'halfway')).toMatchObject({ status: 0 });
    mkdirSync(at('halfway/restore.unfinished'));
    renameSync(at('halfway/waybill.sqlite'), at('halfway/restore.unfinished/waybill.sqlite'));
    await expect(openRestored('halfway')).rejects.toThrow(/was interrupted: run `waybill restore` again/);
    expect(await restore('second', 'halfway')).toMatchObject({ status: 0 });
    await (await openRestored('halfway')).remove();
  });

  test('and a backup say how much room is missing, and leave nothing behind', async ({ skip }) => {
    const without = noSmallDisk();
    skip(without !== null, without ?? '');
    for (const args of [['backup', 'DISK/b', '--data', data], ['restore', at('backups/second'), '--data', 'DISK/d']]) {
      const { status, stderr, left } = runOnSmallDisk(256, args);
      expect([status, stderr]).toEqual([1, expect.stringMatching(/ has 2\d\d KiB free, and \S+ [KM]iB are needed\n$/)]);
      expect(left).toBe('');
    }
  });
});
