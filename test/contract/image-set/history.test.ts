import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../target-types.ts';
import { openTarget, type Target } from '../target.ts';
import { callback, concepts, newPro, newUser, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

interface Booked {
  readonly sequence: number;
  readonly type: string;
  readonly amount: number;
  readonly at: string;
}

/** Where the history is flushed by a queue or an alarm, it is there a little later. */
async function history(user: User, jobId: string): Promise<{ job: object; items: object[]; billing: object[] }> {
  const until = Date.now() + 15_000;
  for (;;) {
    const { status, body } = await user.get(`/api/jobs/${jobId}/history`);
    if (status === 200 || Date.now() > until) return body.data;
  }
}

describe('the history, queried in the database,', () => {
  const columns = {
    jobs_log:
      'job_id, user_id, preset, rule_id, status, items_total, items_done, items_failed, concepts_json, protect_json, ' +
      'cost_estimate, credits_spent, created_at, started_at, finished_at, error',
    job_items_log: 'job_id, idx, status, input_key, output_key, preview_key, error, created_at',
    billing_events: 'id, user_id, type, amount, ref, created_at',
  } as const;

  /** Text in ISO 8601 where there is no type for times, and what PostgreSQL's driver makes of TIMESTAMPTZ there. */
  const iso = (at: unknown): unknown => {
    expect(target.name === 'postgres' ? at instanceof Date : typeof at).toBe(target.name === 'postgres' || 'string');
    return at instanceof Date ? at.toISOString() : at;
  };

  test('has the documented columns, with times of the database’s type', async () => {
    const user = await newPro(target, 20);
    const { id: ruleId } = (await user.post('/api/rules', { name: 'r', concepts, protect: ['face'] })).body.data;
    const [{ jobId: done }, { jobId: gone }] = [await user.create(3, 'interior'), await user.create(2, 'seller')];
    await user.post(`/api/jobs/${done}/confirm-upload`, { totalItems: 2 });
    await user.post(`/api/jobs/${done}/execute`, { ruleId });
    const output_key = `outputs/${user.id}/${done}/0_result.png`;
    await callback(target, done, 0, { output_key, preview_key: `previews/${user.id}/${done}/0_thumb.jpg` });
    await callback(target, done, 1, { status: 'failed', error: 'blurred' });
    await user.post(`/api/jobs/${gone}/cancel`);
    const [first, second] = [await history(user, done), await history(user, gone)];

    const where = `IN ('${done}', '${gone}')`;
    const [jobs = [], items = [], billing = []] = await target.query(
      `SELECT * FROM jobs_log WHERE job_id ${where} ORDER BY job_id`,
      `SELECT * FROM job_items_log WHERE job_id ${where} ORDER BY job_id, idx`,
      `SELECT * FROM billing_events WHERE ref ${where} ORDER BY ref, id`,
    );
    expect([jobs, items, billing].map(([row = {}]) => Object.keys(row).join(', '))).toEqual(Object.values(columns));
    expect(jobs).toHaveLength(2);
    const common = { user_id: user.id };
    expect(jobs[0]).toMatchObject({
      ...common, job_id: done, preset: 'interior', rule_id: ruleId, status: 'done', items_total: 2, items_done: 1,
      items_failed: 1, error: null, cost_estimate: 3, credits_spent: 1,
    });
    expect(JSON.parse(jobs[0]?.['concepts_json'] as string)).toEqual(concepts);
    expect(JSON.parse(jobs[0]?.['protect_json'] as string)).toEqual(['face']);
    expect(jobs[1]).toMatchObject({
      ...common, preset: 'seller', rule_id: null, status: 'canceled', cost_estimate: 2, credits_spent: 0,
      items_total: 2, items_done: 0, concepts_json: null, started_at: null,
    });
    const times = (job: { createdAt: string; startedAt: string; endedAt: string }): unknown[] => [
      job.createdAt, job.startedAt, job.endedAt,
    ];
    const inTable = (row: Row | undefined): unknown[] =>
      ['created_at', 'started_at', 'finished_at'].map((name) => (row?.[name] === null ? null : iso(row?.[name])));
    expect(inTable(jobs[0])).toEqual(times(first.job as never));
    expect(inTable(jobs[1])).toEqual(times(second.job as never));

    expect(items.map(({ job_id, idx, status }) => [job_id, idx, status])).toEqual([
      [done, 0, 'done'], [done, 1, 'failed'], [gone, 0, 'unfinished'], [gone, 1, 'unfinished'],
    ]);
    for (const { job_id, idx, input_key } of items) expect(input_key).toBe(`inputs/${user.id}/${job_id}/${idx}.jpg`);
    expect(items[0]).toMatchObject({ output_key, error: null });
    expect(items[1]).toMatchObject({ output_key: null, preview_key: null, error: 'blurred' });
    const itemTimes = first.items.map((item) => (item as { recordedAt: string }).recordedAt);
    expect(items.map(({ created_at }) => iso(created_at))).toEqual([
      ...itemTimes, ...Array.from({ length: 2 }, () => (second.job as { endedAt: string }).endedAt),
    ]);

    const booked = [...first.billing, ...second.billing] as Booked[];
    const rows = billing.map(({ id, type, amount, created_at }) => [id, type, amount, iso(created_at)]);
    expect(rows.toSorted()).toEqual(
      booked.map(({ sequence, type, amount, at }) => [`${user.id}:${sequence}`, type, amount, at]).toSorted(),
    );
    expect(billing.map(({ user_id }) => user_id)).toEqual(booked.map(() => user.id));
    expect(new Set(billing.map(({ ref }) => ref))).toEqual(new Set([done, gone]));
  }, 60_000);

  test('says why a set failed', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    await callback(target, jobId, 1, { status: 'failed', error: 'too dark' });
    await callback(target, jobId, 0, { status: 'failed', error: 'no face' });
    const { job } = await history(user, jobId);
    expect(job).toMatchObject({ status: 'failed', error: 'no face', creditsSpent: 0, costEstimate: 2 });
  });
});

