import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldAll } from '../../src/domain/job/fold.ts';
import { balancesOf } from '../../src/domain/account/ledger.ts';
import { imageSet } from '../../src/kinds/image-set/domain/kind.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { rulesOf } from '../../src/kinds/image-set/application/rules.ts';
import { accepted, admin, as, createTestServer, outcome, type TestServer } from './platform.ts';
import { createSqliteFile } from './sqlite-file.ts';

/** Two servers, each with a connection of its own, over one file. */
const file = createSqliteFile();
let store: Store;
let servers: readonly [TestServer, TestServer];

beforeAll(() => {
  store = file.open();
  servers = [createTestServer(store, { seed: 1 }), createTestServer(file.open(), { seed: 2 })];
});
afterAll(() => file.remove());

const [clients, preset] = [64, 'interior'];
const server = (at: number): TestServer['application'] => servers[at % 2 === 0 ? 0 : 1].application;
const many = <T>(run: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: clients }, (_, at) => run(at)));

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function balanced(userId: string): Promise<void> {
  const { granted = 0, available = -1, reserved = -1, spent = -1 } = (await store.accounts.get(userId)) ?? {};
  const ledger = await store.accounts.ledger(userId, { after: 0, limit: 1000 });
  expect(Math.min(available, reserved, spent)).toBeGreaterThanOrEqual(0);
  expect(balancesOf(ledger)).toEqual({ granted: -granted, available, reserved, spent });
}

describe('64 clients of one user at two servers', () => {
  it('get the one slot of the free plan, and credits for one set, between them', async () => {
    const made = await many((at) => server(at).imageSets.submit(as('free'), { preset, itemCount: 4 }));
    expect(tally(made.map(outcome))).toEqual({ ok: 1, concurrency_limit: 63 });
    expect(await store.accounts.get('free')).toMatchObject({ available: 6, reserved: 4, activeJobs: 1 });
    await balanced('free');
  });

  it('get the three slots of the pro plan between them', async () => {
    await accepted(server(0).accounts.grant(admin, 'pro', { credits: 1_000, plan: 'pro' }));
    const made = await many((at) => server(at).imageSets.submit(as('pro'), { preset, itemCount: 4 }));
    expect(tally(made.map(outcome))).toEqual({ ok: 3, concurrency_limit: 61 });
    expect(await store.accounts.get('pro')).toMatchObject({ reserved: 12, activeJobs: 3 });
    await balanced('pro');
  });

  it('never reserve more credits than the account has, with slots to spare or not', async () => {
    await accepted(server(0).accounts.grant(admin, 'poor', { credits: 0, plan: 'pro' }));
    const made = await many((at) => server(at).imageSets.submit(as('poor'), { preset, itemCount: 7 }));
    const { ok, ...refused } = tally(made.map(outcome));
    expect([ok, refused]).toEqual([1, { insufficient_credits: 63 }]);
    await balanced('poor');
  });

  it('that create and cancel sets again and again leave the account as it was', async () => {
    await accepted(server(0).accounts.grant(admin, 'restless', { credits: 90, plan: 'pro' }));
    const ends = await many(async (at) => {
      const made = await server(at).imageSets.submit(as('restless'), { preset, itemCount: 1 + (at % 3) });
      if (!made.ok) return outcome(made);
      return outcome(await server(at + 1).jobs.cancel(as('restless'), made.value.jobId));
    });
    expect(Object.keys(tally(ends)).toSorted()).toEqual(['concurrency_limit', 'ok']);
    const account = await store.accounts.get('restless');
    expect(account).toMatchObject({ available: 100, reserved: 0, spent: 0, activeJobs: 0 });
    await balanced('restless');
  });

  it('with one Idempotency-Key create one set', async () => {
    const input = { preset, itemCount: 2, idempotencyKey: 'once' };
    const made = await many((at) => accepted(server(at).imageSets.submit(as('eager'), input)));
    expect(new Set(made.map(({ jobId }) => jobId)).size).toBe(1);
    expect(await store.accounts.get('eager')).toMatchObject({ reserved: 2, activeJobs: 1 });
    const other = await server(0).imageSets.submit(as('eager'), { ...input, itemCount: 3 });
    expect(outcome(other)).toBe('idempotency_mismatch');
  });

  it('that repeat a grant under one Idempotency-Key are granted it once, and without a key each time', async () => {
    await many((at) => accepted(server(at).accounts.grant(admin, 'lucky', { credits: 5, idempotencyKey: 'gift' })));
    expect(await store.accounts.get('lucky')).toMatchObject({ granted: 15 });
    await many((at) => accepted(server(at).accounts.grant(admin, 'lucky', { credits: 1 })));
    expect(await store.accounts.get('lucky')).toMatchObject({ granted: 15 + clients });
    await balanced('lucky');
  });

  it('save as many rules as the plan allows', async () => {
    const rule = { name: 'warm', presetId: null, concepts: {}, protect: [] };
    const saved = await many((at) => server(at).rules.create(as('orderly'), rule));
    expect(tally(saved.map(outcome))).toEqual({ ok: 2, rule_limit: 62 });
    expect((await rulesOf(store, 'orderly')).length).toBe(2);
  });
});

