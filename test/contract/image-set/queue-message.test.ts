import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { concepts, newUser, request } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

describe('the queue message', () => {
  test('is one per executed job, with everything a worker needs, in snake_case', async () => {
    const user = newUser(target);
    const { jobId, urls } = await user.create(2);
    const photo = new Uint8Array([0xff, 0xd8, 0xff, 0xe0]);
    for (const { url } of urls) await fetch(url, { method: 'PUT', body: photo });
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2 });
    await user.post(`/api/jobs/${jobId}/execute`, { concepts, protect: ['person', 'face'] });
    const message = await target.takeMessage(jobId);
    expect(message).toMatchObject({
      job_id: jobId,
      user_id: user.id,
      preset: 'remove-background',
      concepts,
      protect: ['person', 'face'],
      idempotency_prefix: jobId,
      batch_concurrency: 4,
    });
    expect(message.items).toHaveLength(2);
    for (const [idx, item] of message.items.entries()) {
      expect(item).toMatchObject({
        idx,
        input_key: `inputs/${user.id}/${jobId}/${idx}.jpg`,
        output_key: `outputs/${user.id}/${jobId}/${idx}_result.png`,
        preview_key: `previews/${user.id}/${jobId}/${idx}_thumb.jpg`,
      });
      expect(new Uint8Array(await (await fetch(item.input_url)).arrayBuffer())).toEqual(photo);
      expect((await fetch(item.output_url, { method: 'PUT', body: photo })).ok).toBe(true);
      expect((await fetch(item.preview_url, { method: 'PUT', body: photo })).ok).toBe(true);
    }
    expect(await target.countMessages(jobId)).toBe(1);
  });

  test('has URLs that outlive the job’s time limit, and hands on what the request said for the worker', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/confirm-upload`);
    await user.post(`/api/jobs/${jobId}/execute`, { output_template: '{name}-warm' });
    const { items, output_template } = await target.takeMessage(jobId);
    expect(output_template).toBe('{name}-warm');
    const urls = items.flatMap(({ input_url, output_url, preview_url }) => [input_url, output_url, preview_url]);
    for (const url of urls) {
      const { searchParams: signed } = new URL(url);
      const lives = signed.get('X-Amz-Expires') ?? (Number(signed.get('expires')) - Date.now()) / 1_000;
      // The limit is six hours unless it is set.
      expect(Number(lives)).toBeGreaterThan(21_600);
    }
  });

  test.each([
    [{}, { force: false, output: { format: 'png' } }, 'png'],
    [{ force: true, output: { format: 'webp', quality: 70 } }, {}, 'webp'],
    [{ output: { format: 'jpeg', background: '#F0f' } }, { force: false }, 'jpg'],
  ])('of a set executed with %j says so, and its output keys end accordingly', async (asked, more, extension) => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/confirm-upload`);
    expect((await user.post(`/api/jobs/${jobId}/execute`, asked)).status).toBe(200);
    const message = await target.takeMessage(jobId);
    expect(message).toMatchObject({ ...asked, ...more });
    const [item] = message.items;
    expect(item!.output_key).toBe(`outputs/${user.id}/${jobId}/0_result.${extension}`);
    expect((await fetch(item!.output_url, { method: 'PUT', body: 'picture' })).ok).toBe(true);
  });

  test('names the callback URL, and the key of an item is <prefix>-item-<idx>', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    const message = await target.takeMessage(jobId);
    const answer = await request(
      message.callback_url,
      'POST',
      { idx: 0, status: 'done', idempotency_key: `${message.idempotency_prefix}-item-0` },
      { 'x-gpu-callback-secret': target.callbackSecret },
    );
    expect(answer.body.data).toMatchObject({ jobId, status: 'done' });
  });

  test('is sent if and only if the transition to queued is stored', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    expect((await user.post(`/api/jobs/${jobId}/execute`, { concepts })).status).toBe(400);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    expect(await target.countMessages(jobId)).toBe(0);
    const answers = await Promise.all([1, 2, 3].map(() => user.post(`/api/jobs/${jobId}/execute`, { concepts })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    await target.takeMessage(jobId);
    expect(await target.countMessages(jobId)).toBe(1);
  });
});