describe('the history', () => {
  test('of a job that ended has one job row, one row per item, and one per ledger movement', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(5);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 3 });
    await user.post(`/api/jobs/${jobId}/execute`, {});
    await callback(target, jobId, 0, { confidence: 0.625 });
    await callback(target, jobId, 1, { status: 'failed', error: 'blurred' });
    await callback(target, jobId, 2);
    const { job, items, billing } = await history(user, jobId);
    expect(job).toMatchObject({
      jobId, kind: 'image-set', status: 'done', itemsTotal: 3, itemsDone: 2, itemsFailed: 1, creditsSpent: 2,
    });
    expect(items).toMatchObject([
      { idx: 0, state: 'done', error: null, confidence: 0.625 },
      { idx: 1, state: 'failed', error: 'blurred', confidence: null },
      { idx: 2, state: 'done', confidence: null },
    ]);
    expect(billing).toMatchObject([
      { type: 'reserve', amount: 5 },
      { type: 'return', amount: 2 },
      { type: 'commit', amount: 2 },
      { type: 'return', amount: 1 },
    ]);
  });

  test('of a canceled job shows unfinished items and the credits that came back', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    await callback(target, jobId, 1);
    await user.post(`/api/jobs/${jobId}/cancel`);
    const { job, items, billing } = await history(user, jobId);
    expect(job).toMatchObject({ status: 'canceled', itemsDone: 1, creditsSpent: 1 });
    expect(items).toMatchObject([{ idx: 0, state: 'unfinished' }, { idx: 1, state: 'done' }]);
    expect(billing).toMatchObject([
      { type: 'reserve', amount: 2 }, { type: 'commit', amount: 1 }, { type: 'rollback', amount: 1 },
    ]);
  });

  test('is written once, however often the job’s end is reported', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    await Promise.all([1, 2, 3].map(() => callback(target, jobId, 0)));
    const first = await history(user, jobId);
    await callback(target, jobId, 0);
    expect(await history(user, jobId)).toEqual(first);
    expect(first.items).toHaveLength(1);
    expect(first.billing).toHaveLength(2);
  });

  test('is not there before the end, nor for another user', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    expect((await user.get(`/api/jobs/${jobId}/history`)).status).toBe(404);
    await callback(target, jobId, 0);
    await history(user, jobId);
    expect((await newUser(target).get(`/api/jobs/${jobId}/history`)).status).toBe(404);
  });
});
