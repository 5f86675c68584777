import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { picture, workOffOneJob } from './gpu-worker.ts';
import { writePhotos } from './photos.ts';
import { startTestServer, type TestServer } from './server.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** A user that has done nothing yet: 10 credits, one slot. */
let users = 0;
const newUser = (): string => `user-${++users}`;

describe('with files', () => {
  test('goes from photos to results, with nothing but the id on standard output', async () => {
    const user = newUser();
    const photos = writePhotos(server.folder, 'sofa.jpg', 'a/chair.jpg', 'b/chair.jpg');
    const out = join(server.folder, 'cut-out');
    const creating = server.as(user, ['job', 'create', '--preset', 'remove-background', ...photos, '--out', out]);
    const jobId = await workOffOneJob(server.url);
    const { status, stdout, stderr } = await creating;
    expect([status, stdout]).toEqual([0, `${jobId}\n`]);
    expect(stderr).toMatch(/uploading 0\/3\n(.*\n)*uploading 3\/3\n(.*\n)*done 3\/3\n(.*\n)*downloading 3\/3\n/);
    expect(stderr).toContain(`Job ${jobId} is done: 3 of 3 done; the results are in ${out}.`);
    for (const name of ['sofa.png', 'chair.png', 'chair-2.png']) {
      expect(readFileSync(join(out, name)).equals(picture)).toBe(true);
    }
    expect(await server.client(user).me()).toMatchObject({ credits: 7, spent: 3, reserved: 0, activeJobs: 0 });
  });

  test('saves nothing into the folder of the photos, however that is written, without a suffix', async () => {
    const user = newUser();
    const [photo = ''] = writePhotos(server.folder, 'own/lamp.png');
    const before = readFileSync(photo);
    symlinkSync(dirname(photo), join(server.folder, 'linked'));
    const create = (...more: string[]) => server.as(user, ['job', 'create', '--preset', 'seller', photo, ...more]);
    for (const out of [dirname(photo), `${dirname(photo)}/../own/.`, join(server.folder, 'linked')]) {
      const { status, stderr } = await create('--out', out);
      expect([status, stderr]).toEqual([2, expect.stringContaining(`--out is the folder of ${photo}`)]);
    }
    const creating = create('--out', dirname(photo), '--suffix', '-new');
    await workOffOneJob(server.url);
    expect((await creating).status).toBe(0);
    expect(readFileSync(photo)).toEqual(before);
    expect(readFileSync(join(dirname(photo), 'lamp-new.png')).equals(picture)).toBe(true);
  });

  test('without --wait leaves once the job is queued', async () => {
    const user = newUser();
    const [photo = ''] = writePhotos(server.folder, 'lamp.png');
    const { status, stdout, stderr } = await server.as(user, ['job', 'create', '--preset', 'seller', photo]);
    const id = stdout.trim();
    expect([status, uuid.test(id)]).toEqual([0, true]);
    expect(stderr).toContain(`Job ${id} is queued: \`waybill job watch ${id}\` follows it.`);
    expect(await workOffOneJob(server.url)).toBe(id);
  });

  test('tells which photo failed, and ends well when another one did not', async () => {
    const photos = writePhotos(server.folder, 'light.jpg', 'dark.jpg');
    const creating = server.as(newUser(), ['job', 'create', '--preset', 'seller', ...photos, '--wait']);
    await workOffOneJob(server.url, [1]);
    const { status, stderr } = await creating;
    expect(status).toBe(0);
    expect(stderr).toMatch(/dark\.jpg: too dark to see anything\nJob \S+ is done: 1 of 2 done\.\n$/);
  });

  test('and then show how probably each item is right', async () => {
    const user = newUser();
    const photos = writePhotos(server.folder, 'sure.jpg', 'gone.jpg');
    const creating = server.as(user, ['job', 'create', '--preset', 'seller', ...photos, '--wait']);
    const jobId = await workOffOneJob(server.url, [1]);
    await creating;
    const { stdout } = await server.as(user, ['job', 'get', jobId]);
    expect(stdout).toMatch(/^ITEM +STATE +CONFIDENCE +RESULT$/m);
    expect(stdout).toMatch(/^0 +done +0\.94 +http\S+$/m);
    expect(stdout).toMatch(/^1 +failed +- +too dark to see anything$/m);
  });

  test('exits with 1 when every photo failed', async () => {
    const [photo = ''] = writePhotos(server.folder, 'black.jpg');
    const creating = server.as(newUser(), ['job', 'create', '--preset', 'seller', photo, '--wait']);
    await workOffOneJob(server.url, [0]);
    expect((await creating).status).toBe(1);
  });

  test('with --json prints the job as it ended, and no progress', async () => {
    const [photo = ''] = writePhotos(server.folder, 'table.jpg');
    const out = join(server.folder, 'json');
    const creating = server.as(newUser(), ['job', 'create', '--preset', 'seller', photo, '--out', out, '--json']);
    const jobId = await workOffOneJob(server.url);
    const { status, stdout, stderr } = await creating;
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ jobId, status: 'done', saved: [join(out, 'table.png')] });
  });

  test('sends the concepts of a file', async () => {
    const user = newUser();
    const [photo = ''] = writePhotos(server.folder, 'wall.jpg');
    const concepts = { wall: { action: 'recolor', value: '#f4e9dc' } };
    writeFileSync(join(server.folder, 'concepts.json'), JSON.stringify(concepts));
    const orders = ['--concepts', `@${join(server.folder, 'concepts.json')}`, '--protect', 'person, face'];
    const { stdout } = await server.as(user, ['job', 'create', '--preset', 'interior', photo, ...orders]);
    const { events } = await server.client(user).listJobEvents({ params: { id: stdout.trim() } });
    expect(events.at(-1)?.data).toMatchObject({ concepts, protect: ['person', 'face'] });
    await workOffOneJob(server.url);
  });

  test('or with those of a job before: another draft of some of its photos', async () => {
    const user = newUser();
    const photos = writePhotos(server.folder, 'one.jpg', 'two.jpg', 'three.jpg');
    const first = server.as(user, ['job', 'create', '--preset', 'seller', ...photos, '--wait']);
    const source = await workOffOneJob(server.url);
    await first;
    const out = join(server.folder, 'draft');
    const again = ['job', 'create', '--preset', 'interior', '--inputs-from', source, '--items', '2,0', '--out', out];
    const drafting = server.as(user, again);
    const jobId = await workOffOneJob(server.url);
    expect(jobId).not.toBe(source);
    const { status, stdout, stderr } = await drafting;
    expect([status, stdout]).toEqual([0, `${jobId}\n`]);
    expect(stderr).not.toContain('uploading');
    expect(readFileSync(join(out, '1_result.png')).equals(picture)).toBe(true);
    expect(await server.client(user).me()).toMatchObject({ credits: 5, spent: 5 });
  });

  test('goes on with a job that its Idempotency-Key has created before', async () => {
    const user = newUser();
    const [photo = ''] = writePhotos(server.folder, 'vase.jpg');
    const args = ['job', 'create', '--preset', 'seller', photo, '--idempotency-key', 'order-1'];
    const first = await server.as(user, args);
    const second = await server.as(user, [...args, '--json']);
    expect(JSON.parse(second.stdout)).toEqual({ jobId: first.stdout.trim(), status: 'queued' });
    expect(await server.client(user).me()).toMatchObject({ reserved: 1, activeJobs: 1 });
    await workOffOneJob(server.url);
  });
});

