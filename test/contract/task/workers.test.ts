import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  CanceledError, createWorker, DoNotRetry, RetryAfter, ShutdownError, TimeoutError, type Handlers, type Worker,
  type WorkerOptions,
} from '../../../src/kinds/task/worker/index.ts';
import { start } from '../../cli/program.ts';
import { openTarget, type Target } from '../target.ts';
import { newUser, request, type User } from '../user.ts';
import { eventsIn, newType, openEvents, show, submit, untilEnded, type Task } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const silent = (): void => {};
const logger = { debug: silent, info: silent, warn: silent, error: silent };

/** A worker that is stopped when the test is over. */
function work(handlers: Handlers, options: Partial<WorkerOptions> = {}): Worker {
  const worker = createWorker({ server: target.workerUrl, token: 'ops', signals: false, logger, handlers, ...options });
  onTestFinished(() => worker.stop());
  return worker;
}

async function ended(id: string, userId: string): Promise<Task> {
  const user = newUser(target, userId);
  await untilEnded(target, user, id);
  return show(user, id);
}

/** Resolves at the first event after which the task has the status. */
async function reaches(user: User, id: string, status: string): Promise<void> {
  for await (const _ of eventsIn(await openEvents(target, user, `${id}/events`))) {
    if ((await show(user, id)).status === status) return;
  }
  throw new Error(`the task ended before it was ${status}`);
}

/** What a worker says of itself, without the worker. */
async function say(path: string, body: Record<string, unknown>, url = target.workerUrl): Promise<any> {
  const answer = await request(`${url}/api/v1/workers/${path}`, 'POST', body, { authorization: 'Bearer ops' });
  if (!answer.body.success) throw new Error(JSON.stringify(answer.body));
  return answer.body.data;
}

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));

