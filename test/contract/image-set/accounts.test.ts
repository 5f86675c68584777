import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storedSetsOfFree } from '../target-types.ts';
import { openTarget, type Target } from '../target.ts';
import { callback, newPro, newUser } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

describe('credits and slots', () => {
  test('are 10, 1 and 2 for rules in the plan free, and as granted, 3 and 20 in the plan pro', async () => {
    const free = newUser(target);
    expect(await free.me()).toMatchObject({ plan: 'free', credits: 10, maxActiveJobs: 1, maxRuleSlots: 2 });
    const pro = await newPro(target, 50);
    expect(await pro.me()).toMatchObject({ plan: 'pro', credits: 50, maxActiveJobs: 3, maxRuleSlots: 20 });
  });

  test('refuse a job without enough credits: 403 insufficient_credits', async () => {
    const user = newUser(target);
    const answer = await user.post('/api/jobs', { preset: 'seller', itemCount: 11 });
    expect(answer.status).toBe(403);
    expect(answer.body.error.code).toBe('insufficient_credits');
    expect((await user.get('/api/jobs')).body.data.jobs).toEqual([]);
    expect(await user.me()).toMatchObject({ credits: 10, reserved: 0, activeJobs: 0 });
  });

  test('refuse a job without a free slot: 429 concurrency_limit', async () => {
    const user = newUser(target);
    await user.create(1);
    const answer = await user.post('/api/jobs', { preset: 'seller', itemCount: 1 });
    expect(answer.status).toBe(429);
    expect(answer.body.error.code).toBe('concurrency_limit');
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await user.me()).toMatchObject({ credits: 9, activeJobs: 1 });
  });

  test('are held by a job from its creation to its end', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    expect((await user.post('/api/jobs', { preset: 'seller', itemCount: 1 })).status).toBe(429);
    await callback(target, jobId, 0);
    expect((await user.post('/api/jobs', { preset: 'seller', itemCount: 1 })).status).toBeLessThan(300);
  });

  test('are one credit an item: done items are paid, the rest comes back', async () => {
    const user = newUser(target);
    const jobId = await user.queued(4);
    for (const idx of [0, 1, 2]) await callback(target, jobId, idx);
    await callback(target, jobId, 3, { status: 'failed', error: 'no' });
    expect(await user.me()).toMatchObject({ credits: 7, spent: 3, reserved: 0, granted: 10, activeJobs: 0 });
  });

  test('are not taken for failed items, of which too many in an hour are 429 rate_limit with Retry-After', async () => {
    const user = newUser(target);
    for (let set = 0; set < 5; set++) {
      const jobId = await user.queued(10);
      const fail = (idx: number) => callback(target, jobId, idx, { status: 'failed', error: 'too dark' });
      await Promise.all(Array.from({ length: 10 }, (_, idx) => fail(idx)));
    }
    expect(await user.me()).toMatchObject({ credits: 10, spent: 0, activeJobs: 0 });
    const answer = await user.post('/api/jobs', { preset: 'seller', itemCount: 1 });
    expect([answer.status, answer.body.error.code]).toEqual([429, 'rate_limit']);
    expect(answer.body.error.message).toMatch(/^50 of your items failed .*, but the plan free allows only 50: /);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(3_000);
  });

  test('do not let a user create and cancel sets without end: 403 quota_exceeded, naming the quota', async () => {
    const user = newUser(target);
    const make = (key: string) =>
      user.post('/api/jobs', { preset: 'seller', itemCount: 1 }, { 'idempotency-key': key });
    for (let set = 0; set < storedSetsOfFree; set++) {
      const made = await make(`set-${set}`);
      await user.post(`/api/jobs/${made.body.data.jobId}/cancel`);
    }
    const refused = await make('one more');
    expect([refused.status, refused.body.error]).toEqual([403, expect.objectContaining({
      code: 'quota_exceeded',
      message: 'Your plan allows at most 20 sets of photos, and there are 20: those that have ended go after a while.',
      details: { kind: 'image-set', what: 'stored', limit: 20, used: 20 },
    })]);
    // What was said before is answered as before.
    expect((await make('set-0')).status).toBe(201);
    expect(await user.me()).toMatchObject({
      credits: 10, activeJobs: 0,
      quotas: {
        jobs: expect.objectContaining({ 'image-set': { stored: { used: 20, limit: 20 } } }),
        objectBytes: { used: 0, limit: 10 * 1024 ** 3 },
      },
    });
  });

  test('come back when a job is canceled before any result', async () => {
    const user = newUser(target);
    const jobId = await user.queued(6);
    await user.post(`/api/jobs/${jobId}/cancel`);
    expect(await user.me()).toMatchObject({ credits: 10, spent: 0, reserved: 0, activeJobs: 0 });
  });

  test('are taken for the results of a job that is canceled half-way, and for no more', async () => {
    const user = newUser(target);
    const jobId = await user.queued(6);
    await callback(target, jobId, 0);
    await callback(target, jobId, 1, { status: 'failed', error: 'no' });
    await user.post(`/api/jobs/${jobId}/cancel`);
    expect(await user.me()).toMatchObject({ credits: 9, spent: 1, reserved: 0, activeJobs: 0 });
  });

  test('add up at all times: granted = available + reserved + spent', async () => {
    const user = await newPro(target, 30);
    const ids = await Promise.all([user.queued(5), user.queued(7), user.queued(3)]);
    const balanced = async (): Promise<void> => {
      const { credits, reserved, spent, granted } = await user.me();
      expect(credits + reserved + spent).toBe(granted);
    };
    const said = [{}, { status: 'failed', error: 'no' }, {}];
    const work = ids.flatMap((id, job) => [0, 1, 2].map((idx) => callback(target, id, idx, said[job])));
    await Promise.all([...work, balanced(), balanced(), balanced()]);
    await balanced();
  });

  test('are never exceeded by 64 clients that create jobs for one user at once', async () => {
    const user = await newPro(target, 100);
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => user.post('/api/jobs', { preset: 'seller', itemCount: 2 })),
    );
    const created = answers.filter(({ status }) => status < 300);
    expect(created).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(61);
    expect(await user.me()).toMatchObject({ credits: 94, reserved: 6, activeJobs: 3 });
  });

  test('are never overdrawn by concurrent requests of one user', async () => {
    const user = await newPro(target, 15);
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => user.post('/api/jobs', { preset: 'seller', itemCount: 10 })),
    );
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(15);
    expect(await user.me()).toMatchObject({ credits: 5, reserved: 10, activeJobs: 1 });
  });

  test('are granted once by a grant that is repeated with its Idempotency-Key', async () => {
    const user = newUser(target);
    const admin = newUser(target, 'admin');
    for (let time = 0; time < 2; time++) {
      const headers = { 'idempotency-key': 'invoice-7' };
      const answer = await admin.post(`/api/accounts/${user.id}/grants`, { credits: 5, note: 'invoice 7' }, headers);
      expect(answer.status).toBeLessThan(300);
    }
    expect(await user.me()).toMatchObject({ credits: 15, granted: 15 });
    expect((await user.post(`/api/accounts/${user.id}/grants`, { credits: 5 })).status).toBe(403);
  });
});
