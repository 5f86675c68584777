import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { callback, concepts, newUser, request } from '../user.ts';

/*
 * URLs of the server's own object store end with what they are for. (A bucket checks its signatures itself, so that
 * nobody can take a URL of it back: there, retention deletes what came late.)
 */

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const photo = new Uint8Array([0xff, 0xd8, 0xff]);

async function put(url: string): Promise<number> {
  const answer = await request(url, 'PUT', 'a photo');
  return answer.status;
}

async function refusedPut(url: string): Promise<{ status: number; code: string; message: string }> {
  const { status, body } = await request(url, 'PUT', 'a photo');
  return { status, ...body.error };
}

beforeEach((context) => {
  context.skip(target.name === 'worker', 'a bucket checks the signatures of its URLs itself');
});

describe('the upload URL of a photo', () => {
  test('takes the photo, and replacements for it, until the set is executed', async () => {
    const user = newUser(target);
    const { jobId, urls } = await user.create(2);
    const [first, second] = urls.map(({ url }) => url) as [string, string];
    expect(await put(first)).toBe(200);
    expect(await put(first)).toBe(200);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2 });
    expect(await put(second)).toBe(200);
    await user.post(`/api/jobs/${jobId}/execute`, { concepts });
    expect(await refusedPut(first)).toMatchObject({ status: 409, code: 'conflict' });
  });

  test('is refused for a photo that the set was confirmed without', async () => {
    const user = newUser(target);
    const { jobId, urls } = await user.create(2);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    expect(await put(urls[0]!.url)).toBe(200);
    expect(await refusedPut(urls[1]!.url)).toMatchObject({ status: 409, code: 'conflict' });
  });

  test('is refused once the job is canceled, with the reason', async () => {
    const user = newUser(target);
    const { jobId, urls } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/cancel`);
    const refused = await refusedPut(urls[0]!.url);
    expect(refused).toMatchObject({ status: 409, code: 'conflict' });
    expect(refused.message).toContain(`job ${jobId} has ended, it is canceled`);
    expect((await fetch(urls[0]!.url, { method: 'PUT', body: photo })).headers.get('content-type')).toBe(
      'application/json',
    );
  });

  test('is refused for an upload that was under way when the job was canceled', async () => {
    const user = newUser(target);
    const { jobId, urls } = await user.create(1);
    let send: ReadableStreamDefaultController<Uint8Array> | null = null;
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (send = controller) });
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
    const answer = fetch(urls[0]!.url, init);
    send!.enqueue(photo);
    await user.post(`/api/jobs/${jobId}/cancel`);
    send!.enqueue(photo);
    send!.close();
    expect((await answer).status).toBe(409);
  });
});

describe('the upload URLs of results', () => {
  test('work until their item has its result, and not once the job has ended', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    const { items } = await target.takeMessage(jobId);
    const [first, second] = items as [(typeof items)[number], (typeof items)[number]];
    for (const url of [first.preview_url, first.output_url, first.output_url]) expect(await put(url)).toBe(200);
    await callback(target, jobId, 0);
    const refused = await refusedPut(first.output_url);
    expect(refused).toMatchObject({ status: 409, code: 'conflict' });
    expect(refused.message).toContain('item 0');
    expect(await put(second.output_url)).toBe(200);
    await callback(target, jobId, 1);
    expect(await refusedPut(second.preview_url)).toMatchObject({ status: 409, code: 'conflict' });
    // What was delivered stays.
    const { body } = await user.get(`/api/jobs/${jobId}`);
    expect(body.data.status).toBe('done');
  });

  test('are refused for a job that was canceled half-way', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    const { items } = await target.takeMessage(jobId);
    expect(await put(items[0]!.output_url)).toBe(200);
    await user.post(`/api/jobs/${jobId}/cancel`);
    expect(await refusedPut(items[0]!.output_url)).toMatchObject({ status: 409, code: 'conflict' });
  });
});
