import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { StoreWatch } from '../../ports/store/unreachable.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { Checkpoints } from './node-checkpoints.ts';
import { DurabilityKeeper } from './node-durability.ts';
import { notWritable } from './node-failures.ts';
import { WalThread } from './node-wal-threads.ts';

export interface OpenOptions {
  /** Longest wait for another process that writes. Milliseconds, 5,000 unless said. */
  readonly busyTimeoutMs?: number;
  /** Whether another program writes the log back, which must lose nothing of it before. */
  readonly externalCheckpoints?: boolean;
  /** Hears when the disk takes no writes, and when it does again. */
  readonly watch?: StoreWatch | undefined;
}

/**
 * Page cache in KB. Not more: after every commit that grew a tree, SQLite walks through its whole
 * cache (0.1 ms with 64 MB), and what falls out of it is still in the system's.
 */
const cacheKb = 16_384;

/**
 * Opens a database file, making it if there is none; the folder must exist. Other processes may have
 * it open too. What `durable()` resolves for survives a loss of power (see `DurabilityKeeper`).
 * ":memory:" is a database that survives nothing, for trying things out.
 */
export function openSqlite(path: string, options: OpenOptions = {}): SqliteDriver {
  assertNode();
  const timeout = options.busyTimeoutMs ?? 5_000;
  keepPrivate(path);
  const db = new Database(path, { timeout });
  try {
    const inFile = switchToWal(db, timeout) === 'wal';
    db.pragma('synchronous = NORMAL');
    db.pragma('wal_autocheckpoint = 0');
    db.pragma(`cache_size = -${cacheKb}`);
    db.pragma('temp_store = MEMORY');
    return inFile ? inDurableFile(db, path, options) : inMemory(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Makes the file, and one that is there already, readable by its owner alone, whatever the folder lets others do; the
 * log beside it takes its mode. A file that is there is not opened for that: closing it again would drop the locks that
 * another connection of this process has on it.
 */
function keepPrivate(path: string): void {
  if (path === ':memory:' || path === '') return;
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // It is there, or cannot be made, which SQLite says better.
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    } catch {
      // Not there, or not ours to change.
    }
  }
}

function inMemory(db: Database.Database): SqliteDriver {
  return { ...statementsOf(db, () => {}), durable: () => Promise.resolve(), close: async () => void db.close() };
}

function inDurableFile(
  db: Database.Database,
  path: string,
  { watch, externalCheckpoints = false }: OpenOptions,
): SqliteDriver {
  const thread = new WalThread(path);
  const durability = new DurabilityKeeper(() => thread.run('sync'));
  const checkpoints = externalCheckpoints ? null : new Checkpoints(db, path);
  const committed = (): void => {
    durability.committed();
    checkpoints?.committed();
    if (!durability.hasFailed) watch?.worked('write');
  };
  return {
    ...statementsOf(db, committed, watch),
    durable: () => durability.durable(),
    async close() {
      // If the last sync failed, whoever waited for it was told.
      await durability.durable().catch(() => {});
      await checkpoints?.close();
      await thread.close();
      db.close();
    },
  };
}

/** `committed` is called after each commit. */
function statementsOf(
  db: Database.Database,
  committed: () => void,
  watch?: StoreWatch,
): Omit<SqliteDriver, 'durable' | 'close'> {
  const named = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const outage = notWritable(error);
      if (outage === null) throw error;
      watch?.failed(outage);
      throw outage;
    }
  };
  const prepared = new Map<string, Database.Statement>();
  const prepare = (sql: string): Database.Statement => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
  const within = <T>(begin: string, work: () => T): T => {
    prepare(begin).run();
    try {
      const result = work();
      prepare('COMMIT').run();
      return result;
    } catch (error) {
      // Some errors (a full disk) have rolled back already.
      if (db.inTransaction) prepare('ROLLBACK').run();
      throw error;
    }
  };
  const none: readonly SqlValue[] = [];
  return {
    all: <Row>(sql: string, params = none) => named(() => prepare(sql).all(params) as Row[]),
    run(sql, params = none) {
      const { changes } = named(() => prepare(sql).run(params));
      if (!db.inTransaction) committed();
      return changes;
    },
    exec(script) {
      named(() => db.exec(script));
      if (!db.inTransaction) committed();
    },
    transaction(work) {
      const result = named(() => within('BEGIN IMMEDIATE', work));
      committed();
      return result;
    },
    snapshot: (work) => named(() => within('BEGIN', work)),
  };
}

/**
 * Two processes that switch a new file at once refuse each other without waiting (SQLite does not
 * call its busy handler there), so the waiting is done here. Returns the journal mode.
 */
function switchToWal(db: Database.Database, timeoutMs: number): string {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const giveUpAt = performance.now() + timeoutMs; ; ) {
    try {
      return db.pragma('journal_mode = WAL', { simple: true }) as string;
    } catch (error) {
      const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (!busy || performance.now() > giveUpAt) throw error;
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}

/** On an older Node the native part of better-sqlite3 13 ends the process without a word. */
function assertNode(): void {
  if (Number.parseInt(process.versions.node, 10) >= 22) return;
  throw new Error(`Waybill needs Node 22 or newer, but this is ${process.version}.`);
}
