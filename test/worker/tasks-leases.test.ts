import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CanceledError, LeaseLostError, TimeoutError } from '../../src/kinds/task/worker/index.ts';
import { createHttpTransport } from '../../src/kinds/task/worker/http.ts';
import type { Report } from '../../src/kinds/task/worker/transport.ts';
import { tapped } from './tapped.ts';
import { startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
beforeAll(async () => {
  server = await startTaskServer();
});
afterAll(() => server.close());

let types = 0;
const newType = (): string => `type-${++types}`;
const leaseMs = 1_500;

/** Resolves with the reason once the signal is aborted. */
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));

describe('the lease of a task worker', () => {
  test('is renewed for as long as the handler takes, and for tasks that are not begun', async () => {
    const type = newType();
    const first = await server.submit(type);
    const tap = tapped(server.url);
    const begun = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const handler = (): Promise<void> => (begun.resolve(), open.promise);
    server.work({ server: tap, leaseMs, concurrency: 1, prefetch: 1, handlers: { [type]: handler } });
    await begun.promise;
    // As many as the lives of two leases have.
    for (let beats = 0; beats < 6; beats++) await tap.next('heartbeat');
    const second = await server.submit(type);
    await server.happened(second, 'TaskStarted');
    while (tap.heartbeats.at(-1)?.leaseIds.length !== 2) await tap.next('heartbeat');
    open.resolve();
    for (const id of [first, second]) expect(await server.ended(id)).toMatchObject({ state: 'completed', attempt: 1 });
  });

  test('that another worker has now gets the old one’s result, progress, log and cost refused', async () => {
    const type = newType();
    const id = await server.submit(type);
    const stale = createHttpTransport({ server: server.url, token: 'mira' });
    const never = new AbortController().signal;
    const { tasks: [taken] } = await stale.take({ workerId: 'stale', types: [type], limit: 1, leaseMs }, never);
    const leaseId = taken!.leaseId;
    // It says nothing for a lease, and the next one gets the task.
    const begun = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    server.work({ leaseMs, handlers: { [type]: () => (begun.resolve(), open.promise.then(() => 'the live one')) } });
    await begun.promise;
    const said: Report[] = [
      { leaseId, type: 'progress', processed: 99 },
      { leaseId, type: 'log', lines: [{ at: new Date().toISOString(), level: 'info', message: 'stale' }] },
      { leaseId, type: 'error', message: 'stale' },
      { leaseId, type: 'cost', microUsd: 1_000 },
      { leaseId, type: 'release' },
      { leaseId, type: 'fail', message: 'stale' },
      { leaseId, type: 'complete', result: 'stale' },
    ];
    const { outcomes } = await stale.report({ workerId: 'stale', reports: said }, never);
    expect(outcomes.map(({ ok, error }) => [ok, error?.code])).toEqual(said.map(() => [false, 'lease_lost']));
    const { leases } = await stale.heartbeat({ workerId: 'stale', leaseIds: [leaseId], leaseMs }, never);
    expect(leases).toEqual([{ leaseId, leasedUntil: null, cancelRequested: false }]);
    open.resolve();
    const task = await server.ended(id);
    expect(task).toMatchObject({ state: 'completed', attempt: 2 });
    expect(task).toMatchObject({ costMicroUsd: 0, fields: { result: 'the live one' } });
    expect(task.fields).not.toHaveProperty('processedItems');
    expect(task.fields.errorLog?.map(({ message }) => message)).toEqual(['The worker sent no heartbeat in time.']);
    expect(await server.logs(id)).toEqual([]);
  });

  test('that cannot be renewed is lost: the handler’s signal is aborted, and its result dropped', async () => {
    const type = newType();
    const id = await server.submit(type, { maxAttempts: 2 });
    const tap = tapped(server.url);
    const told = Promise.withResolvers<unknown>();
    const cutOff = server.work({
      server: tap,
      leaseMs,
      handlers: {
        [type]: async (job, ctx) => {
          if (job.attempt > 1) return 'second';
          tap.cut.add('heartbeat').add('take').add('report');
          const reason = await aborted(ctx.signal);
          told.resolve([reason, await ctx.progress(1).catch((error: unknown) => error)]);
          return 'too late';
        },
      },
    });
    const [reason, said] = (await told.promise) as unknown[];
    expect(reason).toBeInstanceOf(LeaseLostError);
    expect(said).toBe(reason);
    server.work({ leaseMs, handlers: { [type]: () => 'second' } });
    expect(await server.ended(id)).toMatchObject({ state: 'completed', attempt: 2, fields: { result: 'second' } });
    expect(tap.reports.flat()).toEqual([]);
    expect(cutOff.stats).toMatchObject({ lost: 1, completed: 0 });
  });

  test('of a prefetched task that is not begun for too long is released', async () => {
    const type = newType();
    const open = Promise.withResolvers<void>();
    const handlers = { [type]: ({ data }: { data: string }) => (data === 'slow' ? open.promise : 'quick') };
    const worker = server.work({ leaseMs, concurrency: 1, handlers });
    // It learns that they are quick, and takes some beforehand.
    for (const id of await Promise.all([1, 2, 3, 4].map(() => server.submit(type)))) await server.ended(id);
    const slow = await server.submit(type, { data: 'slow' });
    await server.happened(slow, 'TaskStarted');
    const second = await server.submit(type);
    await server.happened(second, 'TaskReleased');
    expect(worker.stats).toMatchObject({ running: 1, waiting: 0 });
    server.work({ leaseMs, handlers });
    expect(await server.ended(second)).toMatchObject({ state: 'completed', attempt: 1 });
    open.resolve();
    await server.ended(slow);
  });
});

