import { auditTable, type AuditEntry } from '../../src/application/audit/note.ts';
import { createIds } from '../../src/main/node/world.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { IdempotencyRecord } from '../../src/ports/store/commit.ts';
import type { Retention, Store } from '../../src/ports/store/store.ts';
import { createRetention } from '../../src/services/retention.ts';
import { Kinds } from '../../src/domain/kinds.ts';
import { saga } from '../../src/domain/saga/kind.ts';
import { imageSet } from '../../src/kinds/image-set/domain/kind.ts';
import { task } from '../../src/kinds/task/domain/kind.ts';
import type { Service } from '../../src/services/service.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';
import { accepted, as, createMemoryLogger, createTestServer } from '../application/platform.ts';
import { createTime, emptyCommit } from './services.ts';

const simulated = openSimulatedSqlite();
const dayMs = 86_400_000;
let store: Store;
let time: ReturnType<typeof createTime>;
let service: Service | null = null;

beforeEach(() => {
  simulated.clear();
  store = simulated.open();
  time = createTime();
});
afterEach(() => service?.stop());

function start(retention: Retention, keepJobsMs: number | null = 30 * dayMs): void {
  service = createRetention({
    retention, kinds: new Kinds([imageSet, task, saga]), keepMs: 7 * dayMs, keepJobsMs: () => keepJobsMs,
    keepAuditMs: 90 * dayMs, clock: time.clock, logger: createMemoryLogger(),
    wakeUp: time.wakeUp,
  });
  service.start();
}

async function remember(keys: readonly string[]): Promise<void> {
  const idempotency = keys.map((key): IdempotencyRecord => ({
    scope: 'ada:submit', key, fingerprint: 'f', resourceId: 'job', createdAt: time.clock.now(),
  }));
  await store.commit({ ...emptyCommit, idempotency });
}

async function remembered(keys: readonly string[]): Promise<number> {
  const asked = { jobs: [], accounts: [], reservations: [], records: [] };
  const found = await store.load({ ...asked, idempotency: keys.map((key) => ({ scope: 'ada:submit', key })) });
  return found.idempotency.length;
}

const keys = (count: number, prefix = 'key'): string[] => Array.from({ length: count }, (_, at) => `${prefix}-${at}`);

it('retention purges idempotency keys after their time and no sooner', async () => {
  await remember(keys(3, 'old'));
  start(store.retention);
  await time.pass(dayMs);
  await remember(keys(2, 'new'));
  await time.pass(6 * dayMs);
  expect(await remembered(keys(3, 'old'))).toBe(3);
  await time.pass(60_000);
  expect([await remembered(keys(3, 'old')), await remembered(keys(2, 'new'))]).toEqual([0, 2]);
});

it('retention purges entries of the audit after their time and no sooner', async () => {
  const ids = createIds(time.clock);
  const enter = async (): Promise<AuditEntry> => {
    const row = {
      id: ids.uuid(), at: time.clock.now(), actor: 'root', address: null, credential: 'login', action: 'updateUser',
      target: 'mira', details: {}, version: 1,
    };
    await store.commit({ ...emptyCommit, records: [{ table: auditTable, key: [row.id], expectedVersion: 0, row }] });
    return row;
  };
  const kept = () => store.records.list(auditTable, { where: {}, orderBy: ['id'], limit: 10 });
  const first = await enter();
  start(store.retention);
  await time.pass(dayMs);
  const second = await enter();
  await time.pass(89 * dayMs - 60_000);
  expect(await kept()).toEqual([first, second]);
  await time.pass(120_000);
  expect(await kept()).toEqual([second]);
});

it('retention purges many keys in batches, without a pause between them', async () => {
  const batches: number[] = [];
  await remember(keys(1_200));
  time.clock.advance(8 * dayMs);
  start({
    ...store.retention,
    purgeIdempotency: async (before, limit) => {
      const gone = await store.retention.purgeIdempotency(before, limit);
      batches.push(gone);
      return gone;
    },
  });
  await time.wakeUp.asleep();
  expect(batches).toEqual([500, 500, 200]);
  expect(await remembered(keys(1_200))).toBe(0);
});

it('retention lets a request be made anew with a purged idempotency key', async () => {
  const { application } = createTestServer(store, { clock: time.clock });
  const input = { preset: 'interior', itemCount: 1, idempotencyKey: 'once' };
  const first = await accepted(application.imageSets.submit(as('ada'), input));
  await accepted(application.jobs.cancel(as('ada'), first.jobId));
  expect((await accepted(application.imageSets.submit(as('ada'), input))).jobId).toBe(first.jobId);
  start(store.retention);
  await time.pass(8 * dayMs);
  expect((await accepted(application.imageSets.submit(as('ada'), input))).jobId).not.toBe(first.jobId);
});

it('forgets jobs of all kinds but sagas that ended a month ago, and deliveries as old, batch after batch', async () => {
  const asked: [string, number, number][] = [];
  const left = [500, 500, 20];
  const forget = (what: string) => async (before: number, limit: number) => {
    asked.push([what, before, limit]);
    return what === 'image-set' ? (left.shift() ?? 0) : 0;
  };
  const purgeJobs = (kind: string, before: number, limit: number): Promise<number> => forget(kind)(before, limit);
  start({ ...store.retention, purgeJobs, purgeDeliveries: forget('deliveries') });
  await time.wakeUp.asleep();
  const before = time.clock.now() - 30 * dayMs;
  const round = ['image-set', 'task', 'deliveries'].map((what) => [what, before, 500]);
  expect(asked).toEqual(Array.from({ length: 3 }, () => round).flat());
});

it('retention keeps ended jobs for ever when it is configured so', async () => {
  const never = (): never => {
    throw new Error('nothing is to be forgotten');
  };
  start({ ...store.retention, purgeJobs: never, purgeDeliveries: never }, null);
  await remember(keys(1));
  await time.pass(1_000 * dayMs);
  await time.pass(60_000);
  expect(await remembered(keys(1))).toBe(0);
});
