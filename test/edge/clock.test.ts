import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, expect, test } from 'vitest';
import { callback, coordinator, d1, inObject, migrateD1, must, newUser, outboxOf, ring } from './edge.ts';

beforeAll(migrateD1);

const month = 30 * 86_400_000;
const ahead = `UPDATE outbox_rows SET created_at = created_at + ${month}, due_at = due_at + ${month}`;
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
  await ring(coordinator(jobId));
  await d1('ALTER TABLE job_history_away RENAME TO job_history');
  expect(await outboxOf(jobId)).toMatchObject([{ topic: 'record-history' }]);
  return jobId;
}

test('a Durable Object that wakes sends what its outbox holds from a clock that was a month ahead', async () => {
  const jobId = await unsaid();
  await inObject(coordinator(jobId), ahead);
  expect(await alarmOf(jobId), 'it rings now, not in a month').toBeLessThan(Date.now() + 1_000);
  await runDurableObjectAlarm(coordinator(jobId));
  expect(await historyOf(jobId)).toEqual([{ state: 'done' }]);
  expect(await outboxOf(jobId)).toEqual([]);
});

test('a Durable Object that stayed awake sends what such a clock has left at its next alarm', async () => {
  const jobId = await unsaid();
  // Without taking the object out of memory.
  await runInDurableObject(coordinator(jobId), (_instance, { storage }) => storage.sql.exec(ahead).toArray());
  await runDurableObjectAlarm(coordinator(jobId));
  expect(await historyOf(jobId)).toEqual([{ state: 'done' }]);
  expect(await outboxOf(jobId)).toEqual([]);
});

test('a deadline stored while the clock was a month ahead is moved to its full time from now', async () => {
  const user = newUser();
  const jobId = await user.create(1);
  const stub = coordinator(jobId);
  await inObject(stub, `UPDATE event_batches SET lines = json_set(lines, '$.at', (lines ->> '$.at') + ${month},
    '$.body.deadlineAt', (lines ->> '$.body.deadlineAt') + ${month})`);
  await inObject(stub, `UPDATE job_rows SET created_at = created_at + ${month}, deadline_at = deadline_at + ${month}`);
  must(await user.get(`/api/jobs/${jobId}`));
  const [row] = await inObject(stub, 'SELECT deadline_at AS at FROM job_rows');
  expect(Math.ceil(((row as { at: number }).at - Date.now()) / 3_600_000)).toBe(24);
});

test('files of a set that ended while the clock was a month ahead are kept as long as others', async () => {
  const user = newUser();
  const jobId = await user.queued(1);
  await callback(jobId, 0);
  await ring(coordinator(jobId));
  await inObject(coordinator(jobId), `UPDATE ended_objects SET ended_at = ended_at + ${month}`);
  expect(await alarmOf(jobId), 'a week').toBeLessThan(Date.now() + 8 * 86_400_000);
});
