import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CellCalls } from '../../src/main/cloudflare/cell/calls.ts';
import { call, cron, EdgeUser, migrateD1, must } from './edge.ts';

beforeAll(migrateD1);
afterEach(() => void vi.useRealTimers());

const user = new EdgeUser('cell-user');
const ops = new EdgeUser('ops');
const cell = (): object => env.CELL.getByName('1') as object;
const evicted = (): Promise<void> => evictDurableObject(cell());

let types = 0;
const newType = (): string => `cell-${++types}`;

async function submit(type: string, more: object = {}): Promise<string> {
  return must(await user.post('/api/v1/jobs', { type, data: { n: 1 }, ...more })).id;
}

async function take(type: string, leaseMs = 30_000): Promise<{ readonly leaseId: string; readonly id: string }[]> {
  const wanted = { workerId: `worker-${type}`, types: [type], limit: 10, leaseMs, waitMs: 0 };
  return must(await ops.post('/api/v1/workers/take', wanted)).tasks;
}

async function report(type: string, ...reports: object[]): Promise<{ readonly ok: boolean }[]> {
  return must(await ops.post('/api/v1/workers/report', { workerId: `worker-${type}`, reports })).outcomes;
}

const show = async (id: string): Promise<any> => must(await user.get(`/api/v1/jobs/${id}`));
const alarmAt = (): Promise<number | null> =>
  runInDurableObject<object, number | null>(cell(), (_, { storage }) => storage.getAlarm());

describe('a cell that leaves memory between any two steps', () => {
  test('has lost nothing: a task is taken, reported and shown, its events are whole', async () => {
    const type = newType();
    const id = await submit(type);
    await evicted();
    const [lease] = await take(type);
    await evicted();
    expect(await report(type, { leaseId: lease?.leaseId, type: 'progress', processed: 1, total: 2 })).toMatchObject([
      { ok: true },
    ]);
    await evicted();
    const done = { leaseId: lease?.leaseId, type: 'complete', result: { n: 2 } };
    expect(await report(type, done)).toMatchObject([{ ok: true }]);
    await evicted();
    expect(await report(type, done)).toMatchObject([{ ok: true }]);
    expect(await show(id)).toMatchObject({ status: 'completed', result: { n: 2 }, attempt: 1 });
    const { events } = must(await user.get(`/api/jobs/${id}/events`));
    expect(events.map(({ type: name }: { type: string }) => name)).toEqual([
      'TaskCreated', 'TaskStarted', 'ProgressReported', 'TaskCompleted',
    ]);
  });

  test('takes a task from a worker that died, by its alarm', async () => {
    const type = newType();
    const id = await submit(type);
    await take(type, 5_000);
    await evicted();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6_000 });
    await runDurableObjectAlarm(cell());
    await vi.waitFor(async () => expect(await show(id)).toMatchObject({ status: 'pending', attempt: 1 }));
  });

  test('makes the tasks of a schedule when they are due, by its alarm', async () => {
    const type = newType();
    const schedule = { name: type, cron: '* * * * *', timeZone: 'UTC', type, data: { n: 3 } };
    const { scheduleId, nextAt } = must(await ops.post('/api/v1/schedules', schedule));
    await evicted();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(nextAt) + 1_000 });
    await runDurableObjectAlarm(cell());
    await vi.waitFor(async () => expect(await take(type)).toHaveLength(1));
    await call('DELETE', `/api/v1/schedules/${scheduleId}`, undefined, { authorization: 'Bearer ops' });
  });

  test('sends a webhook that was not sent yet', async () => {
    const type = newType();
    const path = `/ok/${type}`;
    await submit(type, { webhookUrl: `http://gpu.test${path}` });
    const [lease] = await take(type);
    await report(type, { leaseId: lease?.leaseId, type: 'complete' });
    await evicted();
    await runDurableObjectAlarm(cell());
    await vi.waitFor(async () => {
      const sent = (await (await fetch(`http://gpu.test/pushed${path}`)).json()) as { body: { type: string } }[];
      expect(sent.length).toBeGreaterThanOrEqual(1);
      expect(sent[0]?.body).toMatchObject({ type: 'job.completed' });
    }, { timeout: 5_000 });
  });
});

test('a cell that a newer Waybill has migrated serves, and keeps what this one does not know', async () => {
  const type = newType();
  const id = await submit(type);
  await runInDurableObject<object, void>(cell(), (_, { storage: { sql } }) => {
    sql.exec("INSERT INTO schema_migrations (version, name, applied_at) VALUES (99, 'invented', 1)");
    sql.exec('CREATE TABLE invented (name TEXT PRIMARY KEY) STRICT');
    sql.exec("ALTER TABLE job_rows ADD COLUMN invented TEXT DEFAULT 'kept'");
  });
  await evicted();
  const [lease] = await take(type);
  expect(await report(type, { leaseId: lease?.leaseId, type: 'complete' })).toMatchObject([{ ok: true }]);
  expect(await show(id)).toMatchObject({ status: 'completed' });
  expect(await show(await submit(newType()))).toMatchObject({ status: 'pending' });
  await cron();
  const rows = await runInDurableObject<object, unknown[]>(cell(), (_, { storage: { sql } }) =>
    sql.exec('SELECT invented FROM job_rows WHERE id = ?', id).toArray());
  expect(rows).toEqual([{ invented: 'kept' }]);
});

test('a cell that is woken without its name, as by an alarm, knows its number', async () => {
  await submit(newType());
  await evicted();
  const namespace = env.CELL as unknown as {
    idFromName(name: string): object;
    idFromString(id: string): object;
    get(id: object): CellCalls;
  };
  const nameless = namespace.get(namespace.idFromString(String(namespace.idFromName('1'))));
  const schedule = { name: 'nameless', cron: '0 0 1 1 *', timeZone: 'UTC', type: newType(), data: {} };
  expect(await nameless.ask({ part: 'store', use: 'check', args: [], signal: null, audit: null })).toEqual({});
  expect(must(await ops.post('/api/v1/schedules', schedule)).scheduleId).toMatch(/001$/);
  expect(await submit(newType())).toMatch(/001$/);
});

test('the alarm of a cell that was lost is set again by the cron', async () => {
  await submit(newType());
  await runInDurableObject<object, void>(cell(), (_, { storage }) => storage.deleteAlarm());
  await evicted();
  await cron();
  expect(await alarmAt()).toBeGreaterThan(0);
});

test('a lease is good once, whichever of two reports at once comes first', async () => {
  const type = newType();
  const id = await submit(type);
  const [lease] = await take(type);
  const leaseId = lease?.leaseId;
  const outcomes = await Promise.all([
    report(type, { leaseId, type: 'complete', result: 'one' }), report(type, { leaseId, type: 'fail', message: 'two' }),
  ]);
  expect(outcomes.flat().filter(({ ok }) => ok)).toHaveLength(1);
  expect(['completed', 'pending']).toContain((await show(id)).status);
});
