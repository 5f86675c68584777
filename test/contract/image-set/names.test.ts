import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { callback, newUser, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

/** A set of photos with these names, executed. */
async function queued(user: User, names: readonly (string | undefined)[]): Promise<string> {
  const files = names.map((name) => (name === undefined ? {} : { name }));
  const { body } = await user.post('/api/jobs', { preset: 'seller', itemCount: files.length, files });
  const { jobId, urls } = body.data;
  for (const { idx, url } of urls) await fetch(url, { method: 'PUT', body: `photo ${idx}` });
  await user.post(`/api/jobs/${jobId}/confirm-upload`);
  await user.post(`/api/jobs/${jobId}/execute`);
  return jobId;
}

/** Uploads a result as a worker does, and reports it. */
async function deliver(jobId: string, results: readonly string[]): Promise<void> {
  const { items } = await target.takeMessage(jobId);
  for (const [idx, result] of results.entries()) {
    const { output_url, output_key } = items[idx]!;
    expect((await fetch(output_url, { method: 'PUT', body: result })).ok).toBe(true);
    await callback(target, jobId, idx, { output_key });
  }
}

const inputsOf = async (user: User, jobId: string) => (await user.get(`/api/jobs/${jobId}/inputs`)).body.data.inputs;

describe('the photos of a set', () => {
  test('are listed with their names and URLs, before and after their results', async () => {
    const user = newUser(target);
    const jobId = await queued(user, ['sofa.jpg', undefined]);
    const inputs = await inputsOf(user, jobId);
    expect(inputs).toEqual([
      { idx: 0, name: 'sofa.jpg', inputUrl: expect.any(String) }, { idx: 1, name: null, inputUrl: expect.any(String) },
    ]);
    expect(await (await fetch(inputs[1].inputUrl)).text()).toBe('photo 1');
    await callback(target, jobId, 0);
    await callback(target, jobId, 1, { status: 'failed', error: 'no' });
    const { items } = (await user.get(`/api/jobs/${jobId}`)).body.data;
    expect(items).toMatchObject([{ name: 'sofa.jpg', endedAt: expect.stringMatching(/Z$/) }, { name: null }]);
    expect(await inputsOf(user, jobId)).toHaveLength(2);
  });

  test('have no URLs until the upload is confirmed', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    expect(await inputsOf(user, jobId)).toEqual([{ idx: 0, name: null, inputUrl: null }]);
  });

  test('and results of several sets come in one answer, the first of each, without those of others', async () => {
    const user = newUser(target);
    const first = await queued(user, ['sofa.jpg', 'chair.jpg', 'lamp.jpg']);
    await deliver(first, ['result 0']);
    await callback(target, first, 1, { status: 'failed', error: 'no' });
    await user.post(`/api/jobs/${first}/cancel`);
    const { jobId: second } = await user.create(1);
    const { jobId: foreign } = await newUser(target).create(1);
    const ids = [second, foreign, first, '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41'].join(',');
    const { sets } = (await user.get(`/api/image-sets/pictures?ids=${ids}&first=2`)).body.data;
    const none = { previewUrl: null, outputUrl: null, inputPreviewUrl: null, inputUrl: null };
    const url = expect.stringContaining('http');
    expect(sets).toEqual([
      { id: second, pictures: [{ idx: 0, state: null, ...none }] },
      {
        id: first,
        pictures: [
          { ...none, idx: 0, state: 'done', outputUrl: url, inputUrl: url },
          { ...none, idx: 1, state: 'failed', inputUrl: url },
        ],
      },
    ]);
    expect(await (await fetch(sets[1].pictures[0].outputUrl)).text()).toBe('result 0');
    for (const query of ['ids=', 'ids=x', `ids=${first}&first=13`, `ids=${first}&first=0`, '']) {
      expect([query, (await user.get(`/api/image-sets/pictures?${query}`)).status]).toEqual([query, 400]);
    }
  });

  test('of another user are not shown', async () => {
    const { jobId } = await newUser(target).create(1);
    expect((await newUser(target).get(`/api/jobs/${jobId}/inputs`)).status).toBe(404);
  });

  test('keep their names in a set that is made of some of them', async () => {
    const user = newUser(target);
    const source = await queued(user, ['a.jpg', 'b.jpg', 'c.jpg']);
    for (const idx of [0, 1, 2]) await callback(target, source, idx);
    const { body } = await user.post('/api/jobs', { preset: 'interior', inputsFrom: source, items: [2, 0] });
    const { jobId } = body.data;
    expect(await inputsOf(user, jobId)).toMatchObject([{ name: 'c.jpg' }, { name: 'a.jpg' }]);
    expect(await (await fetch((await inputsOf(user, jobId))[0].inputUrl)).text()).toBe('photo 2');
  });

  test.each([
    ['C:\\Pictures\\cup.jpg', 'cup.jpg'], ['shop/front/cup.jpg', 'cup.jpg'], [' Tür.jpg ', 'Tür.jpg'],
  ])('called %j are called %j', async (name, kept) => {
    const user = newUser(target);
    const { body } = await user.post('/api/jobs', { preset: 'seller', itemCount: 1, files: [{ name }] });
    expect(await inputsOf(user, body.data.jobId)).toMatchObject([{ name: kept }]);
  });

  test.each(['', '  ', '..', 'shop/', 'a\nb.jpg', `${'a'.repeat(252)}.jpg`])('cannot be called %j', async (name) => {
    const answer = await newUser(target).post('/api/jobs', { preset: 'seller', itemCount: 1, files: [{ name }] });
    expect(answer.status).toBe(400);
    expect(answer.body.error.details.fields).toHaveProperty(['files.0.name']);
  });
});

