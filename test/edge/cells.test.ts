import { beforeAll, expect, test } from 'vitest';
import worker from '../../src/main/cloudflare/worker.ts';
import { readPlaces } from '../../src/main/cloudflare/cell/place.ts';
import { envWith, migrateD1, must, type Answer } from './edge.ts';

/** Two types in cells of their own, and all others in the first. */
const env = envWith({ TASK_CELLS: 'in-two=2, in-three=3' });
const types = ['in-one', 'in-two', 'in-three'];

beforeAll(migrateD1);

async function call(user: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${user}` };
  const request = new Request(`http://127.0.0.1:8787${path}`, {
    method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await worker.fetch(request, env);
  return { status: response.status, body: await response.json() };
}

const submit = async (user: string, type: string, more: object = {}): Promise<string> =>
  must(await call(user, 'POST', '/api/v1/jobs', { type, data: {}, ...more })).id;
const listed = async (user: string, query: string): Promise<any> =>
  must(await call(user, 'GET', `/api/v1/jobs?${query}`));
const idsOf = ({ jobs }: { jobs: { id: string }[] }): string[] => jobs.map(({ id }) => id);

async function take(workerId: string, wanted: object): Promise<{ id: string; leaseId: string; type: string }[]> {
  const all = { workerId, types, limit: 10, leaseMs: 30_000, waitMs: 0, ...wanted };
  return must(await call('ops', 'POST', '/api/v1/workers/take', all)).tasks;
}

async function drain(workerId: string): Promise<void> {
  for (;;) {
    const tasks = await take(workerId, { limit: 100 });
    if (tasks.length === 0) return;
    const reports = tasks.map(({ leaseId }) => ({ leaseId, type: 'complete', result: 1 }));
    const { outcomes } = must(await call('ops', 'POST', '/api/v1/workers/report', { workerId, reports }));
    expect(outcomes.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
  }
}

test('a task is where its type is, and its id says so', async () => {
  const ids = await Promise.all(types.map((type) => submit('places', type)));
  expect(ids.map((id) => id.slice(-3))).toEqual(['001', '002', '003']);
  for (const [at, id] of ids.entries()) {
    expect(must(await call('places', 'GET', `/api/v1/jobs/${id}`))).toMatchObject({ type: types[at] });
    expect(must(await call('places', 'GET', `/api/jobs/${id}/events`)).events).toHaveLength(1);
  }
  const other = `${ids[0]!.slice(0, -3)}002`;
  expect((await call('places', 'GET', `/api/v1/jobs/${other}`)).status).toBe(404);
  await drain('places');
});

test('a list has the tasks of all cells in the order of their creation, however it is cut', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 12; n++) ids.unshift(await submit('lists', types[n % 3]!));
  expect(idsOf(await listed('lists', 'limit=50'))).toEqual(ids);
  for (const limit of [1, 2, 5]) {
    const found: string[] = [];
    let cursor = '';
    do {
      const page = await listed('lists', `limit=${limit}${cursor}`);
      found.push(...idsOf(page));
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(found, `pages of ${limit}`).toEqual(ids);
  }
  expect(idsOf(await listed('lists', 'limit=3&offset=4'))).toEqual(ids.slice(4, 7));
  expect(idsOf(await listed('lists', 'type=in-two'))).toEqual(ids.filter((id) => id.endsWith('2')));
  const all = must(await call('lists', 'GET', '/api/jobs?limit=5'));
  expect([idsOf(all), all.total]).toEqual([ids.slice(0, 5), 12]);
  const statuses = must(await call('lists', 'GET', '/api/jobs/stats'));
  expect(JSON.stringify(statuses)).toContain('"count":12');
  await drain('lists');
});

