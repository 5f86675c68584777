import { describe, expect, test } from 'vitest';
import { grant, reserve, settle, shrink } from '../../../src/domain/account/decide.ts';
import { dayMs } from '../../../src/domain/account/days.ts';
import { ok, type Result } from '../../../src/domain/errors.ts';
import { Kinds } from '../../../src/domain/kinds.ts';
import { WritePath } from '../../../src/application/write-path/write-path.ts';
import type { Draft } from '../../../src/application/write-path/draft.ts';
import { ruleTable } from '../../../src/kinds/image-set/application/rule.ts';
import { rulesOf } from '../../../src/kinds/image-set/application/rules.ts';
import { imageSet } from '../../../src/kinds/image-set/domain/kind.ts';
import type { ImageSetCommand } from '../../../src/kinds/image-set/domain/types.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { AccountRows } from '../../../src/stores/durable-object/account-rows.ts';
import { createAccountStore } from '../../../src/stores/durable-object/account-store.ts';
import { JobRows } from '../../../src/stores/durable-object/job-rows.ts';
import { createJobStore } from '../../../src/stores/durable-object/job-store.ts';
import type { SqliteDriver } from '../../../src/stores/sqlite/driver.ts';
import { openSqlite } from '../../../src/stores/sqlite/node-driver.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { createFakeClock } from '../../../src/testing/fake-clock.ts';
import { createSeededRandom, type SeededRandom } from '../../../src/testing/seeded-random.ts';
import { openMigrated } from '../sqlite/open.ts';

/*
 * The stores of the objects on Cloudflare answer as SQLite's does, whatever was done, whether they have it in memory or
 * read it anew.
 */

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

type Decide = (draft: Draft) => Result<unknown>;

/** The same commands over two stores; the second one is read anew now and then. */
class Both {
  readonly clock = createFakeClock(1_800_000_000_000);
  readonly sqlite: Store;
  readonly #driver: SqliteDriver = openSqlite(':memory:');
  readonly #open: (driver: SqliteDriver) => Store;
  object: Store;

