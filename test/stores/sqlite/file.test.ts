import { existsSync, readFileSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvariantViolation } from '../../../src/domain/errors.ts';
import type { SqliteDriver } from '../../../src/stores/sqlite/driver.ts';
import { Checkpoints } from '../../../src/stores/sqlite/node-checkpoints.ts';
import { openSqlite } from '../../../src/stores/sqlite/node-driver.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { Bookkeeper } from '../../../src/testing/store-suite/bookkeeper.ts';
import { scopesOf } from '../../../src/testing/store-suite/context.ts';
import { openMigrated, temporaryFile } from './open.ts';

const t0 = Date.UTC(2026, 10, 22);

describe('a database file', () => {
  let file: ReturnType<typeof temporaryFile>;
  let driver: SqliteDriver;
  beforeEach(() => {
    file = temporaryFile();
    driver = openMigrated(file.path);
  });
  afterEach(async () => {
    await driver.close();
    file.remove();
  });

  it('is a single file once it is closed', async () => {
    driver.run('UPDATE store_check SET writes = 7');
    expect(existsSync(`${file.path}-wal`)).toBe(true);
    await driver.close();
    expect(existsSync(`${file.path}-wal`)).toBe(false);
    driver = openSqlite(file.path);
    expect(driver.all('SELECT writes FROM store_check')).toEqual([{ writes: 7 }]);
  });

  it('rolls back a transaction that throws, and goes on', () => {
    const broken = () =>
      driver.transaction(() => {
        driver.run('UPDATE store_check SET writes = 9');
        throw new Error('changed my mind');
      });
    expect(broken).toThrow('changed my mind');
    driver.transaction(() => driver.run('UPDATE store_check SET writes = writes + 1'));
    expect(driver.all('SELECT writes FROM store_check')).toEqual([{ writes: 1 }]);
  });

  it('shows a snapshot as it was, whatever another process commits meanwhile', async () => {
    const other = openSqlite(file.path);
    const writes = () => driver.all<{ writes: number }>('SELECT writes FROM store_check')[0]?.writes;
    driver.snapshot(() => {
      expect(writes()).toBe(0);
      other.run('UPDATE store_check SET writes = 5');
      expect(writes()).toBe(0);
    });
    expect(writes()).toBe(5);
    await other.close();
  });

  it('leaves its log to another program where that is to write it back, however long it gets', async () => {
    await driver.close();
    driver = openSqlite(file.path, { externalCheckpoints: true });
    driver.exec('CREATE TABLE bulk (data TEXT) STRICT');
    for (let commits = 0; commits < 48; commits++) driver.run('INSERT INTO bulk VALUES (?)', ['x'.repeat(900_000)]);
    const other = new Database(file.path);
    // What would have been written back by now: the log has more pages than that begins with.
    expect(other.pragma('wal_checkpoint(NOOP)')).toMatchObject([{ log: expect.toSatisfy((n) => n > 10_000) }]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(other.pragma('wal_checkpoint(NOOP)')).toMatchObject([{ checkpointed: 0 }]);
    other.close();
  });

  it('is unavailable while another process writes for longer than the busy timeout', async () => {
    const other = openSqlite(file.path, { busyTimeoutMs: 20 });
    driver.transaction(() => {
      expect(() => other.run('UPDATE store_check SET writes = 5')).toThrow('locked');
    });
    await other.close();
  });

  it.each([
    ['an account', "UPDATE accounts SET plan = 'platinum'", 'the plan of account'],
    ['a job', "UPDATE job_rows SET phase = 'limbo'", 'the phase of job'],
    ['an item', "UPDATE job_items SET state = 'lost'", 'the state of item 0 of job'],
    ['a reservation', "UPDATE reservations SET state = 'forgotten'", 'the state of the reservation of job'],
    ['a set of items', 'DELETE FROM job_items', 'counts 1 items, and 0 are there'],
  ])('is reported as damaged when %s is', async (_, damage, complaint) => {
    const store = createSqliteStore(driver);
    const book = new Bookkeeper(t0);
    const owner = book.account('user-1', 'pro', 5);
    const jobId = book.submit(owner, 2);
    book.confirm(jobId);
    book.execute(jobId);
    book.result(jobId, 0);
    expect(await store.commit(book.take())).toEqual({ ok: true });
    driver.run(damage);
    const load = store.load({ jobs: [jobId], accounts: [owner], reservations: [jobId], records: [], idempotency: [] });
    await expect(load).rejects.toThrow(InvariantViolation);
    await expect(load).rejects.toThrow(complaint);
  });

  it('refuses limits that no page may have', async () => {
    const { jobs } = createSqliteStore(driver);
    for (const limit of [0, 1_001, 1.5, NaN]) {
      await expect(jobs.list({ scopes: scopesOf(null), limit })).rejects.toThrow('a limit is 1 to 1000');
    }
  });
});

describe('the write-ahead log', () => {
  it('is checkpointed while commits go on, and begins anew', async () => {
    const file = temporaryFile();
    const db = new Database(file.path);
    db.pragma('journal_mode = WAL');
    db.pragma('wal_autocheckpoint = 0');
    db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)');
    const checkpoints = new Checkpoints(db, file.path, 200);
    const insert = db.prepare('INSERT INTO t (text) VALUES (?)');
    const [phases, commits, rows] = [5, 32, 40];
    const text = 'x'.repeat(1_000);
    for (let phase = 0; phase < phases; phase++) {
      for (let commit = 0; commit < commits; commit++) {
        db.transaction(() => {
          for (let row = 0; row < rows; row++) insert.run(text);
        })();
        checkpoints.committed();
      }
      await checkpoints.idle();
    }
    await checkpoints.close();
    // As long as the commits of one phase and a bit: those of the others were written over.
    expect(statSync(`${file.path}-wal`).size).toBeLessThan(2 * commits * rows * text.length);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(phases * commits * rows);
    db.close();
    file.remove();
  });

  it('is checkpointed when few commits have been in it for long', async () => {
    const file = temporaryFile();
    const db = new Database(file.path);
    db.pragma('journal_mode = WAL');
    db.pragma('wal_autocheckpoint = 0');
    db.exec('CREATE TABLE t (text TEXT)');
    const checkpoints = new Checkpoints(db, file.path, 10_000, 1);
    db.exec("INSERT INTO t VALUES ('kept')");
    checkpoints.committed();
    await vi.waitUntil(() => readFileSync(file.path).includes('kept'), { timeout: 10_000, interval: 5 });
    await checkpoints.close();
    db.close();
    file.remove();
  });
});
