import { InvariantViolation } from '../../domain/errors.ts';
import type { Database, RunText } from './database.ts';
import { statement } from './statement.ts';

/** The migration that this code is written for; the newest of `migrations/postgres/`. */
const schemaVersion = 2;

export interface Migration {
  /** From 1, without gaps. */
  readonly version: number;
  readonly name: string;
  readonly script: string;
}

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly appliedAt: number;
}

/** Any number, as long as every Waybill takes the same one: held by whoever migrates, until its transaction ends. */
const lock = 'SELECT pg_advisory_xact_lock(7241996350118023)';

const createTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)`;

/**
 * Applies what is missing, oldest first, each in a transaction of its own that looks again under a lock:
 * of servers that start at once, one applies a script and the others find it applied. The lock ends with the
 * transaction, so that it holds through a proxy too. Throws when the database was made by newer code, or by other
 * scripts than these. A database that is up to date is only read.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const inOrder = migrations.toSorted((a, b) => a.version - b.version);
  inOrder.forEach(({ version }, index) => {
    if (version !== index + 1) throw new InvariantViolation(`migration ${index + 1} is missing`);
  });
  const applied = await appliedMigrations(database);
  assertSame(applied, inOrder);
  for (const migration of inOrder.slice(applied.length)) {
    await database.session((run) => inTransaction(run, () => apply(run, migration, inOrder)));
  }
  await database.session(keepClock);
}

async function apply(run: RunText, { version, name, script }: Migration, known: readonly Migration[]): Promise<void> {
  // Looked at under the lock, and not before it: a snapshot that waited would not see what the others did.
  await run(lock);
  await run(createTable);
  const applied = await run<AppliedMigration>(selectApplied);
  assertSame(applied, known);
  if (applied.length >= version) return;
  await run(script);
  const insert = 'INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)';
  await run(insert, [version, name, Date.now()]);
}

async function inTransaction(run: RunText, work: () => Promise<void>): Promise<void> {
  await run('BEGIN');
  try {
    // An index over a large table takes longer than a request may.
    await run('SET LOCAL statement_timeout = 0');
    await work();
    await run('COMMIT');
  } catch (error) {
    await run('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** See `event_clock` in the first migration. Changes nothing unless a dump was restored into a younger server. */
async function keepClock(run: RunText): Promise<void> {
  await run(
    `UPDATE event_clock SET shift = newest.tx + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      FROM (SELECT tx FROM domain_events ORDER BY tx DESC LIMIT 1) newest
      WHERE newest.tx >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + shift`,
  );
}

const selectApplied = 'SELECT version, name, applied_at AS "appliedAt" FROM schema_migrations ORDER BY version';
const applied = statement('schema_applied', selectApplied);
const tableThere = statement('schema_there', `SELECT to_regclass('schema_migrations') IS NOT NULL AS there`);

/** Oldest first; none when the database is empty. */
export async function appliedMigrations(database: Database): Promise<readonly AppliedMigration[]> {
  const [found] = await database.read<{ there: boolean }>(tableThere, []);
  return found?.there === true ? database.read<AppliedMigration>(applied, []) : [];
}

/** Throws when the database's schema is not this code's. */
export async function assertSchema(database: Database): Promise<void> {
  const version = (await appliedMigrations(database)).at(-1)?.version ?? 0;
  assertNotNewer(version, schemaVersion);
  if (version < schemaVersion) {
    throw new Error(`The database has schema ${version}, and this Waybill needs ${schemaVersion}: migrate it.`);
  }
}

function assertSame(there: readonly AppliedMigration[], known: readonly Migration[]): void {
  assertNotNewer(there.at(-1)?.version ?? 0, known.length);
  for (const { version, name } of there) {
    const own = known[version - 1]?.name;
    if (own === name) continue;
    throw new Error(`Migration ${version} of this database is ${name}, and this Waybill's is ${own}.`);
  }
}

function assertNotNewer(version: number, known: number): void {
  if (version <= known) return;
  throw new Error(
    `The database has schema ${version}, and this Waybill knows ${known}: it was written by a newer Waybill. ` +
      'Start that one, or restore a backup from before its first start.',
  );
}
