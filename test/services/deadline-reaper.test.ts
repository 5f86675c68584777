import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobReads, Store } from '../../src/ports/store/store.ts';
import { createDeadlineReaper } from '../../src/services/deadline-reaper.ts';
import type { Service } from '../../src/services/service.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';
import {
  accepted,
  as,
  createMemoryLogger,
  createTestServer,
  settings,
  type TestServer,
} from '../application/platform.ts';
import { createTime } from './services.ts';

const simulated = openSimulatedSqlite();
let store: Store;
let time: ReturnType<typeof createTime>;
let server: TestServer;
let running: Service | null = null;
let logger: ReturnType<typeof createMemoryLogger>;

beforeEach(() => {
  simulated.clear();
  store = simulated.open();
  time = createTime();
  server = createTestServer(store, { clock: time.clock });
  logger = createMemoryLogger();
});
afterEach(() => running?.stop());

function start(options: { jobs?: Pick<JobReads, 'overdue'>; expire?: TestServer['expire'] } = {}): void {
  const { jobs = store.jobs, expire = server.expire } = options;
  running = createDeadlineReaper({ jobs, expire, clock: time.clock, logger, wakeUp: time.wakeUp });
  running.start();
}

async function create(userId: string, itemCount = 3): Promise<string> {
  return (await accepted(server.application.imageSets.submit(as(userId), { preset: 'interior', itemCount }))).jobId;
}

async function confirm(userId: string, jobId: string): Promise<void> {
  await accepted(server.application.imageSets.confirmUpload(as(userId), jobId, { totalItems: 3 }));
}

async function execute(userId: string, jobId: string): Promise<void> {
  await accepted(server.application.imageSets.execute(as(userId), jobId, {}));
}

const stateOf = async (jobId: string): Promise<string | undefined> => (await store.jobs.get(jobId))?.state;

describe('a job whose deadline has passed', () => {
  it('is ended, and its credits and slot are free again', async () => {
    const jobId = await create('ada');
    start();
    await time.pass(settings.uploadTimeLimitMs - 1);
    expect(await stateOf(jobId)).toBe('created');
    await time.pass(5_000);
    expect(await stateOf(jobId)).toBe('canceled');
    expect(await store.accounts.get('ada')).toMatchObject({ available: 10, reserved: 0, activeJobs: 0 });
  });

  it('is charged for what was delivered in time', async () => {
    const jobId = await create('ada');
    await confirm('ada', jobId);
    await execute('ada', jobId);
    const result = { idx: 1, status: 'done', idempotencyKey: `${jobId}-item-1` } as const;
    await accepted(server.application.imageSets.recordItemResult(jobId, result, 'test'));
    start();
    await time.pass(settings.executionTimeLimitMs);
    expect(await stateOf(jobId)).toBe('done');
    expect(await store.accounts.get('ada')).toMatchObject({ available: 9, spent: 1, activeJobs: 0 });
  });

  it('is ended although its message never reached its queue', async () => {
    const jobId = await create('ada');
    await confirm('ada', jobId);
    await execute('ada', jobId);
    start();
    await time.pass(settings.executionTimeLimitMs);
    expect(await stateOf(jobId)).toBe('failed');
    expect(await store.accounts.get('ada')).toMatchObject({ available: 10, spent: 0 });
  });

  it('is ended without delay when there are many', async () => {
    const jobs = await Promise.all(Array.from({ length: 250 }, (_, at) => create(`user-${at}`)));
    start();
    await time.pass(settings.uploadTimeLimitMs);
    const states = await Promise.all(jobs.map(stateOf));
    expect(new Set(states)).toEqual(new Set(['canceled']));
  });

  it('is kept if it was executed after it was found', async () => {
    const jobId = await create('ada');
    await confirm('ada', jobId);
    const overdue: JobReads['overdue'] = async (now, limit) => {
      const found = await store.jobs.overdue(now, limit);
      if (found.length > 0 && (await stateOf(jobId)) === 'uploaded') await execute('ada', jobId);
      return found;
    };
    start({ jobs: { overdue } });
    await time.pass(settings.uploadTimeLimitMs);
    expect(await stateOf(jobId)).toBe('queued');
    await time.pass(settings.executionTimeLimitMs);
    expect(await stateOf(jobId)).toBe('failed');
  });
});

describe('a job that the deadline reaper fails to end', () => {
  it('holds up no other, is logged, and is tried again after a pause', async () => {
    const [stuck, fine] = [await create('ada'), await create('bob')];
    let tries = 0;
    const expire: TestServer['expire'] = async (jobId, reason) => {
      if (jobId !== stuck) return server.expire(jobId, reason);
      tries += 1;
      if (tries === 1) throw new Error('damaged row');
      return server.expire(jobId, reason);
    };
    start({ expire });
    await time.pass(settings.uploadTimeLimitMs);
    expect([tries, await stateOf(stuck), await stateOf(fine)]).toEqual([1, 'created', 'canceled']);
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { jobId: stuck, why: 'Error: damaged row' } },
      { level: 'info', fields: { jobs: 1 } },
    ]);
    await time.pass(5_000);
    expect([tries, await stateOf(stuck)]).toEqual([2, 'canceled']);
  });

  it('does not make the reaper spin, however many there are', async () => {
    await Promise.all(Array.from({ length: 120 }, (_, at) => create(`user-${at}`)));
    let tries = 0;
    start({ expire: async () => Promise.reject(new Error(`${(tries += 1)}`)) });
    await time.pass(settings.uploadTimeLimitMs);
    expect(tries).toBe(100);
  });
});
