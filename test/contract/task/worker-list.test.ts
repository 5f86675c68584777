import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createWorker } from '../../../src/kinds/task/worker/index.ts';
import { openTarget, type Target } from '../target.ts';
import { newUser, request, type Answer } from '../user.ts';
import { newType, newWorker, submit } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const list = (query = '', url = target.url, token = 'ops'): Promise<Answer> =>
  request(`${url}/api/v1/workers${query}`, 'GET', undefined, { authorization: `Bearer ${token}` });

async function find(id: string, url = target.url): Promise<any> {
  // From just before it: other files of tests may use the same server.
  const from = encodeURIComponent(id.slice(0, -1));
  return (await list(`?limit=100&cursor=${from}`, url)).body.data.workers.find((one: { id: string }) => one.id === id);
}

/** Workers are noted beside what they ask for. */
async function until(id: string, holds: (worker: any) => boolean): Promise<any> {
  return expect.poll(async () => holds(await find(id)), { timeout: 10_000, interval: 20 }).toBe(true);
}

const beat = (workerId: string, body: Record<string, unknown>): Promise<Answer> =>
  request(`${target.workerUrl}/api/v1/workers/heartbeat`, 'POST', { workerId, leaseIds: [], ...body }, {
    authorization: 'Bearer ops',
  });

describe('the list of workers', () => {
  test('shows at every server what each worker holds, until it stops', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const type = newType();
    const before = new Date(Date.now() - 1_000).toISOString();
    const [first, second] = [await submit(user, { type }), await submit(user, { type })];
    const leases = await worker.take(type, 2);
    expect(leases.map(({ id }) => id)).toEqual([first.id, second.id]);
    await until(worker.id, (one) => one !== undefined);
    for (const url of [target.url, target.workerUrl]) {
      const found = await find(worker.id, url);
      expect(found).toMatchObject({
        id: worker.id, types: [type], holds: { count: 2, jobs: [{ id: first.id, type }, { id: second.id, type }] },
      });
      for (const at of [found.since, found.heardAt, found.holds.jobs[0].since]) expect(at > before).toBe(true);
    }
    await worker.report({ leaseId: leases[0]!.leaseId, type: 'complete' });
    expect((await find(worker.id)).holds).toMatchObject({ count: 1, jobs: [{ id: second.id }] });
    expect((await beat(worker.id, { types: [type], stopping: true })).status).toBe(200);
    await until(worker.id, (one) => one === undefined);
    // It is on its way out, and says the last that it has to say.
    await beat(worker.id, { leaseIds: [leases[1]!.leaseId] });
    await worker.report({ leaseId: leases[1]!.leaseId, type: 'complete' });
    expect(await find(worker.id)).toBeUndefined();
  });

  test('shows a worker of createWorker from its start to its end', async () => {
    const type = newType();
    const workerId = `worker-${type}`;
    const silent = (): void => {};
    const logger = { debug: silent, info: silent, warn: silent, error: silent };
    const worker = createWorker({
      server: target.workerUrl, token: 'ops', workerId, signals: false, logger, handlers: { [type]: silent },
    });
    onTestFinished(() => worker.stop());
    await until(workerId, (one) => one?.types[0] === type && one.holds.count === 0);
    await worker.stop();
    await until(workerId, (one) => one === undefined);
  });

  test('comes in pages, by id', async () => {
    const type = newType();
    const ids = ['p1', 'p2', 'p3'].map((name) => `${type}-${name}`);
    for (const id of ids) await beat(id, { types: [type] });
    await until(ids[2]!, (one) => one !== undefined);
    const first = await list(`?limit=2&cursor=${type}`);
    expect(first.body.data).toMatchObject({
      workers: [{ id: ids[0] }, { id: ids[1] }], complete: true, nextCursor: ids[1],
    });
    const { workers } = (await list(`?limit=1&cursor=${first.body.data.nextCursor}`)).body.data;
    expect(workers).toMatchObject([{ id: ids[2] }]);
    for (const id of ids) await beat(id, { stopping: true });
  });

  test('is for operators: 401 without a token, 403 with a user’s', async () => {
    expect((await request(`${target.url}/api/v1/workers`, 'GET')).status).toBe(401);
    const { body } = await newUser(target).post('/api/tokens', { name: 'only a user', roles: ['user'] });
    expect((await list('', target.url, body.data.key)).status).toBe(403);
    expect((await list('?limit=0')).status).toBe(400);
  });
});
