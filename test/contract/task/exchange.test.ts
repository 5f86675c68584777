import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, request, type User } from '../user.ts';
import { newType, newWorker, show, submit, untilEnded, type Worker } from './tasks.ts';

let target: Target;
let user: User;
let worker: Worker;
beforeAll(async () => {
  target = await openTarget();
  user = newUser(target);
  worker = newWorker(target);
});
afterAll(() => target.close());

interface Given {
  readonly id: string;
  readonly token: number;
}

const leaseMs = 600_000;
const take = async (type: string, count: number, waitMs = 0): Promise<readonly Given[]> =>
  (await worker.post('exchange', { types: [type], take: count, leaseMs, waitMs })).tasks;
const report = (...done: readonly unknown[]): Promise<any> => worker.post('exchange', { done });

/** So many tasks of a new type, taken. */
async function taken(count: number, more: Record<string, unknown> = {}): Promise<readonly Given[]> {
  const type = newType();
  for (let n = 0; n < count; n++) await submit(user, { type, data: n, ...more });
  const tasks = await take(type, count);
  expect(tasks).toHaveLength(count);
  return tasks;
}

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

describe('an exchange', () => {
  test('stores what was done, then hands out tasks, and names only what is not as usual', async () => {
    const type = newType();
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { id: first } = await submit(user, { type, data: { n: 1 } });
    const [one] = await take(type, 5);
    const answer = await user.post(
      '/api/v1/jobs',
      { type, data: { n: 2 }, totalItems: 3, timeout: 3_600_000, maxAttempts: 2 },
      { traceparent: trace },
    );
    const second = answer.body.data;
    const done = [[one!.id, one!.token, 'complete', { ok: 1 }]];
    const next = await worker.post('exchange', { done, types: [type], take: 5, leaseMs });
    expect(next).toMatchObject({ refused: [], calledOff: [] });
    expect(next.tasks).toEqual([{
      id: second.id, token: expect.any(Number), type, data: { n: 2 }, attempt: 1, maxAttempts: 2,
      createdAt: expect.any(String), createdById: user.id, totalItems: 3, timeoutAt: expect.any(String),
      traceparent: expect.stringContaining(trace.slice(3, 35)),
    }]);
    expect(Date.parse(next.leasedUntil) - Date.parse(next.now)).toBeGreaterThan(leaseMs - 60_000);
    expect(await show(user, first)).toMatchObject({ status: 'completed', result: { ok: 1 } });
    expect(await worker.post('exchange', { types: [type], take: 5 })).toEqual({
      refused: [], calledOff: [], tasks: [], now: expect.any(String), leasedUntil: null,
    });
  });

  test('stores every sort of report on a task in its order, whatever comes of the others', async () => {
    const [one, other] = await taken(2) as [Given, Given];
    const of = ({ id, token }: Given, ...rest: unknown[]): unknown[] => [id, token, ...rest];
    const answer = await report(
      of(one, 'progress', { number: 1, processed: 1, total: 4 }),
      of(one, 'step', { name: 'upload', result: { file: 'a' } }),
      of(one, 'log', { firstLine: 1, lines: [{ at: '2026-11-22T09:30:00Z', level: 'info', message: 'said' }] }),
      of(one, 'error', { number: 2, item: 'row 2', message: 'odd' }),
      of(one, 'cost', { number: 3, microUsd: 7 }),
      of(one, 'fail', { message: 'not yet', retry: true, retryAfterMs: 3_000_000 }),
      of(other, 'release'),
    );
    expect(answer).toMatchObject({ refused: [], calledOff: [], tasks: [] });
    const task = await show(user, one.id);
    expect(task).toMatchObject({ status: 'pending', attempt: 1, costMicroUsd: 7 });
    expect(task.errorLog.map(({ message }: any) => message)).toEqual(['odd', 'not yet']);
    expect((await user.get(`/api/v1/jobs/${one.id}/logs`)).body.data.lines).toMatchObject([{ message: 'said' }]);
    expect(await show(user, other.id)).toMatchObject({ status: 'pending', attempt: 0 });
  });

  test.for<[string, (task: Given) => unknown, RegExp]>([
    ['no list', () => 'complete', /^it must be a list/],
    ['no token', ({ id }) => [id, null, 'complete'], /^1 /],
    ['a token that is none', ({ id }) => [id, 1.5, 'complete'], /^1 /],
    ['an id that is none', ({ token }) => ['x y', token, 'complete'], /^it must begin with the id/],
    ['no type', ({ id, token }) => [id, token], /^2 /],
    ['a word that is none', ({ id, token }) => [id, token, 'compleet'], /^type /],
    ['too much', ({ id, token }) => [id, token, 'complete', 1, 2], /^it must have at most 4/],
    ['a text for an object', ({ id, token }) => [id, token, 'fail', 'no'], /^it must have an object/],
    ['a message that is too long', ({ id, token }) => [id, token, 'fail', { message: 'x'.repeat(2_001) }], /^message/],
    ['a negative number', ({ id, token }) => [id, token, 'progress', { processed: -1 }], /^processed must be at least/],
    ['a result nested too deep', ({ id, token }) => [id, token, 'complete', nested(65)], /^result\.0/],
    ['a result that is too large', ({ id, token }) => [id, token, 'complete', 'x'.repeat(262_144)], /^result must/],
    ['a NUL in a name', ({ id, token }) => [id, token, 'complete', { 'a\u0000': 1 }], /^result\..* has a name with/],
  ])('refuses a report with %s by itself, and says why', async ([, bad, why]) => {
    const [first, second, third] = await taken(3) as [Given, Given, Given];
    const { refused } = await report([first.id, first.token, 'complete', 1], bad(second), [third.id, third.token,
      'complete']);
    expect(refused).toEqual([[1, 'invalid_request', expect.stringMatching(why)]]);
    const states = await Promise.all([first, second, third].map(async ({ id }) => (await show(user, id)).status));
    expect(states).toEqual(['completed', 'processing', 'completed']);
  });

  test('refuses what is said of a lease that is lost, of no task, and of what is no child', async () => {
    const [one, stranger] = await taken(2) as [Given, Given];
    await report([one.id, one.token, 'release']);
    const nobody = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
    const { refused } = await report(
      [one.id, one.token, 'complete'], [one.id, one.token + 7, 'progress', { processed: 1 }], [nobody, 2, 'complete'],
      [stranger.id, stranger.token, 'suspend', { waitsFor: [one.id] }],
      [one.id, one.token, 'log', { lines: [{ at: '2026-11-22T09:30:00Z', level: 'info', message: 'late' }] }],
    );
    expect(refused.map(([index, code]: [number, string]) => [index, code])).toEqual([
      [0, 'lease_lost'], [1, 'lease_lost'], [2, 'not_found'], [3, 'invalid_request'], [4, 'lease_lost'],
    ]);
  });

  test('may be repeated when its answer was lost: nothing is stored twice, and nothing refused', async () => {
    const [one, two, three, four] = await taken(4) as [Given, Given, Given, Given];
    const done = [
      [one.id, one.token, 'cost', { number: 1, microUsd: 5 }],
      [one.id, one.token, 'complete', 'done'],
      [two.id, two.token, 'fail', { message: 'no', retry: false }],
      [three.id, three.token, 'release'],
      [four.id, four.token, 'step', { name: 'a', result: 1 }],
      [four.id, four.token, 'suspend', { delayMs: 3_000_000 }],
    ];
    const first = await report(...done);
    // What came before the end of an attempt is said again of one that has ended.
    const again = await report(...done);
    expect(first.refused).toEqual([]);
    expect(again.refused.map(([index, code]: [number, string]) => [done[index]![2], code])).toEqual([
      ['cost', 'lease_lost'], ['step', 'lease_lost'],
    ]);
    const events = (await untilEnded(target, user, one.id)).map(({ event }) => event);
    expect(events.filter((event) => event === 'TaskCompleted')).toHaveLength(1);
    expect(await show(user, one.id)).toMatchObject({ status: 'completed', costMicroUsd: 5 });
    expect(await show(user, two.id)).toMatchObject({ status: 'failed', errorLog: [{ message: 'no' }] });
  });

  test('gives each task to one of several workers at once, and takes its end from that one alone', async () => {
    const type = newType();
    for (let n = 0; n < 20; n++) await submit(user, { type, data: n });
    const workers = [newWorker(target), newWorker(target)] as const;
    const asked = { types: [type], take: 10, leaseMs };
    const given: Given[][] = await Promise.all(
      workers.map(async (one) => [
        ...(await one.post('exchange', asked)).tasks, ...(await one.post('exchange', asked)).tasks,
      ]),
    );
    expect(new Set(given.flat().map(({ id }) => id)).size).toBe(20);
    expect(given.flat()).toHaveLength(20);
    const entries = given.flat().map(({ id, token }) => [id, token, 'complete', null]);
    const answers = await Promise.all(workers.map((one) => one.post('exchange', { done: entries })));
    // The second one says of the same leases what was said already.
    expect(answers.map(({ refused }) => refused)).toEqual([[], []]);
    const events = (await untilEnded(target, user, given.flat()[0]!.id)).map(({ event }) => event);
    expect(events.filter((event) => event === 'TaskCompleted')).toHaveLength(1);
  });

  test('names tasks of its reports that are to be canceled, and those that are canceled by their end', async () => {
    const [one, other] = await taken(2) as [Given, Given];
    expect((await user.delete(`/api/v1/jobs/${one.id}`)).status).toBe(200);
    const [first, second] = [
      [one.id, one.token, 'progress', { processed: 1 }], [other.id, other.token, 'cost', { microUsd: 1 }],
    ];
    expect(await report(first, second)).toMatchObject({ refused: [], calledOff: [one.id] });
    expect(await report([one.id, one.token, 'fail', { message: 'stopped' }])).toMatchObject({ calledOff: [one.id] });
    expect(await show(user, one.id)).toMatchObject({ status: 'canceled' });
    expect(await report([other.id, other.token, 'complete'])).toMatchObject({ refused: [], calledOff: [] });
  });

  test('waits for a task as long as it is told to, and until its worker stops', async () => {
    const type = newType();
    const waiting = take(type, 3, 30_000);
    const { id } = await submit(user, { type });
    expect(await waiting).toMatchObject([{ id }]);
    const stopped = take(type, 3, 30_000);
    const said = { leaseIds: [], stopping: true };
    const isOver = stopped.then(() => true);
    while (!(await Promise.race([isOver, worker.post('heartbeat', said).then(() => false)])));
    expect(await stopped).toEqual([]);
  });

  test('hands out nothing of a type that is paused, and stores reports on it', async () => {
    const type = newType();
    await submit(user, { type });
    const [one] = await take(type, 1);
    const ops = newUser(target);
    expect((await ops.post(`/api/v1/types/${type}/pause`)).status).toBe(200);
    await submit(user, { type });
    const done = [[one!.id, one!.token, 'complete']];
    expect(await worker.post('exchange', { done, types: [type], take: 5 })).toMatchObject({ refused: [], tasks: [] });
    expect((await ops.post(`/api/v1/types/${type}/resume`)).status).toBe(200);
    expect(await take(type, 5, 10_000)).toHaveLength(1);
  });

  test('says of a lease that ends with the attempt’s time when that is', async () => {
    const type = newType();
    await submit(user, { type, timeout: 60_000, priority: 5 });
    await submit(user, { type });
    const { tasks, leasedUntil } = await worker.post('exchange', { types: [type], take: 2, leaseMs });
    expect(tasks[0].leasedUntil).toBe(tasks[0].timeoutAt);
    expect(Date.parse(tasks[0].leasedUntil)).toBeLessThan(Date.parse(leasedUntil));
    expect(tasks[1]).not.toHaveProperty('leasedUntil');
    const leaseIds = tasks.map(({ id, token }: Given) => `${id}.${token}`);
    const { leases } = await worker.post('heartbeat', { leaseIds, leaseMs });
    expect(leases[0].leasedUntil).toBe(tasks[0].timeoutAt);
  });

  test('brings the steps of earlier attempts, and the schemas that a worker sends count', async () => {
    const type = newType();
    await submit(user, { type });
    const schema = { type: 'object', required: ['file'] };
    const first = await worker.post('exchange', {
      types: [type], take: 1, leaseMs, inputSchemas: { [type]: schema },
    });
    const [{ id, token }] = first.tasks as [Given];
    await report([id, token, 'step', { name: 'upload', result: 'x' }], [id, token, 'fail', {
      message: 'again', retryAfterMs: 0,
    }]);
    expect(await take(type, 1, 10_000)).toMatchObject([{ id, attempt: 2, steps: [{ name: 'upload', result: 'x' }] }]);
    // Another server may take a moment to hear of it.
    await vi.waitFor(() => expect(submit(user, { type, data: {} })).rejects.toThrow(/file/), { timeout: 20_000 });
  });

  test('is refused as a whole where it is not one', async () => {
    const post = async (body: unknown, headers = { authorization: 'Bearer ops' }) => {
      const answer = await request(`${target.workerUrl}/api/v1/workers/exchange`, 'POST', body, headers);
      return [answer.status, answer.body.error?.details?.fields ?? answer.body.error?.code];
    };
    const workerId = 'w';
    expect(await post({ workerId, take: 1 })).toEqual([400, { types: 'must not be empty when you take tasks' }]);
    expect(await post({ workerId, take: 1_001, types: ['a'] })).toEqual([400, { take: 'must be at most 1000' }]);
    expect(await post({ workerId, done: {} })).toEqual([400, { done: 'must be a list' }]);
    expect(await post({ workerId, done: new Array(1_001).fill(0) })).toEqual([
      400, { done: 'must have at most 1000 entries' },
    ]);
    expect(await post({ workerId, waitMs: 30_001 })).toEqual([400, { waitMs: 'must be at most 30000' }]);
    expect(await post({ workerId, leaseMs: 10 })).toEqual([400, { leaseMs: 'must be at least 1000' }]);
    expect(await post({})).toEqual([400, { workerId: 'is required' }]);
    expect(await post({ workerId, done: ['x'.repeat(1_100_000)] })).toEqual([413, { body: expect.any(String) }]);
    expect(await post({ workerId }, {} as never)).toEqual([401, 'unauthenticated']);
    expect(await post({ workerId })).toEqual([200, undefined]);
  });
});
