import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { ended, newType, newWorker, show, submit } from './tasks.ts';

let target: Target;
let admin: User;
beforeAll(async () => {
  target = await openTarget();
  admin = newUser(target, 'admin');
});
afterAll(() => target.close());

async function listed(user: User, query: string): Promise<any> {
  const { status, body } = await user.get(`/api/jobs?${query}`);
  expect([query, status]).toEqual([query, 200]);
  return body.data;
}

const idsOf = ({ jobs }: { jobs: { id: string }[] }): string[] => jobs.map(({ id }) => id);

describe('GET /api/jobs over kinds', () => {
  test('finds jobs by kind, type, status, phase, labels and time, newest first', async () => {
    const user = newUser(target);
    const { id: task, type, createdAt } = await submit(user);
    const { jobId: set } = await user.create(1, 'interior');
    const { id: later } = await submit(user);
    const asked: [string, string[]][] = [
      ['', [later, set, task]], ['kind=task', [later, task]], ['kind=image-set', [set]], [`type=${type}`, [task]],
      ['status=pending', [later, task]], ['status=created', [set]], ['phase=waiting', [later, set, task]],
      ['phase=active', []], ['label=preset:interior', [set]], ['label=preset:seller', []],
      ['label=preset:interior&label=theme:snow', []], ['label=preset:interior&status=created', [set]],
      ['label=preset:interior&kind=task', []], [`createdFrom=${createdAt}`, [later, set, task]],
      [`created_before=${createdAt}`, []], [`parent=${set}`, []], [`owner=${user.id}`, [later, set, task]],
    ];
    for (const [query, ids] of asked) {
      const page = await listed(user, query);
      expect([query, idsOf(page)]).toEqual([query, ids]);
      expect(page).toMatchObject({ nextCursor: null, total: ids.length, totalCapped: false });
    }
  });

  test('has the fields that all jobs share in every row, named alike for each kind', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(2, 'interior');
    const { id, type } = await submit(user, { totalItems: 4 });
    const shared = {
      ownerId: user.id, phase: 'waiting', startedAt: null, endedAt: null, costMicroUsd: 0, parentId: null,
      createdAt: expect.any(String), updatedAt: expect.any(String),
    };
    const { jobs } = await listed(user, '');
    expect(jobs).toMatchObject([
      {
        ...shared, id, kind: 'task', type, status: 'pending', labels: {}, deadlineAt: null,
        progress: { done: 0, failed: 0, total: 4, percent: 0 },
      },
      {
        ...shared, id: jobId, jobId, kind: 'image-set', type: null, status: 'created', labels: { preset: 'interior' },
        deadlineAt: expect.any(String), progress: { done: 0, failed: 0, total: 2, percent: 0 },
      },
    ]);
    for (const row of jobs) {
      const one = (await user.get(`/api/jobs/${row.id}`)).body.data;
      expect(one).toMatchObject(row);
    }
  });

  test('goes through all pages by the cursor, with a total', async () => {
    const user = newUser(target);
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.push((await submit(user)).id);
    const found: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await listed(user, `limit=2${cursor}`);
      expect(page).toMatchObject({ total: 5, totalCapped: false });
      found.push(...idsOf(page));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(found).toEqual(made.toReversed());
  });

  test('leaves large fields out of rows unless they are asked for', async () => {
    const user = newUser(target);
    const id = await ended(user, newWorker(target), { type: 'complete', result: { rows: 7 } }, { data: { file: 'a' } });
    await user.create(1);
    const [, row] = (await listed(user, '')).jobs;
    for (const name of ['data', 'result', 'errorLog', 'items']) expect(row).not.toHaveProperty(name);
    const [set, whole] = (await listed(user, 'fields=data,result')).jobs;
    expect(whole).toMatchObject({ id, data: { file: 'a' }, result: { rows: 7 } });
    expect(whole).not.toHaveProperty('errorLog');
    expect(set).not.toHaveProperty('data');
  });

  test('ends a page early at 1 MiB', async () => {
    const user = newUser(target);
    const data = 'x'.repeat(250_000);
    for (let i = 0; i < 6; i++) await submit(user, { data });
    const page = await listed(user, 'fields=data');
    expect(page.jobs.length).toBeLessThan(6);
    expect(page).toMatchObject({ nextCursor: page.jobs.at(-1).id, total: 6, totalCapped: false });
    expect(await listed(user, '')).toMatchObject({ nextCursor: null, total: 6 });
  });

  test.each([
    ['kind=saga', 'kind'], ['fields=nonsense', 'fields'], ['kind=image-set&fields=data', 'fields'],
    ['label=preset', 'label.0'], ['label=a:1&label=a:2', 'label'], ['createdFrom=yesterday', 'createdFrom'],
    ['parent=x', 'parent'], ['kind=task&kind=image-set', 'kind'],
  ])('refuses %s naming the parameter', async (query, field) => {
    const { status, body } = await newUser(target).get(`/api/jobs?${query}`);
    expect(status).toBe(400);
    expect(Object.keys(body.error.details.fields)).toEqual([field]);
  });

  test('shows other users’ jobs to admins only', async () => {
    const user = newUser(target);
    const { id } = await submit(user);
    expect(await listed(newUser(target), '')).toEqual({ jobs: [], nextCursor: null, total: 0, totalCapped: false });
    const refused = await newUser(target).get(`/api/jobs?owner=${user.id}`);
    expect([refused.status, refused.body.error.code]).toEqual([403, 'forbidden']);
    expect(idsOf(await listed(admin, `owner=${user.id}`))).toEqual([id]);
    const all = await listed(admin, 'limit=1');
    expect(all.total).toBeGreaterThan(1);
  });
});

