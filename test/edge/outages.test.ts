import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { heard } from '../../src/main/cloudflare/said.ts';
import { counting, rowsOf } from './counted.ts';
import {
  alarmNow, call, coordinator, cron, d1, EdgeUser, inObject, migrateD1, must, newPro, newUser, outboxOf, rewrite, ring,
} from './edge.ts';
import { Life } from './life.ts';

beforeAll(migrateD1);
afterEach(() => void vi.useRealTimers());

const [hour, day] = [3_600_000, 86_400_000];
const historyOf = (jobId: string): Promise<readonly unknown[]> =>
  d1('SELECT state FROM job_history WHERE job_id = ?', jobId);

describe('while D1 is away for hours', () => {
  test('a job that ends tries ever less often to write its history, and does when D1 is back', async () => {
    const life = new Life(await newPro(100));
    await life.pass(hour);
    await d1('ALTER TABLE job_history RENAME TO job_history_away');
    await life.whole(0);
    await vi.waitFor(async () => expect(await outboxOf(life.jobId)).toMatchObject([
      { topic: 'record-history', last_error: expect.stringContaining('job_history') },
    ]));
    const first = await counting(() => life.pass(hour));
    expect(first.job.requests).toBeLessThanOrEqual(14);
    expect(rowsOf(first)).toBeLessThanOrEqual(30);
    const later = await counting(() => life.pass(day));
    expect(later.job.requests).toBeLessThanOrEqual(50);
    expect(rowsOf(later)).toBeLessThanOrEqual(100);
    await d1('ALTER TABLE job_history_away RENAME TO job_history');
    await life.pass(2 * hour);
    expect(await historyOf(life.jobId)).toEqual([{ state: 'done' }]);
    expect(await outboxOf(life.jobId)).toEqual([]);
  });

  test('an account tries ever less often to send a grant, and does when D1 is back', async () => {
    const user = newUser();
    const life = new Life(user);
    await d1('ALTER TABLE billing_rows RENAME TO billing_away');
    must(await call('POST', `/api/accounts/${user.id}/grants`, { credits: 5 }, { authorization: 'Bearer admin' }));
    const counted = await counting(() => life.pass(day));
    expect(counted.user.requests).toBeLessThanOrEqual(32);
    expect(rowsOf(counted)).toBeLessThanOrEqual(32);
    await d1('ALTER TABLE billing_away RENAME TO billing_rows');
    await life.pass(2 * hour);
    const grants = 'SELECT amount FROM billing_events WHERE user_id = ? ORDER BY id';
    expect(await d1(grants, user.id)).toEqual([{ amount: 10 }, { amount: 5 }]);
  });

  test('an open job tries ever less often to get into the index of open jobs', async () => {
    const life = new Life(await newPro(100));
    await d1('ALTER TABLE open_jobs RENAME TO open_jobs_away');
    await life.create();
    const counted = await counting(() => life.pass(day - hour));
    expect(counted.job.requests).toBeLessThanOrEqual(32);
    await d1('ALTER TABLE open_jobs_away RENAME TO open_jobs');
    await life.pass(hour - 1);
    expect(await d1('SELECT job_id FROM open_jobs WHERE job_id = ?', life.jobId)).toHaveLength(1);
  });
});

test('while a job’s object is away, the reservation is asked about ever less often', async () => {
  const life = new Life(await newPro(100));
  const { user } = life;
  await life.create();
  // An object that cannot be read answers nobody.
  await inObject(coordinator(life.jobId), `UPDATE commits SET body = 'x' || body`);
  const objects = { jobId: life.jobId };
  life.jobId = '';
  const counted = await counting(() => life.pass(day));
  expect(counted.user.alarms).toBeLessThanOrEqual(32);
  await inObject(coordinator(objects.jobId), 'UPDATE commits SET body = substr(body, 2)');
  await life.pass(2 * hour);
  expect(await user.status(objects.jobId)).toBe('created');
});

describe('a job whose object dies', () => {
  test('after it said everything and before it noted that, says everything again, which changes nothing', async () => {
    const life = new Life(await newPro(100));
    const { user } = life;
    await life.whole(0);
    await life.isSaid();
    const { jobId } = life;
    const outcome = async (): Promise<unknown[]> =>
      [await user.me(), await historyOf(jobId), await d1('SELECT * FROM billing_events WHERE ref = ?', jobId)];
    const before = await outcome();
    await rewrite(jobId, (rows) => {
      const all = rows.flatMap(({ outbox = [] }) => outbox);
      const once = [...new Map(all.map((one) => [one.id, one])).values()];
      expect(once.map(({ topic }) => topic)).toEqual(['queue:gpu-jobs', 'settle-reservation', 'record-history']);
      rows.push({ outbox: once });
    });
    await ring(jobId);
    expect(await outboxOf(jobId)).toEqual([]);
    expect(await outcome()).toEqual(before);
  });

  test('while it is being deleted is deleted by its next alarm', async () => {
    const life = new Life(await newPro(100));
    await life.whole(0);
    await life.isSaid();
    await life.pass(29 * day);
    await d1('ALTER TABLE job_history RENAME TO job_history_away');
    await life.pass(3 * day);
    expect(await life.user.status(life.jobId)).toBe('done');
    await d1('ALTER TABLE job_history_away RENAME TO job_history');
    await life.pass(2 * hour);
    expect(must(await life.user.get('/api/jobs')).jobs).toEqual([]);
    expect(await historyOf(life.jobId)).toEqual([]);
  });
});