describe('a worker', () => {
  test('does tasks with its handlers, while people watch the progress', async () => {
    const user = newUser(target);
    const type = newType();
    const rows = Array.from({ length: 1_200 }, (_, row) => row);
    const { id } = await submit(user, { type, data: { rows } });
    work({
      [type]: async (job, ctx) => {
        let n = 0;
        for (const _ of job.data.rows) {
          ctx.signal.throwIfAborted();
          await ctx.progress(++n, job.data.rows.length);
        }
        return { imported: n };
      },
    });
    expect(await ended(id, user.id)).toMatchObject({
      status: 'completed', progress: 100, processedItems: 1_200, totalItems: 1_200, attempt: 1,
      result: { imported: 1_200 },
    });
  });

  test('works beside any number of others, at any server, and each task is done once', async () => {
    const user = newUser(target);
    const type = newType();
    const tasks = await Promise.all(Array.from({ length: 40 }, () => submit(user, { type })));
    const done: string[] = [];
    const handler = async (job: { id: string }): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      done.push(job.id);
    };
    for (const server of [target.workerUrl, target.url, target.workerUrl, target.url]) {
      work({ [type]: handler }, { server, concurrency: 3 });
    }
    for (const { id } of tasks) expect(await ended(id, user.id)).toMatchObject({ status: 'completed', attempt: 1 });
    expect(done.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
  });

  test('keeps its task by heartbeats for longer than a lease', async () => {
    const user = newUser(target);
    const type = newType();
    const { id } = await submit(user, { type });
    const begun = Promise.withResolvers<void>();
    const handler = (): Promise<string> => {
      begun.resolve();
      return new Promise((resolve) => setTimeout(() => resolve('kept'), 4_500));
    };
    work({ [type]: handler }, { leaseMs: 2_000 });
    await begun.promise;
    work({ [type]: () => 'stolen' }, { server: target.url, leaseMs: 1_000 });
    expect(await ended(id, user.id)).toMatchObject({ status: 'completed', result: 'kept', attempt: 1, errorLog: [] });
  });

  test('that dies loses its task to another, and its later reports are refused', async () => {
    const user = newUser(target);
    const type = newType();
    const { id } = await submit(user, { type });
    const dead = 'dead-worker';
    const { tasks } = await say('take', { workerId: dead, types: [type], limit: 10, leaseMs: 1_000, waitMs: 5_000 });
    expect(tasks).toMatchObject([{ id, type, data: null, attempt: 1, createdById: user.id, timeoutAt: null }]);
    const [{ leaseId }] = tasks;
    const begun = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    work({ [type]: () => (begun.resolve(), open.promise.then(() => 'alive')) }, { server: target.url });
    await begun.promise;
    const said = [
      { type: 'progress', processed: 7, total: 9 },
      { type: 'error', message: 'late' },
      { type: 'cost', microUsd: 5 },
      { type: 'log', lines: [{ at: '2026-11-22T09:30:00.000Z', level: 'info', message: 'late' }] },
      { type: 'fail', message: 'late' },
      { type: 'release' },
      { type: 'complete', result: 'late' },
    ];
    const { outcomes } = await say('report', { workerId: dead, reports: said.map((each) => ({ leaseId, ...each })) });
    expect(outcomes).toMatchObject(said.map(() => ({ ok: false, error: { code: 'lease_lost' } })));
    const { leases } = await say('heartbeat', { workerId: dead, leaseIds: [leaseId], leaseMs: 1_000 });
    expect(leases).toEqual([{ leaseId, leasedUntil: null, cancelRequested: false }]);
    open.resolve();
    expect(await ended(id, user.id)).toMatchObject({
      status: 'completed', result: 'alive', attempt: 2, processedItems: 0, costMicroUsd: 0,
      errorLog: [{ message: 'The worker sent no heartbeat in time.' }],
    });
  });

  test('at SIGTERM stops taking, gives its tasks time to end, and returns the rest', async () => {
    const user = newUser(target);
    const type = newType();
    const folder = mkdtempSync(join(tmpdir(), 'waybill-workers-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [file, go] = [join(folder, 'handlers.mjs'), join(folder, 'go')];
    writeFileSync(file, `
      import { existsSync } from 'node:fs';
      export const handlers = { '${type}': async () => {
        console.error('begun');
        while (!existsSync('${go}')) await new Promise((resolve) => setTimeout(resolve, 10));
        return 'in time';
      } };`);
    const args = ['--server', target.workerUrl, '--token', 'ops', '--handlers', file, '--concurrency', '1'];
    const worker = start(['worker', 'tasks', ...args, '--prefetch', '1']);
    onTestFinished(() => void worker.process.kill('SIGKILL'));
    const first = await submit(user, { type });
    await worker.says(/begun/);
    const second = await submit(user, { type });
    await reaches(user, second.id, 'processing');
    worker.process.kill('SIGTERM');
    await reaches(user, second.id, 'pending');
    const third = await submit(user, { type });
    writeFileSync(go, '');
    expect((await worker.ended).status).toBe(0);
    expect(await show(user, first.id)).toMatchObject({ status: 'completed', result: 'in time', attempt: 1 });
    expect(await show(user, second.id)).toMatchObject({ status: 'pending', attempt: 0, errorLog: [] });
    expect(await show(user, third.id)).toMatchObject({ status: 'pending', attempt: 0 });
  });
});

describe('the handler’s ctx', () => {
  test('reports progress, errors with their item, a log and costs', async () => {
    const user = newUser(target);
    const type = newType();
    const { id } = await submit(user, { type });
    work({
      [type]: async (_job, ctx) => {
        ctx.log('reads the file');
        ctx.log('warn', 'row 3 is odd');
        ctx.error('row 3', 'no name');
        ctx.cost(1_500);
        await ctx.progress(2, 3);
        throw new DoNotRetry('the rest cannot be read');
      },
    });
    expect(await ended(id, user.id)).toMatchObject({
      status: 'failed', progress: 66, processedItems: 2, totalItems: 3, costMicroUsd: 1_500,
      errorLog: [{ item: 'row 3', message: 'no name' }, { message: 'the rest cannot be read' }],
    });
  });

  test('has a signal that is aborted at cancel, and the task is canceled when the handler has stopped', async () => {
    const user = newUser(target);
    const type = newType();
    const { id } = await submit(user, { type });
    const begun = Promise.withResolvers<void>();
    let reason: unknown;
    work({
      [type]: async (_job, { signal }) => {
        begun.resolve();
        reason = await aborted(signal);
        expect((await show(user, id)).status).toBe('processing');
        throw reason;
      },
    }, { leaseMs: 1_000 });
    await begun.promise;
    expect((await user.delete(`/api/v1/jobs/${id}`)).status).toBe(200);
    expect(await ended(id, user.id)).toMatchObject({ status: 'canceled', cancelReason: 'requested' });
    expect(reason).toBeInstanceOf(CanceledError);
  });

  test('has a signal that is aborted at the timeout, when the attempt has failed', async () => {
    const user = newUser(target);
    const type = newType();
    const { id } = await submit(user, { type, timeout: 1_000, maxAttempts: 1 });
    const reason = Promise.withResolvers<unknown>();
    work({ [type]: async (_job, { signal }) => reason.resolve(await aborted(signal)) });
    expect(await reason.promise).toBeInstanceOf(TimeoutError);
    const task = await ended(id, user.id);
    expect(task).toMatchObject({ status: 'failed', attempt: 1 });
    expect(task['errorLog']).toMatchObject([{ message: expect.stringMatching(/took longer than its/) }]);
  });

  test('has a signal that is aborted when the worker shuts down and the handler takes too long', async () => {
    const user = newUser(target);
    const type = newType();
    const { id } = await submit(user, { type });
    const begun = Promise.withResolvers<void>();
    let reason: unknown;
    const worker = work({
      [type]: async (_job, { signal }) => {
        begun.resolve();
        throw (reason = await aborted(signal));
      },
    }, { shutdownMs: 10 });
    await begun.promise;
    await worker.stop();
    expect(reason).toBeInstanceOf(ShutdownError);
    expect(await show(user, id)).toMatchObject({ status: 'pending', attempt: 0 });
  });
});

describe('a handler that throws', () => {
  test('is called again after a pause that doubles, shortened by jitter, until no attempt is left', async () => {
    const user = newUser(target);
    const type = newType();
    const { id } = await submit(user, { type, maxAttempts: 3, backoff: { firstMs: 200, maxMs: 10_000 } });
    const began: number[] = [];
    work({
      [type]: () => {
        began.push(Date.now());
        throw new Error(`attempt ${began.length}`);
      },
    });
    const task = await ended(id, user.id);
    expect(task).toMatchObject({ status: 'failed', attempt: 3 });
    expect(task['errorLog'].map(({ message }: { message: string }) => message))
      .toEqual(['attempt 1', 'attempt 2', 'attempt 3']);
    expect(began[1]! - began[0]!).toBeGreaterThanOrEqual(100);
    expect(began[2]! - began[1]!).toBeGreaterThanOrEqual(200);
  });

  test('is not called again after DoNotRetry, and after the time given by RetryAfter', async () => {
    const user = newUser(target);
    const [never, later] = [newType(), newType()];
    const first = await submit(user, { type: never, maxAttempts: 9 });
    const second = await submit(user, { type: later, backoff: { firstMs: 3_600_000, maxMs: 3_600_000 } });
    const began: number[] = [];
    work({
      [never]: () => {
        throw new DoNotRetry('it would fail again');
      },
      [later]: () => {
        began.push(Date.now());
        if (began.length === 1) throw new RetryAfter(400);
      },
    });
    expect(await ended(first.id, user.id)).toMatchObject({ status: 'failed', attempt: 1 });
    expect(await ended(second.id, user.id)).toMatchObject({ status: 'completed', attempt: 2 });
    expect(began[1]! - began[0]!).toBeGreaterThanOrEqual(400);
  });
});

describe('the workers’ routes', () => {
  const good = { workerId: 'w', types: ['a'], limit: 1 };

  test('are for operators: 401 without a token, 403 for a user’s', async () => {
    const user = newUser(target);
    const { body } = await user.post('/api/tokens', { name: 'only a user', roles: ['user'] });
    const headers = { authorization: `Bearer ${body.data.key}` };
    for (const [path, sent] of [
      ['take', good],
      ['report', { workerId: 'w', reports: [{ leaseId: 'a.1', type: 'release' }] }],
      ['heartbeat', { workerId: 'w', leaseIds: [] }],
    ] as const) {
      const url = `${target.workerUrl}/api/v1/workers/${path}`;
      expect((await request(url, 'POST', sent)).status).toBe(401);
      expect((await request(url, 'POST', sent, headers)).status).toBe(403);
    }
  });

  test.each([
    ['take', { ...good, types: [] }, 'types'],
    ['take', { ...good, types: Array.from({ length: 101 }, (_, index) => `t${index}`) }, 'types'],
    ['take', { ...good, types: ['a b'] }, 'types.0'],
    ['take', { ...good, limit: 1_001 }, 'limit'],
    ['take', { ...good, leaseMs: 999 }, 'leaseMs'],
    ['take', { ...good, waitMs: 30_001 }, 'waitMs'],
    ['take', { ...good, workerId: '' }, 'workerId'],
    ['report', { workerId: 'w', reports: [] }, 'reports'],
    ['report', { workerId: 'w', reports: Array.from({ length: 1_001 }, () => ({})) }, 'reports'],
    ['heartbeat', { workerId: 'w', leaseIds: Array.from({ length: 1_001 }, () => 'x.1') }, 'leaseIds'],
  ])('%s names the field of a bad body', async (path, body, field) => {
    const answer = await request(`${target.workerUrl}/api/v1/workers/${path}`, 'POST', body, {
      authorization: 'Bearer ops',
    });
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body.error.details.fields)).toEqual([field]);
  });

  test('answer each report by itself and in order', async () => {
    const user = newUser(target);
    const type = newType();
    await Promise.all([1, 2, 3].map(() => submit(user, { type })));
    const taken = await say('take', { workerId: 'w', types: [type], limit: 3, waitMs: 5_000 });
    const [a, b, c] = taken.tasks.map(({ leaseId }: { leaseId: string }) => leaseId);
    const { outcomes } = await say('report', {
      workerId: 'w',
      reports: [
        { leaseId: a, type: 'progress', processed: 1 },
        { leaseId: 'nonsense', type: 'release' },
        { leaseId: b, type: 'complete', result: 'z'.repeat(256 * 1024) },
        { leaseId: a, type: 'complete', result: { fine: true } },
        { leaseId: a, type: 'complete', result: { fine: true } },
        { leaseId: c, type: 'release' },
      ],
    });
    expect(outcomes.map(({ ok, status, error }: any) => (ok ? status : error.code))).toEqual([
      'processing', 'invalid_request', 'invalid_request', 'completed', 'completed', 'pending',
    ]);
  });

  test('take a repeated report by its number, and count it once', async () => {
    const user = newUser(target);
    const type = newType();
    const { id } = await submit(user, { type });
    const { tasks: [{ leaseId }] } = await say('take', { workerId: 'w', types: [type], limit: 1, waitMs: 5_000 });
    const reports = [
      { leaseId, type: 'cost', number: 1, microUsd: 70 },
      { leaseId, type: 'error', number: 2, message: 'once' },
      { leaseId, type: 'progress', number: 3, processed: 2, total: 4 },
    ];
    const all = reports.map(() => ({ ok: true, status: 'processing', cancelRequested: false }));
    expect((await say('report', { workerId: 'w', reports })).outcomes).toEqual(all);
    const more = [...reports, { leaseId, type: 'cost', number: 4, microUsd: 30 }];
    expect((await say('report', { workerId: 'w', reports: more })).outcomes).toEqual([...all, all[0]]);
    const task = await show(user, id);
    expect(task).toMatchObject({ costMicroUsd: 100, processedItems: 2, errorLog: [{ message: 'once' }] });
    expect(task['errorLog']).toHaveLength(1);
  });

  test('answer a worker that stops at once, with no task', async () => {
    const user = newUser(target);
    const type = newType();
    const waiting = say('take', { workerId: 'stops', types: [type], limit: 1, waitMs: 30_000 });
    // Said again, since the take may not have come yet.
    let answered: unknown = null;
    void waiting.then((answer) => (answered = answer));
    while (answered === null) await say('heartbeat', { workerId: 'stops', leaseIds: [], stopping: true });
    expect(answered).toMatchObject({ tasks: [] });
    const { id } = await submit(user, { type });
    expect((await show(user, id)).status).toBe('pending');
  });
});
