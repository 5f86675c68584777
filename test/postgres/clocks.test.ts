import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, run } from '../cli/program.ts';
import { createShiftedClock } from '../server/shifted-clock.ts';
import { startServeIn, type StartedServer } from '../server/started.ts';
import { newDatabase, type TestDatabase } from './database.ts';

/** Two servers of one database, each a process of its own, one of them on a machine that is 15 s ahead. */

const aheadMs = 15_000;
const folder = makeFolder();
const late = createShiftedClock(folder.path, aheadMs);
let database: TestDatabase;
let right: StartedServer;
let wrong: StartedServer;

beforeAll(async () => {
  database = await newDatabase();
  const env = { DATABASE_URL: database.url };
  right = await startServeIn({ env });
  wrong = await startServeIn({ env: { ...env, ...late.env } });
});

afterAll(async () => {
  await Promise.all([right?.stop(), wrong?.stop()]);
  folder.remove();
});

interface Taken {
  readonly leaseId: string;
  readonly id: string;
  readonly leasedUntil: string;
}

interface TakeAnswer {
  readonly tasks: readonly Taken[];
  readonly now: string;
}

const post = (server: StartedServer, path: string, body: object): Promise<any> =>
  server.request(`/api/v1/${path}`, { method: 'POST', body });
const take = (server: StartedServer, type: string, more: object = {}): Promise<TakeAnswer> =>
  post(server, 'workers/take', { workerId: server.url, types: [type], limit: 10, leaseMs: 2_000, waitMs: 0, ...more });

describe('two servers whose clocks differ by 15 s', () => {
  it('store and tell the database’s time', async () => {
    const before = Date.now();
    const id = await wrong.submit('clocks_time');
    const made = Date.parse((await right.get(id))['createdAt'] as string);
    expect(made).toBeGreaterThan(before - 1_000);
    expect(made).toBeLessThan(Date.now() + 1_000);
    const { tasks: [task], now } = await take(wrong, 'clocks_time', { waitMs: 5_000 });
    expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(1_000);
    const leaseMs = Date.parse(task?.leasedUntil ?? '') - Date.parse(now);
    expect(leaseMs).toBeGreaterThan(1_000);
    expect(leaseMs).toBeLessThanOrEqual(2_000);
  });

  it.each(['right', 'wrong'])('take no task from a live worker of the %s one, and never run two of maxRunning: 1',
    async (which) => {
      const [own, other] = which === 'right' ? [right, wrong] : [wrong, right];
      const type = `clocks_single_${which}`;
      await own.request(`/api/v1/types/${type}`, { method: 'PUT', body: { limits: { maxRunning: 1 } } });
      for (let n = 0; n < 3; n++) await own.submit(type);
      const { tasks } = await take(own, type, { waitMs: 10_000 });
      expect(tasks).toHaveLength(1);
      // For longer than a lease, through several rounds of both reapers.
      for (let round = 0; round < 12; round++) {
        const { leases } = await post(own, 'workers/heartbeat', {
          workerId: own.url, leaseIds: tasks.map(({ leaseId }) => leaseId), leaseMs: 2_000,
        });
        expect(leases[0].leasedUntil).not.toBeNull();
        expect((await take(other, type, { waitMs: 250 })).tasks).toEqual([]);
      }
      await post(own, 'workers/report', {
        workerId: own.url, reports: [{ leaseId: tasks[0]?.leaseId, type: 'complete' }],
      });
      expect((await take(other, type, { waitMs: 10_000 })).tasks).toHaveLength(1);
    });

  it('give a dead worker’s task to another within its lease and a little', async () => {
    const type = 'clocks_dead';
    await right.submit(type);
    expect((await take(right, type, { waitMs: 5_000 })).tasks).toHaveLength(1);
    const began = performance.now();
    expect((await take(wrong, type, { waitMs: 15_000 })).tasks).toHaveLength(1);
    expect(performance.now() - began).toBeGreaterThan(1_000);
  });

  it('begin no more than a rate allows in any second, by the times that are stored', async () => {
    const type = 'clocks_rated';
    await right.request(`/api/v1/types/${type}`, {
      method: 'PUT', body: { limits: { rate: { count: 5, windowMs: 1_000 } } },
    });
    const ids = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? right : wrong).submit(type)));
    let taken = 0;
    await Promise.all([right, wrong].map(async (server) => {
      while (taken < ids.length) {
        const { tasks } = await take(server, type, { limit: 2, leaseMs: 60_000, waitMs: 500 });
        taken += tasks.length;
      }
    }));
    const tasks = await Promise.all(ids.map((id) => right.get(id)));
    const starts = tasks.map((task) => Date.parse(task['startedAt'] as string)).sort((a, b) => a - b);
    for (const [index, start] of starts.entries()) {
      expect((starts[index + 5] ?? Number.POSITIVE_INFINITY) - start).toBeGreaterThanOrEqual(1_000);
    }
  });

  it('are reported in the log once, in the metrics and by doctor', async () => {
    const told = wrong.log().filter(({ message }) => message.includes('clock differs from the database'));
    expect(told).toEqual([expect.objectContaining({ level: 'warn', aheadMs: expect.any(Number) })]);
    expect(Math.abs((told[0]?.['aheadMs'] as number) - aheadMs)).toBeLessThan(500);
    expect(right.log().filter(({ message }) => message.includes('clock differs'))).toEqual([]);
    const metrics = await (await fetch(`${wrong.url}/metrics`)).text();
    expect(Number(/^waybill_clock_skew_seconds (\S+)$/m.exec(metrics)?.[1])).toBeCloseTo(15, 0);
    const doctor = await run(['doctor', '--dev', '--port', '0', '--data', folder.path], {
      env: { DATABASE_URL: database.url, ...late.env },
    });
    expect(doctor.stdout).toMatch(/warn {2}clock .* 1[45]\.\d s ahead of the database's/);
  });
});