describe('GET /api/jobs/stats', () => {
  test('counts the caller’s jobs by kind and status, and all users’ for an admin', async () => {
    const user = newUser(target);
    await user.create(1);
    await submit(user);
    await submit(user);
    await ended(user, newWorker(target), { type: 'complete', result: null });
    const counts = [
      { kind: 'image-set', status: 'created', phase: 'waiting', count: 1, capped: false },
      { kind: 'task', status: 'pending', phase: 'waiting', count: 2, capped: false },
      { kind: 'task', status: 'completed', phase: 'succeeded', count: 1, capped: false },
    ];
    expect((await user.get('/api/jobs/stats')).body.data.counts).toEqual(counts);
    expect((await admin.get(`/api/jobs/stats?owner=${user.id}`)).body.data.counts).toEqual(counts);
    expect((await newUser(target).get('/api/jobs/stats')).body.data.counts).toEqual([]);
    expect((await newUser(target).get(`/api/jobs/stats?owner=${user.id}`)).status).toBe(403);
    const everybodys = (await admin.get('/api/jobs/stats')).body.data.counts;
    expect(everybodys.find(({ status }: { status: string }) => status === 'pending').count).toBeGreaterThan(2);
  });
});

describe('/api/jobs/:id of a task', () => {
  test('shows, cancels and retries it as its own routes do', async () => {
    const user = newUser(target);
    const { id } = await submit(user, { data: { street: 'Hlavní' } });
    const before = (await user.get(`/api/jobs/${id}`)).body.data;
    const { progress, ...own } = (await user.get(`/api/v1/jobs/${id}`)).body.data;
    expect(before).toEqual({ ...own, progress: { done: 0, failed: 0, total: null, percent: progress } });
    expect(Object.keys(before).slice(0, 5)).toEqual(['id', 'kind', 'type', 'ownerId', 'status']);
    const early = await user.post(`/api/jobs/${id}/retry`);
    expect([early.status, early.body.error.code]).toEqual([400, 'invalid_state']);
    const canceled = await user.post(`/api/jobs/${id}/cancel`);
    expect(canceled.body.data).toMatchObject({ id, status: 'canceled', cancelReason: 'requested' });
    const again = await user.post(`/api/jobs/${id}/cancel`);
    expect([again.status, again.body.error.code]).toEqual([409, 'conflict']);
    const retried = await user.post(`/api/jobs/${id}/retry`);
    expect(retried.body.data).toMatchObject({ id, status: 'pending', endedAt: null, cancelReason: null });
    expect(await show(user, id)).toMatchObject({ status: 'pending' });
  });

  test('takes the dedupe key again at a retry, which is refused while another task holds it', async () => {
    const user = newUser(target);
    const task = { type: newType(), dedupeKey: 'nightly' };
    const { id } = await submit(user, task);
    await user.post(`/api/jobs/${id}/cancel`);
    const { id: other } = await submit(user, task);
    expect((await user.post(`/api/jobs/${id}/retry`)).body.error).toMatchObject({
      code: 'conflict', details: { taskId: other },
    });
    await user.post(`/api/jobs/${other}/cancel`);
    expect((await user.post(`/api/jobs/${id}/retry`)).status).toBe(200);
    expect((await submit(user, task)).id).toBe(id);
  });

  test.each([['GET', ''], ['GET', '/events'], ['POST', '/cancel'], ['POST', '/retry']] as const)(
    '%s /api/jobs/:id%s is 404 for another’s job and for none',
    async (method, step) => {
      const { id } = await submit(newUser(target));
      const stranger = newUser(target);
      for (const one of [id, randomUUID(), 'no-id']) {
        const path = `/api/jobs/${one}${step}`;
        const answer = await (method === 'GET' ? stranger.get(path) : stranger.post(path));
        expect([answer.status, answer.body.error.code]).toEqual([404, 'not_found']);
      }
    },
  );
});