test('a worker takes of all cells, no more than it asked for, and is woken by any', async () => {
  for (const type of types) await submit('takes', type);
  expect(await take('limited', { limit: 2 })).toHaveLength(2);
  const [third] = await take('limited', { limit: 2 });
  expect(third).toBeDefined();
  const waiting = take('waiting', { limit: 5, waitMs: 10_000 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const id = await submit('takes', 'in-three');
  expect((await waiting).map((task) => task.id)).toEqual([id]);
  // The waits in the other cells have ended with it: what comes now is nobody's.
  await submit('takes', 'in-two');
  expect(await take('other', { limit: 5 })).toMatchObject([{ type: 'in-two' }]);
});

test('many are submitted, canceled and counted, wherever they are', async () => {
  const jobs = Array.from({ length: 30 }, (_, n) => ({ type: types[n % 3], data: { n } }));
  const made = must(await call('bulk', 'POST', '/api/v1/jobs/bulk', { action: 'create', jobs }));
  expect(made).toMatchObject({ succeeded: 30, failed: 0 });
  const ids = made.results.map(({ id }: { id: string }) => id);
  expect(ids.map((id: string) => Number(id.slice(-3)))).toEqual(jobs.map((_, n) => (n % 3) + 1));
  const some = must(await call('bulk', 'POST', '/api/v1/jobs/bulk', { action: 'cancel', ids: ids.slice(0, 7) }));
  expect([some.succeeded, some.results.map(({ id }: { id: string }) => id)]).toEqual([7, ids.slice(0, 7)]);
  const filter = { status: 'pending' };
  const rest = must(await call('bulk', 'POST', '/api/v1/jobs/bulk', { action: 'cancel', filter }));
  expect(rest.succeeded).toBe(23);
});

test('what would cross cells is refused by name', async () => {
  const first = await submit('crossing', 'in-one');
  const waiting = { type: 'in-two', data: {}, dependsOn: [first] };
  const { status, body } = await call('crossing', 'POST', '/api/v1/jobs', waiting);
  expect([status, body.error.details.fields]).toEqual([400, { dependsOn: 'is in another cell' }]);
  expect(body.error.message).toContain('TASK_CELLS');
  expect(await submit('crossing', 'in-one', { dependsOn: [first] })).toMatch(/001$/);
});

test('a schedule is in the cell of its type, and schedules of all are listed', async () => {
  const ids = [];
  for (const type of types) {
    const schedule = { name: `every ${type}`, cron: '0 0 1 1 *', timeZone: 'UTC', type, data: {} };
    ids.push(must(await call('planner', 'POST', '/api/v1/schedules', schedule)).scheduleId);
  }
  expect(ids.map((id) => id.slice(-3))).toEqual(['001', '002', '003']);
  const { schedules } = must(await call('planner', 'GET', '/api/v1/schedules?limit=50'));
  expect(schedules.map(({ scheduleId }: { scheduleId: string }) => scheduleId)).toEqual(ids);
  expect(must(await call('planner', 'POST', `/api/v1/schedules/${ids[2]}/trigger`, {})).jobId).toMatch(/003$/);
});

test('webhooks of all cells are signed with the secret of the user', async () => {
  const secret = must(await call('signed', 'GET', '/api/v1/webhooks/secret'));
  for (const type of types) await submit('signed', type, { webhookUrl: `http://gpu.test/ok/signed-${type}` });
  await drain('signed');
  await expect.poll(async () => {
    const { deliveries } = must(await call('signed', 'GET', '/api/v1/webhooks/deliveries'));
    return deliveries.filter(({ state }: { state: string }) => state === 'delivered').length;
  }, { timeout: 15_000 }).toBe(3);
  expect(must(await call('signed', 'GET', '/api/v1/webhooks/secret'))).toEqual(secret);
});

const wrong = ['resize', 'resize=0', 'resize=101', 'a b=2', 'resize=two'];
test.each(wrong)('TASK_CELLS=%s is refused with an example', (text) => {
  expect(readPlaces(text)).toMatch(/^TASK_CELLS must be like "resize=2,email=3"/);
});
