import { runDurableObjectAlarm, evictAllDurableObjects } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  coordinator, inObject, migrateD1, must, newPro, newUser, callback, d1, rewriteAccount, ring, type EdgeUser,
} from './edge.ts';

beforeAll(migrateD1);

const context = (user: EdgeUser) => ({
  caller: { userId: user.id, roles: ['user' as const] }, correlationId: 'test', traceparent: null,
});

/** What a request leaves behind that dies between its two halves. */
async function reservedOnly(user: EdgeUser, itemCount: number): Promise<string> {
  const jobId = crypto.randomUUID();
  const said = await user.limiter.reserve(context(user), {
    jobId, preset: 'seller', itemCount, inputs: null, names: [], repeatable: null,
  });
  expect(said).toEqual({ ok: true, value: jobId });
  return jobId;
}

async function grownOld(user: EdgeUser): Promise<void> {
  await rewriteAccount(user.limiter, ({ held }) => {
    for (const one of held) one.createdAt = 1;
  });
}

describe('a reservation without a job', () => {
  test('is rolled back after a while, and its job cannot be created afterwards', async () => {
    const user = newUser();
    const jobId = await reservedOnly(user, 4);
    expect(await user.me()).toMatchObject({ credits: 6, reserved: 4, activeJobs: 1 });
    await grownOld(user);
    expect(await runDurableObjectAlarm(user.limiter)).toBe(true);
    expect(await user.me()).toMatchObject({ credits: 10, reserved: 0, spent: 0, activeJobs: 0 });
    const late = { jobId, preset: 'seller', itemCount: 4, inputs: null, names: [], repeatable: null };
    for (let time = 0; time < 2; time++) {
      await evictAllDurableObjects();
      expect(await coordinator(jobId).create(context(user), late)).toEqual({ ok: true, value: 'refused' });
    }
    expect((await user.get(`/api/jobs/${jobId}`)).status).toBe(404);
    expect(must(await user.get('/api/jobs')).jobs).toEqual([]);
  });

  test('that is young is kept', async () => {
    const user = newUser();
    await reservedOnly(user, 4);
    await runDurableObjectAlarm(user.limiter);
    expect(await user.me()).toMatchObject({ credits: 6, reserved: 4, activeJobs: 1 });
  });

  test('whose job exists is kept, however old it is', async () => {
    const user = newUser();
    const jobId = await user.queued(4);
    await grownOld(user);
    await runDurableObjectAlarm(user.limiter);
    expect(await user.me()).toMatchObject({ credits: 6, reserved: 4, activeJobs: 1 });
    expect(must(await callback(jobId, 0)).status).toBe('running');
  });

  test('gets its job when the request is repeated in time with the same Idempotency-Key', async () => {
    const user = newUser();
    const body = { preset: 'seller', itemCount: 3 };
    const headers = { 'idempotency-key': 'order-1' };
    const jobId = must(await user.post('/api/jobs', body, headers)).jobId;
    // As if the first request had died before it made the job.
    await forgetJob(jobId);
    expect(must(await user.post('/api/jobs', body, headers)).jobId).toBe(jobId);
    expect(await user.me()).toMatchObject({ credits: 7, reserved: 3, activeJobs: 1 });
  });

  test('is replaced by another one when the request is repeated after it was rolled back', async () => {
    const user = newUser();
    const body = { preset: 'seller', itemCount: 3 };
    const headers = { 'idempotency-key': 'order-2' };
    const first = must(await user.post('/api/jobs', body, headers)).jobId;
    await forgetJob(first);
    await grownOld(user);
    await runDurableObjectAlarm(user.limiter);
    const second = must(await user.post('/api/jobs', body, headers)).jobId;
    expect(second).not.toBe(first);
    expect(must(await user.post('/api/jobs', body, headers)).jobId).toBe(second);
    expect(await user.me()).toMatchObject({ credits: 7, reserved: 3, activeJobs: 1 });
  });
});

/** Empties the object of a job that was just created. */
async function forgetJob(jobId: string): Promise<void> {
  await inObject(coordinator(jobId), 'DELETE FROM commits');
}

describe('many users and jobs at the same time', () => {
  // Some 500 requests, and the rings of 60 objects.
  test('overdraw nothing, lose nothing, and settle every reservation', { timeout: 90_000 }, async () => {
    const users = await Promise.all(Array.from({ length: 12 }, () => newPro(40)));
    const lifecycle = async (user: EdgeUser, number: number): Promise<string> => {
      for (;;) {
        const answer = await user.post('/api/jobs', { preset: 'seller', itemCount: 2 });
        if (answer.status === 429) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          continue;
        }
        const { jobId } = must(answer);
        must(await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2 }));
        must(await user.post(`/api/jobs/${jobId}/execute`));
        if (number % 5 === 4) must(await user.post(`/api/jobs/${jobId}/cancel`));
        const said = number % 2 === 1 ? { status: 'failed', error: 'no' } : {};
        if (number % 5 !== 4) for (const idx of [0, 1]) must(await callback(jobId, idx, said));
        return jobId;
      }
    };
    const jobs = await Promise.all(
      users.flatMap((user) => Array.from({ length: 5 }, (_, number) => lifecycle(user, number))),
    );
    expect(new Set(jobs)).toHaveLength(60);
    for (const user of users) {
      // Numbers 0 and 2 deliver both photos; 1 and 3 fail, 4 is canceled.
      expect(await user.me()).toMatchObject({ credits: 36, reserved: 0, spent: 4, granted: 40, activeJobs: 0 });
      expect(must(await user.get('/api/jobs?limit=50')).jobs).toHaveLength(5);
    }
    for (const jobId of jobs) await ring(jobId);
    const own = users.map(({ id }) => `'${id}'`).join();
    const counted = `SELECT state, count(*) AS n FROM job_history WHERE owner_id IN (${own})
      GROUP BY state ORDER BY state`;
    expect(await d1(counted)).toEqual([
      { state: 'canceled', n: 12 }, { state: 'done', n: 24 }, { state: 'failed', n: 24 },
    ]);
  });
});