describe('64 callbacks at two servers', () => {
  it('that come twice each and in any order record one result per item and end the set once', async () => {
    await accepted(server(0).accounts.grant(admin, 'busy', { credits: 100, plan: 'pro' }));
    const { jobId } = await accepted(server(0).imageSets.submit(as('busy'), { preset, itemCount: clients }));
    await accepted(server(1).imageSets.confirmUpload(as('busy'), jobId, { totalItems: clients }));
    await accepted(server(0).imageSets.execute(as('busy'), jobId, {}));
    const told = await Promise.all(
      Array.from({ length: 2 * clients }, (_, at) => {
        const idx = (at * 29) % clients;
        const status = idx % 4 === 0 ? 'failed' : 'done';
        const input = { idx, status, idempotencyKey: `${jobId}-item-${idx}` } as const;
        return accepted(server(at).imageSets.recordItemResult(jobId, input, `callback-${at}`));
      }),
    );
    expect(told.filter(({ status }) => status === 'done').length).toBeGreaterThan(0);
    const events = await store.jobs.events(jobId, { after: 0, limit: 1000 });
    const job = await store.jobs.get(jobId);
    expect(foldAll(imageSet, events as never)).toEqual(job);
    expect(tally(events.map(({ body }) => body.type))).toEqual({
      JobCreated: 1, UploadConfirmed: 1, JobQueued: 1, JobStarted: 1, ItemRecorded: clients, JobCompleted: 1,
    });
    expect(await store.accounts.get('busy')).toMatchObject({ spent: 48, available: 62, reserved: 0, activeJobs: 0 });
    expect((await store.jobs.history(jobId))?.job).toMatchObject({ itemsDone: 48, itemsFailed: 16, creditsSpent: 48 });
    await balanced('busy');
  });

  it('and a cancel end their set once', async () => {
    const { jobId } = await accepted(server(0).imageSets.submit(as('torn'), { preset, itemCount: 10 }));
    await accepted(server(0).imageSets.confirmUpload(as('torn'), jobId, { totalItems: 10 }));
    await accepted(server(0).imageSets.execute(as('torn'), jobId, {}));
    const results = Array.from({ length: 10 }, (_, idx) =>
      server(idx).imageSets.recordItemResult(jobId, { idx, status: 'done', idempotencyKey: `${idx}` }, 'callback'),
    );
    const [canceled] = await Promise.all([server(1).jobs.cancel(as('torn'), jobId), ...results]);
    const job = await store.jobs.get(jobId);
    expect(job?.state).toBe(canceled.ok ? 'canceled' : 'done');
    expect(await store.accounts.get('torn')).toMatchObject({ spent: job?.items.size, reserved: 0, activeJobs: 0 });
    await balanced('torn');
  });
});

describe('16 workers at two servers', () => {
  it('never hold the same message at the same time', async () => {
    const jobs = Array.from({ length: 40 }, (_, at) => ({ messageId: `m-${at}`, jobId: `m-${at}`, availableAt: 0 }));
    await store.queue.put('gpu-jobs', jobs);
    const pulled = await Promise.all(
      Array.from({ length: 16 }, (_, at) => {
        const options = { now: 1_000, limit: 5, leaseMs: 60_000, maxDeliveries: 3 };
        return (at % 2 === 0 ? store : file.open()).queue.pull('gpu-jobs', options);
      }),
    );
    const taken = pulled.flatMap(({ messages }) => messages.map(({ messageId }) => messageId));
    expect(taken.length).toBe(40);
    expect(new Set(taken).size).toBe(40);
  });
});