describe('ctx.signal', () => {
  test('is aborted at cancel, and the task is canceled once its handler has stopped', async () => {
    const type = newType();
    const id = await server.submit(type);
    const begun = Promise.withResolvers<void>();
    const told = Promise.withResolvers<unknown>();
    const open = Promise.withResolvers<void>();
    server.work({
      leaseMs,
      handlers: {
        [type]: async (_job, { signal }) => {
          begun.resolve();
          told.resolve(await aborted(signal));
          await open.promise;
          signal.throwIfAborted();
        },
      },
    });
    await begun.promise;
    await server.cancel(id);
    expect(await told.promise).toBeInstanceOf(CanceledError);
    expect((await server.get(id)).state).toBe('processing');
    open.resolve();
    expect(await server.ended(id)).toMatchObject({ state: 'canceled', fields: { cancelReason: 'requested' } });
  });

  test('is aborted at cancel, and the task is canceled even if its handler still has a result', async () => {
    const type = newType();
    const id = await server.submit(type);
    const begun = Promise.withResolvers<void>();
    const handler = async (_: unknown, ctx: { signal: AbortSignal }): Promise<string> => {
      begun.resolve();
      await aborted(ctx.signal);
      return 'a result';
    };
    const worker = server.work({ leaseMs, handlers: { [type]: handler } });
    await begun.promise;
    await server.cancel(id);
    const task = await server.ended(id);
    expect(task.state).toBe('canceled');
    expect(task.fields).not.toHaveProperty('result');
    await worker.stop();
    expect(worker.stats.canceled).toBe(1);
  });

  test('is aborted at the attempt’s timeout, which fails it, and the task is tried again', async () => {
    const type = newType();
    const reasons: unknown[] = [];
    server.work({
      handlers: {
        [type]: async (job, { signal }) => {
          if (job.attempt === 2) return 'in time';
          reasons.push(await aborted(signal));
          throw signal.reason;
        },
      },
    });
    const id = await server.submit(type, { timeoutMs: 200, backoff: { firstMs: 1, maxMs: 1 } });
    expect(await server.ended(id)).toMatchObject({ state: 'completed', attempt: 2, fields: { result: 'in time' } });
    expect(reasons).toEqual([expect.any(TimeoutError)]);
  });
});

describe('a task worker’s report without an answer', () => {
  test('is sent again, and its result and cost count once', async () => {
    const type = newType();
    const id = await server.submit(type);
    const tap = tapped(server.url);
    tap.deaf.add('report');
    const worker = server.work({
      server: tap,
      handlers: {
        [type]: async (_job, ctx) => {
          ctx.cost(70);
          ctx.error(null, 'once');
          return 'said twice';
        },
      },
    });
    expect(await server.ended(id)).toMatchObject({ state: 'completed', attempt: 1 });
    await worker.stop();
    expect(tap.reports).toHaveLength(2);
    expect(tap.reports[1]).toEqual(tap.reports[0]);
    const { costMicroUsd, fields } = await server.get(id);
    expect([costMicroUsd, fields.errorLog?.length, fields.result]).toEqual([70, 1, 'said twice']);
    expect(worker.stats).toMatchObject({ completed: 1, lost: 0 });
  });

  test('is kept while the server is away, and sent when it is back', async () => {
    const type = newType();
    const id = await server.submit(type, { data: 'first' });
    const tap = tapped(server.url);
    const worker = server.work({
      server: tap,
      handlers: {
        [type]: ({ data }) => {
          if (data === 'first') tap.cut.add('report').add('take').add('heartbeat');
          return 'kept';
        },
      },
    });
    for (let tries = 0; tries < 3; tries++) await tap.next('report');
    expect(worker.stats).toMatchObject({ unreported: 1, completed: 0 });
    tap.cut.clear();
    expect(await server.ended(id)).toMatchObject({ state: 'completed', attempt: 1, fields: { result: 'kept' } });
    // It takes again as well.
    expect((await server.ended(await server.submit(type))).state).toBe('completed');
  });
});
