import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { ended, failing, newType, newWorker, started, submit, type Task } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

interface Page {
  readonly jobs: readonly Task[];
  readonly nextCursor: string | null;
}

async function list(user: User, query = ''): Promise<Page> {
  const answer = await user.get(`/api/v1/jobs${query}`);
  if (!answer.body.success) throw new Error(JSON.stringify(answer.body.error));
  return answer.body.data;
}

const ids = ({ jobs }: Page): string[] => jobs.map(({ id }) => id);

async function submitted(user: User, count: number, task: Record<string, unknown> = {}): Promise<string[]> {
  const made: string[] = [];
  for (let n = 0; n < count; n++) made.unshift((await submit(user, task)).id);
  return made;
}

describe('GET /api/v1/jobs', () => {
  test('answers the user’s own tasks, newest first, without large fields unless they are asked for', async () => {
    const user = newUser(target);
    await submit(newUser(target));
    const newest = await submitted(user, 3, { data: { a: 1 } });
    const page = await list(user);
    expect(ids(page)).toEqual(newest);
    expect(page.nextCursor).toBeNull();
    const shown = (await user.get(`/api/v1/jobs/${newest[0]}`)).body.data;
    const { data, errorLog, result, steps, waitingFor: _, ...listed } = shown;
    expect(page.jobs[0]).toEqual(listed);
    expect((await list(user, '?fields=data')).jobs[0]).toEqual({ ...listed, data });
    const whole = await list(user, '?fields=data,result,errorLog,steps&limit=1');
    expect(whole.jobs).toEqual([{ ...listed, data, errorLog, result, steps }]);
    const { status, body } = await user.get('/api/v1/jobs?fields=data,secret');
    const problem = expect.stringContaining('must name some of data');
    expect([status, body.error.details.fields]).toEqual([400, { fields: problem }]);
  });

  test('ends a page early where tasks are large, and goes on after it', async () => {
    const user = newUser(target);
    const type = newType();
    const newest = await submitted(user, 9, { type, data: { text: 'x'.repeat(250_000) } });
    expect(JSON.stringify(await list(user)).length).toBeLessThan(20_000);
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page = await list(user, `?fields=data&limit=200${cursor && `&cursor=${cursor}`}`);
      expect(JSON.stringify(page).length).toBeLessThan(1_100_000);
      expect(page.jobs.every(({ data }) => data.text.length === 250_000)).toBe(true);
      found.push(...ids(page));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(newest);
  });

  test('hands workers no more at once than a megabyte', async () => {
    const user = newUser(target);
    const type = newType();
    const made = await submitted(user, 6, { type, data: { text: 'x'.repeat(250_000) } });
    const worker = newWorker(target);
    const first = await worker.take(type, 100);
    const rest = await worker.take(type, 100);
    expect([...first, ...rest].map(({ id }) => id)).toEqual(made.toReversed());
    expect([first.length > 2, first.length < 5]).toEqual([true, true]);
  });

  test('filters by status', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const byStatus = {
      pending: (await submit(user)).id,
      processing: (await started(user, worker)).id,
      completed: await ended(user, worker, { type: 'complete' }),
      failed: await ended(user, worker, failing),
      canceled: (await submit(user)).id,
    };
    await user.delete(`/api/v1/jobs/${byStatus.canceled}`);
    for (const [status, id] of Object.entries(byStatus)) {
      expect(ids(await list(user, `?status=${status}`))).toEqual([id]);
    }
  });

  test('filters by type', async () => {
    const user = newUser(target);
    const type = newType();
    await submit(user);
    const wanted = await submitted(user, 2, { type });
    await submit(user);
    expect(ids(await list(user, `?type=${type}`))).toEqual(wanted);
    expect(ids(await list(user, `?type=${type}&status=pending`))).toEqual(wanted);
    expect(ids(await list(user, `?type=${type}&status=failed`))).toEqual([]);
  });

  test('filters by time of creation, from one time on and before another', async () => {
    const user = newUser(target);
    const all: Task[] = [];
    for (let n = 0; n < 3; n++) {
      const task = await submit(user);
      all.push(task);
      // The next one is of another millisecond.
      while (Date.now() <= Date.parse(task['createdAt']));
    }
    const [first, second, third] = all as [Task, Task, Task];
    expect(ids(await list(user, `?createdFrom=${second['createdAt']}`))).toEqual([third.id, second.id]);
    expect(ids(await list(user, `?createdBefore=${second['createdAt']}`))).toEqual([first.id]);
    const between = `?createdFrom=${second['createdAt']}&createdBefore=${third['createdAt']}`;
    expect(ids(await list(user, between))).toEqual([second.id]);
    expect(ids(await list(user, '?createdBefore=1999-12-31'))).toEqual([]);
  });

  test('pages through all tasks by cursor, each once', async () => {
    const user = newUser(target);
    const all = await submitted(user, 5);
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page: Page = await list(user, `?limit=2${next === '' ? '' : `&cursor=${next}`}`);
      expect(page.jobs.length).toBeLessThanOrEqual(2);
      seen.push(...ids(page));
      next = page.nextCursor;
    }
    expect(seen).toEqual(all);
  });

  test('pages through all tasks by offset', async () => {
    const user = newUser(target);
    const all = await submitted(user, 5);
    expect(ids(await list(user, '?limit=2&offset=0'))).toEqual(all.slice(0, 2));
    expect(ids(await list(user, '?limit=2&offset=2'))).toEqual(all.slice(2, 4));
    expect(ids(await list(user, '?limit=2&offset=4'))).toEqual(all.slice(4));
    expect(ids(await list(user, '?offset=5'))).toEqual([]);
  });

  test('answers 50 tasks by default', async () => {
    const user = newUser(target);
    const jobs = Array.from({ length: 51 }, () => ({ type: newType(), data: null }));
    await user.post('/api/v1/jobs/bulk', { action: 'create', jobs });
    expect((await list(user)).jobs).toHaveLength(50);
    expect((await list(user, '?limit=200')).jobs).toHaveLength(51);
    expect((await list(user, '?limit=100000000000000000000')).jobs).toHaveLength(51);
  });

  test.each([
    ['limit=0', ['limit']], ['limit=1.5', ['limit']], ['limit=x', ['limit']], ['offset=-1', ['offset']],
    ['offset=10001', ['offset']], ['cursor=nope', ['cursor']], ['status=done', ['status']], ['type=a%20b', ['type']],
    ['createdFrom=yesterday', ['createdFrom']], ['createdBefore=5', ['createdBefore']],
    ['offset=1&cursor=01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', ['cursor', 'offset']],
  ])('answers 400 to ?%s, naming the field', async (query, fields) => {
    const answer = await newUser(target).get(`/api/v1/jobs?${query}`);
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body.error.details.fields).sort()).toEqual(fields);
  });

  test('shows an admin the tasks of every user, or of one', async () => {
    const [one, other] = [newUser(target), newUser(target)];
    const type = newType();
    const first = await submit(one, { type });
    const second = await submit(other, { type });
    const admin = newUser(target, 'admin');
    expect(ids(await list(admin, `?type=${type}`))).toEqual([second.id, first.id]);
    expect(ids(await list(admin, `?owner=${one.id}`))).toEqual([first.id]);
    expect(ids(await list(one, `?owner=${one.id}`))).toEqual([first.id]);
    expect((await one.get(`/api/v1/jobs?owner=${other.id}`)).status).toBe(403);
  });
});