describe('a preview of a photo', () => {
  test('is shown once its worker has said that it is there', async () => {
    const user = newUser(target);
    const jobId = await queued(user, ['sofa.jpg', 'chair.jpg']);
    const [first] = (await target.takeMessage(jobId)).items;
    expect(first!.input_preview_key).toBe(`previews/${user.id}/${jobId}/0_input.jpg`);
    expect((await fetch(first!.input_preview_url, { method: 'PUT', body: 'small' })).ok).toBe(true);
    await callback(target, jobId, 0, { input_preview: true });
    await callback(target, jobId, 1, { status: 'failed', error: 'no' });
    const { items } = (await user.get(`/api/jobs/${jobId}`)).body.data;
    expect(await (await fetch(items[0].inputPreviewUrl)).text()).toBe('small');
    expect(items[1].inputPreviewUrl).toBeNull();
  });
});

/** The names and contents of a ZIP whose files are stored as they are, by its central directory. */
function unzipped(zip: Buffer): [name: string, text: string][] {
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const [size, nameLength] = [zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28)];
    const begin = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const from = begin + 30 + zip.readUInt16LE(begin + 26) + zip.readUInt16LE(begin + 28);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    return [name, zip.toString('utf8', from, from + size)];
  });
}

describe('the results of a set as one ZIP', () => {
  const zipOf = (user: User, jobId: string, method = 'GET'): Promise<Response> =>
    fetch(`${target.url}/api/jobs/${jobId}/results.zip`, {
      method, headers: { authorization: `Bearer ${user.id}` },
    });

  test('are called as their photos, duplicates with a number, and what failed is listed', async () => {
    const user = newUser(target);
    const jobId = await queued(user, ['cup.jpg', 'cup.jpeg', 'Tür?.heic', undefined, 'blurred.jpg']);
    await deliver(jobId, ['one', 'two', 'three', 'four']);
    await callback(target, jobId, 4, { status: 'failed', error: 'too\nblurred' });
    const head = await zipOf(user, jobId, 'HEAD');
    const answer = await zipOf(user, jobId);
    expect(answer.headers.get('content-type')).toBe('application/zip');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="photos-${jobId}.zip"`);
    const zip = Buffer.from(await answer.arrayBuffer());
    expect(unzipped(zip)).toEqual([
      ['cup.png', 'one'], ['cup-2.png', 'two'], ['Tür_.png', 'three'], ['photo-4.png', 'four'],
      ['failed.txt', 'blurred.jpg: too blurred\n'],
    ]);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(zip.length)]);
  });

  test('are those that are there so far, and no list where nothing failed', async () => {
    const user = newUser(target);
    const jobId = await queued(user, ['a.jpg', 'b.jpg']);
    await deliver(jobId, ['one']);
    const answer = await zipOf(user, jobId);
    expect(unzipped(Buffer.from(await answer.arrayBuffer()))).toEqual([['a.png', 'one']]);
  });

  test('are 400 while there are none, and 404 for others', async () => {
    const user = newUser(target);
    const jobId = await queued(user, ['a.jpg']);
    expect((await zipOf(user, jobId)).status).toBe(400);
    await deliver(jobId, ['one']);
    expect((await zipOf(newUser(target), jobId)).status).toBe(404);
  });
});
