import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import page from '../../deploy/cloudflare.md?raw';
import { heard } from '../../src/main/cloudflare/said.ts';
import { counting, rowsOf, type Counted } from './counted.ts';
import { coordinator, d1, migrateD1, newPro, newUser } from './edge.ts';
import { alarmOf, Life, sizeOf } from './life.ts';

beforeAll(migrateD1);
afterEach(() => void vi.useRealTimers());

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/** A user who has been there before, and whose alarm has rung. */
async function beginLife(): Promise<Life> {
  const life = new Life(await newPro(100));
  await life.pass(hour);
  return life;
}

/** From create to the last result, with one look at the job and one at the account: eight requests. */
function wholeJob(life: Life, pauseMs: number): Promise<Counted> {
  return counting(async () => {
    await life.whole(pauseMs);
    await life.isSaid();
    await life.user.status(life.jobId);
    await life.user.me();
  });
}

/** The cells of the one line of the page's tables that begins so, as numbers. */
function documented(title: string): number[] {
  const lines = page.split('\n').filter((line) => line.startsWith(`| ${title} |`));
  expect(lines, title).toHaveLength(1);
  const [, , ...cells] = (lines[0] ?? '').split('|').map((cell) => cell.trim());
  return cells.slice(0, -1).map((cell) => Number(cell.replaceAll('*', '')));
}

function cellsOf(counted: Counted): number[] {
  const { job, user } = counted;
  return [job.rows, job.alarms, user.rows, user.alarms, counted.d1, rowsOf(counted), job.requests + user.requests];
}

/** Dollars for a million, by the list prices of the page, of what is counted here. */
function priceOf(counted: Counted, { worker, pushes }: { worker: number; pushes: number }): number {
  const [, , , , , rows = 0, requests = 0] = cellsOf(counted);
  const [row = 0, objectRequest = 0, workerRequest = 0, queueOperation = 0] = documented('dollars a million');
  const dollars = rows * row + (requests + pushes) * objectRequest + worker * workerRequest;
  return Math.round((dollars + 3 * pushes * queueOperation) * 10) / 10;
}

describe('a job of three photos', () => {
  test('that is done within a minute writes 21 rows at most, and leaves 12 KB', async () => {
    const life = await beginLife();
    const counted = await wholeJob(life, 0);
    expect(rowsOf(counted)).toBeLessThanOrEqual(21);
    expect(cellsOf(counted)).toEqual(documented('done within a minute'));
    expect(priceOf(counted, { worker: 9, pushes: 1 })).toBe(documented('done within a minute, dollars')[0]);
    expect(await sizeOf(coordinator(life.jobId))).toBeLessThanOrEqual(12_288);
    expect(await d1('SELECT state FROM job_history WHERE job_id = ?', life.jobId)).toEqual([{ state: 'done' }]);
  });

  test('with five minutes between its steps writes as much as the page says', async () => {
    const life = await beginLife();
    const counted = await wholeJob(life, 5 * minute);
    expect(cellsOf(counted)).toEqual(documented('five minutes between the steps'));
    expect(priceOf(counted, { worker: 9, pushes: 1 })).toBe(documented('five minutes between the steps, dollars')[0]);
  });

  test('is gone when it has been kept for long enough, and so are its files and its history', async () => {
    const life = await beginLife();
    await life.whole(0);
    await life.isSaid();
    const { jobId, user } = life;
    const counted = await counting(() => life.pass(400 * day));
    expect(cellsOf(counted)).toEqual(documented('from the end until nothing is left'));
    const [dollars] = documented('from the end until nothing is left, dollars');
    expect(priceOf(counted, { worker: 0, pushes: 0 })).toBe(dollars);
    expect((await user.get(`/api/jobs/${jobId}`)).status).toBe(404);
    // An empty database has one page.
    expect(await sizeOf(coordinator(jobId))).toBe(4_096);
    expect(await alarmOf(coordinator(jobId))).toBeNull();
    expect(await d1('SELECT job_id FROM job_history WHERE job_id = ?', jobId)).toEqual([]);
    expect(await d1('SELECT type FROM billing_events WHERE ref = ?', jobId)).toHaveLength(2);
  });

  test('whose photos are never uploaded is looked at a few times, and not every hour', async () => {
    const life = await beginLife();
    const counted = await counting(async () => {
      await life.create();
      await life.pass(48 * hour);
    });
    expect(await life.user.status(life.jobId)).toBe('canceled');
    expect(cellsOf(counted)).toEqual(documented('created and abandoned'));
    expect(priceOf(counted, { worker: 1, pushes: 0 })).toBe(documented('created and abandoned, dollars')[0]);
  });
});

test('a message that is pulled writes as much as the page says', async () => {
  // An object of its own, of a job for which the runtime has no message.
  const queue = env.PULL_QUEUE.getByName('cost');
  const jobId = await newUser().create(1);
  const rowsOfMessage = async (work: () => Promise<unknown>): Promise<number | undefined> =>
    (await counting(async () => void (await work()))).pullQueue.get(jobId);
  expect(await rowsOfMessage(() => queue.put([jobId]))).toBe(2);
  let leaseId = '';
  const leased = await rowsOfMessage(async () => {
    const pulled = await heard(queue.pull('gpu-jobs', { batchSize: 1, visibilityTimeoutMs: 60_000, waitMs: 0 }));
    leaseId = pulled.ok ? (pulled.value[0]?.leaseId ?? '') : '';
  });
  const extended = await rowsOfMessage(() => queue.extend('gpu-jobs', { leaseId, visibilityTimeoutMs: 60_000 }));
  const done = await rowsOfMessage(() => queue.acknowledge('gpu-jobs', { acks: [leaseId], retries: [] }));
  expect([leased, extended, done]).toEqual([2, 2, 2]);
  expect(documented('a message that is pulled')).toEqual([2, 2, 2, 2, 2]);
});

test('who only looks makes no database', async () => {
  const user = newUser();
  const jobId = crypto.randomUUID();
  const counted = await counting(async () => {
    await user.me();
    await user.get(`/api/accounts/${user.id}/ledger`);
    await user.get('/api/jobs');
    expect((await user.get(`/api/jobs/${jobId}`)).status).toBe(404);
    expect((await user.get('/api/rules')).status).toBe(200);
  });
  expect(rowsOf(counted)).toBe(0);
  for (const stub of [user.limiter, coordinator(jobId)]) {
    expect(await sizeOf(stub)).toBe(4_096);
    expect(await alarmOf(stub)).toBeNull();
  }
});