describe('what fails', () => {
  test('before the job was executed is undone', async () => {
    const user = newUser();
    const [photo = ''] = writePhotos(server.folder, 'shelf.jpg');
    const wrong = ['--concepts', '{"wall":{"action":"explode"}}'];
    const { status, stderr } = await server.as(user, ['job', 'create', '--preset', 'interior', photo, ...wrong]);
    expect(status).toBe(64);
    expect(stderr).toMatch(/Job \S+ is canceled; it cost nothing\.\nwaybill: .*concepts\.wall\.action/);
    expect(await server.client(user).me()).toMatchObject({ credits: 10, reserved: 0, activeJobs: 0 });
  });

  test.each([
    ['a file that is not there', ['/gone.jpg'], 66, 'there is no file /gone.jpg'],
    ['a folder', ['/'], 66, '/ is no file'],
    ['a file that is no photo', ['notes.txt'], 66, 'notes.txt is no photo'],
    ['neither files nor a count', [], 2, 'give FILES, or --count N'],
    ['both', ['notes.txt', '--count', '1'], 2, 'not both'],
    ['items of nothing', ['--count', '1', '--items', '0'], 2, '--items needs --inputs-from'],
    ['photos of a job that there is not', ['--inputs-from', randomUUID()], 66, 'There is no job'],
    ['concepts that are no JSON', ['notes.txt', '--concepts', 'red'], 2, '--concepts is no JSON: '],
    [
      'concepts with a part twice', ['notes.txt', '--concepts', '{"wall":{},"wall":{}}'], 2,
      '--concepts cannot be stored: wall appears twice in its object',
    ],
    ['a count that no set has', ['--count', '201'], 2, '--count is "201": it must be a whole number from 1 to 200'],
    ['a preset that there is not', ['--preset', 'seler', '--count', '1'], 64, 'There is no preset "seler"'],
  ])('is refused before a job is created: %s', async (_, args, expected, message) => {
    const user = newUser();
    writeFileSync(join(server.folder, 'notes.txt'), 'words');
    const inFolder = args.map((arg) => (arg === 'notes.txt' ? join(server.folder, arg) : arg));
    const { status, stdout, stderr } = await server.as(user, ['job', 'create', '--preset', 'seller', ...inFolder]);
    expect([status, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(message);
    expect((await server.client(user).listJobs()).jobs).toEqual([]);
  });

  test('for want of a slot is said at once, with its own status', async () => {
    const user = newUser();
    await server.as(user, ['job', 'create', '--preset', 'seller', '--count', '1']);
    const { status, stderr } = await server.as(user, ['job', 'create', '--preset', 'seller', '--count', '1']);
    expect(status).toBe(75);
    expect(stderr).toMatch(/^waybill: The plan free allows 1 running jobs.*\n.*waybill job list/);
  });

  test('for want of credits has its own status', async () => {
    const { status, stderr } = await server.as(newUser(), ['job', 'create', '--preset', 'seller', '--count', '11']);
    const more = `  More: ${server.url}/docs/errors/insufficient_credits`;
    expect([status, stderr]).toEqual([78, `waybill: This needs 11 credits, but only 10 are available.\n${more}\n`]);
  });
});

describe('Ctrl-C', () => {
  test('while the job runs ends the waiting, not the job, and says so', async () => {
    const user = newUser();
    const [photo = ''] = writePhotos(server.folder, 'plant.jpg');
    const creating = server.startAs(user, [
      'job',
      'create',
      '--preset',
      'seller',
      photo,
      '--out',
      join(server.folder, 'never'),
    ]);
    await creating.says(/queued 0\/1\n/);
    creating.process.kill('SIGINT');
    const { status, stdout, stderr } = await creating.ended;
    expect(status).toBe(130);
    expect(stderr).toContain(`Job ${stdout.trim()} continues: \`waybill job watch ${stdout.trim()}\` follows it`);
    expect((await server.client(user).getJob({ params: { id: stdout.trim() } })).status).toBe('queued');
    expect(existsSync(join(server.folder, 'never'))).toBe(false);
    await workOffOneJob(server.url);
  });
});
