import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, expect, test, vi } from 'vitest';
import {
  callback, coordinator, d1, migrateD1, must, newUser, objectsIn, outboxOf, rewrite, ring, rowsOfJob,
  waitingIn,
} from './edge.ts';

beforeAll(migrateD1);

const month = 30 * 86_400_000;
const historyOf = (jobId: string): Promise<readonly unknown[]> =>
  d1('SELECT state FROM job_history WHERE job_id = ?', jobId);
const alarmOf = (jobId: string): Promise<number | null> =>
  runInDurableObject(coordinator(jobId), (_instance, { storage }) => storage.getAlarm());

/** A job that has ended, and whose history cannot be written yet. */
async function unsaid(): Promise<string> {
  const user = newUser();
  const jobId = await user.queued(1);
  await d1('ALTER TABLE job_history RENAME TO job_history_away');
  expect((await callback(jobId, 0)).status).toBe(200);
  await vi.waitFor(async () => expect(await outboxOf(jobId)).toMatchObject([
    { topic: 'record-history', last_error: expect.stringContaining('job_history') },
  ]));
  await d1('ALTER TABLE job_history_away RENAME TO job_history');
  return jobId;
}

test('a Durable Object that wakes sends what its outbox holds from a clock that was a month ahead', async () => {
  const jobId = await unsaid();
  await rewrite(jobId, (rows) => {
    for (const one of waitingIn(rows)) {
      Object.assign(one, { createdAt: one.createdAt + month, dueAt: one.dueAt + month });
    }
  });
  expect(await alarmOf(jobId), 'it rings now, not in a month').toBeLessThan(Date.now() + 61_000);
  await runDurableObjectAlarm(coordinator(jobId));
  expect(await historyOf(jobId)).toEqual([{ state: 'done' }]);
  expect(await outboxOf(jobId)).toEqual([]);
});

test('a Durable Object that stayed awake sends what such a clock has left at its next alarm', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + month });
  const jobId = await unsaid().finally(() => vi.useRealTimers());
  await runDurableObjectAlarm(coordinator(jobId));
  expect(await historyOf(jobId)).toEqual([{ state: 'done' }]);
  expect(await outboxOf(jobId)).toEqual([]);
});

test('a deadline stored while the clock was a month ahead is moved to its full time from now', async () => {
  const user = newUser();
  const jobId = await user.create(1);
  await rewrite(jobId, ([first]) => {
    for (const event of first?.events ?? []) {
      event.at += month;
      event.body['deadlineAt'] = Number(event.body['deadlineAt']) + month;
    }
  });
  must(await user.get(`/api/jobs/${jobId}`));
  const events = (await rowsOfJob(jobId)).flatMap(({ events: some = [] }) => some);
  const deadlineAt = events.findLast(({ body }) => 'deadlineAt' in body)?.body['deadlineAt'];
  expect(Math.ceil((Number(deadlineAt) - Date.now()) / 3_600_000)).toBe(24);
});

test('files of a set that ended while the clock was a month ahead are kept as long as others', async () => {
  const user = newUser();
  const jobId = await user.queued(1);
  await callback(jobId, 0);
  await ring(jobId);
  await rewrite(jobId, (rows) => {
    for (const one of objectsIn(rows)) one.endedAt += month;
  });
  must(await user.get(`/api/jobs/${jobId}`));
  expect(await alarmOf(jobId), 'a week').toBeLessThan(Date.now() + 8 * 86_400_000);
});