  constructor(parts: 'accounts' | 'jobs', open: (driver: SqliteDriver) => Store) {
    // A job's object has no accounts.
    const options = parts === 'accounts' ? {} : { parts: ['core', 'jobs'] as const };
    this.sqlite = createSqliteStore(openMigrated(':memory:'), options);
    this.#open = open;
    this.object = open(this.#driver);
  }

  reopen(): void {
    this.object = this.#open(this.#driver);
  }

  async run(decide: Decide): Promise<void> {
    const outcomes: Result<unknown>[] = [];
    for (const store of [this.sqlite, this.object]) {
      // Without a cache, so that what is decided on is what was stored.
      const writePath = new WritePath({ store, clock: this.clock, cacheSize: 0 });
      outcomes.push(await writePath.run({ actor: 'test', correlationId: 'request', reads: [], decide }));
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  }

  async same(read: (store: Store) => Promise<unknown>): Promise<void> {
    expect(await read(this.object)).toEqual(await read(this.sqlite));
  }
}

const id = 'mira';
const jobId = (number: number): string => `019a0000-0000-7000-8000-${String(number).padStart(12, '0')}`;

function accountCommand(random: SeededRandom, number: number): Decide {
  const known = jobId(random.integer(0, number));
  const credits = random.integer(1, 4);
  switch (random.pick(['reserve', 'reserve', 'shrink', 'settle', 'settle', 'grant', 'rule', 'rule', 'forget'])) {
    case 'grant':
      return (draft) => {
        const granted = grant(draft.account(id), credits * 10, 'thanks', draft.now);
        return granted.ok ? ok(draft.applyAccount(granted.value).available) : granted;
      };
    case 'reserve':
      return (draft) => {
        const { runningJobs: _, ...plan } = draft.plans.pro;
        const plans = { ...draft.plans, free: { ...plan, runningJobs: 5 } };
        const made = draft.reservation(jobId(number));
        const reserved = reserve(draft.account(id), made, jobId(number), credits, draft.now, plans);
        return reserved.ok ? ok(draft.applyAccount(reserved.value).available) : reserved;
      };
    case 'shrink':
    case 'settle': {
      const isSettled = random.chance(0.7);
      const outcome = random.pick(['commit', 'rollback'] as const);
      return (draft) => {
        const reservation = draft.reservation(known);
        if (reservation === null) return ok('none');
        const delivered = Math.min(reservation.held, credits);
        const change = isSettled
          ? settle(draft.account(id), reservation, { delivered, failed: 0, outcome }, draft.now)
          : shrink(draft.account(id), reservation, delivered, draft.now);
        return ok(draft.applyAccount(change).available);
      };
    }
    default: {
      const ruleId = `rule-${random.integer(0, 4)}`;
      const isGone = random.chance(0.3);
      return (draft) => {
        draft.putAccount({ ...draft.account(id), updatedAt: draft.now });
        if (isGone && draft.record(ruleTable, [ruleId]) !== null) draft.deleteRecord(ruleTable, [ruleId]);
        else {
          const at = { createdAt: draft.now, updatedAt: draft.now };
          draft.putRecord(ruleTable, {
            id: ruleId, accountId: id, name: `${number}`, presetId: null, concepts: {}, protect: ['face'], ...at,
          });
        }
        return ok(null);
      };
    }
  }
}

describe('the store of an account’s object', () => {
  test.each(seeds)('answers as SQLite’s does, with seed %i', async (seed) => {
    const random = createSeededRandom(seed);
    const both = new Both('accounts', (driver) => createAccountStore(new AccountRows(driver)));
    for (let number = 0; number < 120; number++) {
      await both.run(accountCommand(random, number));
      both.clock.advance(random.integer(0, dayMs));
      if (random.chance(0.2)) both.reopen();
    }
    await both.same((store) => store.accounts.get(id));
    for (let number = 0; number < 120; number++) await both.same((store) => store.accounts.reservation(jobId(number)));
    for (const newestFirst of [false, true]) {
      for (const after of [0, 1, 7, 40, 10_000]) {
        await both.same((store) => store.accounts.ledger(id, { after, limit: 13, newestFirst }));
      }
    }
    const today = Math.floor(both.clock.now() / dayMs);
    for (const [from, to] of [[today - 90, today], [today - 50, today - 40], [today, today]] as const) {
      await both.same((store) => store.accounts.days(id, { from, to }));
    }
    await both.same((store) => rulesOf(store, id));
    await both.same((store) => store.records.get(ruleTable, ['rule-1']));
  });

  test('lists an account’s jobs newest first, page by page, and counts them until they are forgotten', async () => {
    const driver = openSqlite(':memory:');
    const rows = new AccountRows(driver);
    const store = createAccountStore(rows);
    const writePath = new WritePath({ store, clock: createFakeClock(1_800_000_000_000) });
    const on = (decide: Decide): Promise<Result<unknown>> =>
      writePath.run({ actor: 'test', correlationId: 'request', reads: [], decide });
    for (let number = 0; number < 6; number++) {
      await on((draft) => {
        const reserved = reserve(draft.account(id), null, jobId(number), 1, draft.now);
        return reserved.ok ? ok(draft.applyAccount(reserved.value)) : reserved;
      });
      if (number === 5) break;
      await on((draft) => {
        const end = { delivered: 1, failed: 0, outcome: 'commit' as const };
        return ok(draft.applyAccount(settle(draft.account(id), draft.reservation(jobId(number))!, end, draft.now)));
      });
    }
    expect(rows.jobIds(undefined, 4)).toEqual([5, 4, 3, 2].map(jobId));
    expect(rows.jobIds(jobId(2), 4)).toEqual([1, 0].map(jobId));
    expect(await store.usage.of(id, 'image-set')).toMatchObject({ unfinished: 1, kept: 6 });
    rows.forgetJob(jobId(1));
    rows.forgetJob(jobId(1));
    // It holds something.
    rows.forgetJob(jobId(5));
    expect(await store.usage.of(id, 'image-set')).toMatchObject({ unfinished: 1, kept: 5 });
    expect(new AccountRows(driver).jobIds(undefined, 9)).toEqual([5, 4, 3, 2, 0].map(jobId));
    expect((await store.accounts.ledger(id, { after: 0, limit: 100 })).filter((one) => one.jobId === jobId(1)))
      .toHaveLength(2);
  });
});

function jobCommand(random: SeededRandom): ImageSetCommand {
  const idx = random.integer(0, 5);
  switch (random.pick(['confirm', 'execute', 'result', 'result', 'result', 'result', 'cancel'])) {
    case 'confirm':
      return { type: 'confirmUpload', totalItems: random.integer(2, 5) };
    case 'execute':
      return {
        type: 'execute', concepts: {}, protect: ['face'], ruleId: null, outputTemplate: null, force: false,
        output: { format: 'png' } as never, timeLimitMs: 1_000_000,
      };
    case 'cancel':
      return random.chance(0.1) ? { type: 'cancel' } : { type: 'expire', reason: 'late', onlyOverdue: true };
    default:
      return {
        type: 'recordItemResult',
        result: {
          idx, status: random.pick(['done', 'done', 'failed'] as const), outputKey: `outputs/${idx}.png`,
          previewKey: null, error: null, errorCode: null, confidence: 0.5, idempotencyKey: `key-${idx}`,
        },
      };
  }
}

describe('the store of a job’s object', () => {
  test.each(seeds)('answers as SQLite’s does, with seed %i', async (seed) => {
    const random = createSeededRandom(seed);
    const job = jobId(seed);
    const both = new Both('jobs', (driver) => createJobStore(new JobRows(driver, new Kinds([imageSet]), () => {})));
    await both.run((draft) => {
      const made = draft.createJob(imageSet, job, {
        type: 'create', ownerId: id, preset: 'seller', itemCount: 5, traceparent: null, uploadTimeLimitMs: 5_000_000,
      });
      return made.ok ? ok(made.value.version) : made;
    });
    for (let step = 0; step < 40; step++) {
      const command = jobCommand(random);
      await both.run((draft) => {
        const changed = draft.changeJob(imageSet, draft.job(imageSet, job)!, command);
        return changed.ok ? ok(changed.value.version) : changed;
      });
      both.clock.advance(random.integer(0, 20_000));
      if (random.chance(0.3)) both.reopen();
      await both.same((store) => store.jobs.get(job));
    }
    await both.same((store) => store.jobs.events(job, { after: 0, limit: 1_000 }));
    await both.same((store) => store.jobs.events(job, { after: 3, limit: 2 }));
    await both.same((store) => store.jobs.overdue(both.clock.now() + 10_000_000, 1));
    await both.same((store) => store.jobs.deadlines({ after: 0, limit: 10 }));
    await both.same((store) => store.outbox.size());
    await both.same(saidOf);
    const now = both.clock.now();
    const begin = { now, dueAt: now, limit: 10 };
    for (const policy of ['results', 'inputs', 'discarded'] as const) {
      await both.same((store) => store.endedObjects.begin(policy, now + 1, begin));
    }
    await both.same(async (store) =>
      (await store.endedObjects.purged(job)).toSorted((a, b) => (a.part < b.part ? -1 : 1)));
    await both.same(async (store) => (await store.endedObjects.due({ now, leaseMs: 1, limit: 10 })).length);
  });

  test('refuses by name what a job’s object has no use for', async () => {
    const store = createJobStore(new JobRows(openSqlite(':memory:'), new Kinds([imageSet]), () => {}));
    await expect(store.jobs.list({ scopes: [], limit: 1 })).rejects.toThrow('does not have jobs.list');
    await expect(store.webhooks.heal({} as never)).rejects.toThrow('does not have webhooks.heal');
    const writePath = new WritePath({ store: { ...store, holdsAccounts: true }, clock: createFakeClock(1) });
    await expect(writePath.run({
      actor: 'test', correlationId: 'request', reads: [], decide: (draft) => ok(draft.account(id)),
    })).rejects.toThrow('keeps no accounts');
  });
});

/** All that the outbox hands out, in order. */
async function saidOf({ outbox }: Store): Promise<unknown[]> {
  const said: unknown[] = [];
  for (;;) {
    const [first] = await outbox.claim({ now: 2_000_000_000_000, leaseMs: 1, limit: 1 });
    if (first === undefined) return said;
    const { topic, jobId: of, payload, attempt } = first;
    said.push({ topic, of, payload, attempt });
    await outbox.done([first.id]);
  }
}