describe('the cron', () => {
  async function endedWithoutAlarm(): Promise<Life> {
    const life = new Life(await newPro(100));
    await life.whole(0);
    await life.isSaid();
    await runInDurableObject(coordinator(life.jobId), (_instance, { storage }) => storage.deleteAlarm());
    vi.setSystemTime(Date.now() + 400 * day);
    return life;
  }

  test('deletes what has been kept for long enough where the alarm was lost', async () => {
    const life = await endedWithoutAlarm();
    // Its photos first, then its results, then it.
    for (let run = 0; run < 3; run++) {
      await cron();
      vi.setSystemTime(Date.now() + day);
    }
    expect((await life.user.get(`/api/jobs/${life.jobId}`)).status).toBe(404);
    expect(await historyOf(life.jobId)).toEqual([]);
    expect(must(await life.user.get('/api/jobs')).jobs).toEqual([]);
  });

  test('deletes the history of a job whose object is gone, and keeps what it cost', async () => {
    const life = await endedWithoutAlarm();
    await inObject(coordinator(life.jobId), 'DROP TABLE commits');
    await cron();
    expect(await historyOf(life.jobId)).toEqual([]);
    expect(await d1('SELECT amount FROM billing_events WHERE ref = ?', life.jobId)).toHaveLength(2);
  });

  test('takes a job that has ended since out of the index of open jobs', async () => {
    const life = new Life(await newPro(100));
    await life.whole(0);
    await life.isSaid();
    await d1(`INSERT INTO open_jobs (job_id, kind, owner_id, created_at, check_at) VALUES (?, 'image-set', ?, 1, 1)`,
      life.jobId, life.user.id);
    await cron();
    expect(await d1('SELECT * FROM open_jobs WHERE job_id = ?', life.jobId)).toEqual([]);
  });
});

test('an object that refused to create its job forgets that a day later', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const jobId = crypto.randomUUID();
  expect(await coordinator(jobId).refuse(jobId)).toEqual({ ok: true, value: 'refused' });
  vi.setSystemTime(Date.now() + day + 1);
  await alarmNow(coordinator(jobId));
  const tables = await runInDurableObject(coordinator(jobId), (_instance, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'commits'").toArray());
  expect(tables).toEqual([]);
});

test('whoever cannot reach an object is told nothing of the inside of the server', async () => {
  const answer = await heard(Promise.reject(new Error('Durable Object storage of jobs-17 is overloaded')));
  expect(answer).toMatchObject({ ok: false, refusal: { code: 'unavailable' } });
  expect(JSON.stringify(answer)).not.toContain('jobs-17');
});

test('everybody’s list asks no more objects than one request may', async () => {
  const ids = Array.from({ length: 1_100 }, (_, at) => `ffffffff-0000-7000-8000-${String(at).padStart(12, '0')}`);
  await d1(`INSERT INTO open_jobs (job_id, kind, owner_id, created_at, check_at)
    SELECT value, 'image-set', 'nobody', 1, 9e15 FROM json_each(?)`, JSON.stringify(ids));
  let cursor: string | null = null;
  const counted = await counting(async () => {
    cursor = must(await new EdgeUser('admin').get('/api/jobs?status=queued')).nextCursor;
  });
  await d1("DELETE FROM open_jobs WHERE owner_id = 'nobody'");
  expect(counted.job.requests).toBeGreaterThan(500);
  expect(counted.job.requests).toBeLessThanOrEqual(800);
  expect(cursor).not.toBeNull();
});

test('objects are made in the jurisdiction and near the place that the configuration says', async () => {
  const asked: unknown[] = [];
  const { default: worker } = await import('../../src/main/cloudflare/worker.ts');
  const namespace: typeof env.USER_LIMITER = {
    jurisdiction: (name) => {
      asked.push(name);
      return namespace;
    },
    getByName: (name, options) => {
      asked.push(options);
      return env.USER_LIMITER.getByName(name);
    },
  };
  const there = { ...env, USER_LIMITER: namespace, JURISDICTION: 'eu', LOCATION_HINT: 'weur' };
  const headers = { authorization: `Bearer ${newUser().id}` };
  const response = await worker.fetch(new Request('http://127.0.0.1:8787/api/user/me', { headers }), there);
  expect(response.status).toBe(200);
  expect(asked).toEqual(['eu', { locationHint: 'weur' }]);
});
