import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WritePath } from '../../../src/application/write-path/write-path.ts';
import { balancesOf } from '../../../src/domain/account/ledger.ts';
import { CommitAborted, type Commit } from '../../../src/ports/store/commit.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { createFakeClock } from '../../../src/testing/fake-clock.ts';
import { Bookkeeper, newId } from '../../../src/testing/store-suite/bookkeeper.ts';
import { commanding, creating, granting } from '../../application/operations.ts';
import { commands } from '../../domain/image-sets.ts';
import { startCuttingProxy, type CuttingProxy } from '../../postgres/cutting-proxy.ts';
import { newDatabase, type TestDatabase } from '../../postgres/database.ts';
import { open } from './open.ts';
import { openSession, untilBlocked, type Session } from './session.ts';

const now = Date.UTC(2026, 10, 22);
let database: TestDatabase;
let store: Store;
let stranger: Session;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  database = await newDatabase();
  store = await open(database.url);
  stranger = await openSession(database);
});
afterEach(async () => {
  await stranger.end();
  await store.close();
  for (const one of opened.splice(0)) await one.close();
});

/** Two accounts that are stored, and a commit that changes both; `a` is the first by its id. */
async function twoAccounts(): Promise<{ a: string; b: string; change: Commit }> {
  const book = new Bookkeeper(now);
  const [a, b] = [book.account(newId(now), 'pro'), book.account(newId(now), 'pro')];
  expect(await store.commit(book.take())).toEqual({ ok: true });
  for (const id of [a, b]) book.account(id, 'pro', 5);
  return { a, b, change: book.take() };
}

const touch = 'UPDATE accounts SET plan = plan WHERE id = $1';

describe('a commit', () => {
  it('waits for a lock on a row that it changes, and then succeeds', async () => {
    const { a, change } = await twoAccounts();
    await stranger.run('BEGIN');
    await stranger.run(touch, [a]);
    const committing = store.commit(change);
    await untilBlocked(database);
    await stranger.run('COMMIT');
    expect(await committing).toEqual({ ok: true });
  });

  it('is retried when PostgreSQL aborts it for a deadlock', async () => {
    // PostgreSQL aborts whoever notices first, on a busy machine the other one: then there is another deadlock.
    for (let aborted = false; !aborted; ) {
      const { a, b, change } = await twoAccounts();
      await stranger.run('BEGIN');
      await stranger.run(touch, [b]);
      const committing = store.commit(change);
      await untilBlocked(database);
      // The commit holds a and waits for b; from here on each waits for the other.
      aborted = await stranger.run(touch, [a]).then(() => true, () => false);
      await stranger.run(aborted ? 'COMMIT' : 'ROLLBACK');
      expect(await committing).toEqual({ ok: true });
      expect(await store.accounts.get(a)).toMatchObject({ available: 15 });
    }
  });

  it('that PostgreSQL disconnects before its end stores nothing, and reports that', async () => {
    const { a, b, change } = await twoAccounts();
    await stranger.run('BEGIN');
    await stranger.run(touch, [b]);
    const committing = store.commit(change).catch((error: unknown) => error);
    await database.run('SELECT pg_terminate_backend($1)', [await untilBlocked(database)]);
    expect(await committing).toBeInstanceOf(CommitAborted);
    await stranger.run('ROLLBACK');
    expect(await store.accounts.get(a)).toMatchObject({ available: 10 });
    expect(await store.commit(change)).toEqual({ ok: true });
  });

  it('that violates a constraint stores nothing, and reports that', async () => {
    const { a, change } = await twoAccounts();
    const [first] = change.ledger;
    const twice = { ...change, ledger: [...change.ledger, ...(first === undefined ? [] : [first])] };
    await expect(store.commit(twice)).rejects.toThrow(CommitAborted);
    await expect(store.commit(twice)).rejects.toThrow(/ledger_pkey/);
    expect(await store.accounts.get(a)).toMatchObject({ available: 10 });
  });
});

describe('a connection that breaks', () => {
  let line: CuttingProxy;
  let far: Store;
  beforeEach(async () => {
    line = await startCuttingProxy(database.url);
    far = await open(line.url);
    opened.push(far, line);
  });

  it.each([['before', 10], ['after', 15]] as const)(
    '%s the end of a commit is carried out makes its outcome unknown',
    async (when, available) => {
      const { a, change } = await twoAccounts();
      line.cutNext(when);
      const failed = await far.commit(change).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(Error);
      expect(failed).not.toBeInstanceOf(CommitAborted);
      expect(String(failed)).toContain('connection to PostgreSQL was lost');
      expect(await far.accounts.get(a)).toMatchObject({ available });
    },
  );

  it('has a read repeated on a second connection', async () => {
    const { a } = await twoAccounts();
    expect(await far.jobs.get(newId(now))).toBeNull();
    line.cutNext('before');
    const request = { jobs: [newId(now)], accounts: [a], reservations: [], records: [], idempotency: [] };
    expect((await far.load(request)).accounts).toHaveLength(1);
  });

  it('by the word of the server has a read repeated as well', async () => {
    const { a } = await twoAccounts();
    const locker = new pg.Client(database.url);
    await locker.connect();
    await locker.query('BEGIN');
    await locker.query('LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE');
    const reading = store.accounts.get(a);
    const blocked = `FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    await expect.poll(async () => (await locker.query(`SELECT pid ${blocked}`)).rowCount).toBe(1);
    await locker.query(`SELECT pg_terminate_backend(pid) ${blocked}`);
    await locker.query('ROLLBACK');
    await locker.end();
    expect(await reading).toMatchObject({ available: 10 });
  });
});

describe('two servers', () => {
  it('that change the same account lose nothing of what either did', async () => {
    const clock = createFakeClock();
    const other = await open(database.url);
    opened.push(other);
    const [here, there] = [new WritePath({ store, clock }), new WritePath({ store: other, clock })];
    const rounds = 40;
    const results = await Promise.all(
      Array.from({ length: rounds }, (_, i) => (i % 2 === 0 ? here : there).run(granting('ada', 1 + i))),
    );
    expect(results.every(({ ok }) => ok)).toBe(true);
    const granted = (rounds * (rounds + 1)) / 2;
    expect(await store.accounts.get('ada')).toMatchObject({ available: 10 + granted });
    const ledger = await store.accounts.ledger('ada', { after: 0, limit: 1_000 });
    expect(ledger).toHaveLength(1 + rounds);
    expect(balancesOf(ledger)).toMatchObject({ available: 10 + granted });
  });

  it('give the last slot of an account to one job, and refuse nothing that the other made possible', async () => {
    const clock = createFakeClock();
    const other = await open(database.url);
    opened.push(other);
    const [here, there] = [new WritePath({ store, clock }), new WritePath({ store: other, clock })];
    const ids = Array.from({ length: 8 }, () => newId(now));
    const made = await Promise.all(ids.map((id, i) => (i % 2 === 0 ? here : there).run(creating(id, 'ada'))));
    const [winner] = made.flatMap((result) => (result.ok ? [result.value] : []));
    expect(made.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await store.accounts.get('ada')).toMatchObject({ activeJobs: 1, reserved: 1, available: 9 });
    expect(await there.run(commanding(winner ?? '', commands.cancel()))).toEqual({ ok: true, value: 'canceled' });
    expect(await here.run(creating(newId(now), 'ada'))).toMatchObject({ ok: true });
  });
});

describe('an email address that another transaction is taking', () => {
  it.each([{ keepAdmin: true }, undefined])('is waited for, and then taken (%j)', async (options) => {
    const times = { createdAt: now, updatedAt: now, tokensFrom: now };
    const [ada, bob] = ['ada', 'bob'].map((id) => (
      { id, email: null, name: null, passwordHash: 'h', roles: ['user'], disabled: false, ...times }
    ));
    for (const user of [ada!, bob!]) await store.users.insert(user, { firstAdmin: false });
    await stranger.run('BEGIN');
    await stranger.run(`UPDATE users SET email = 'x@x.example', email_key = 'x@x.example' WHERE key = 'ada'`);
    const changing = store.users.update('bob', { email: 'X@x.example', updatedAt: now }, options);
    await untilBlocked(database);
    await stranger.run('COMMIT');
    expect(await changing).toBe(false);
    expect(await store.users.find('bob')).toEqual(bob);
  });
});
