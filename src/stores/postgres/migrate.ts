import { assertKnown, assertParts, schemaParts, type Migration } from '../../ports/store/schema-parts.ts';
import type { Database, RunText } from './database.ts';
import { statement } from './statement.ts';

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
 * Applies the parts that are missing, in the order of their numbers, each in a transaction of its own that looks again
 * under a lock:
 * of servers that start at once, one applies a script and the others find it applied. The lock ends with the
 * transaction, so that it holds through a proxy too. Throws when the database was made by newer code, or by other
 * scripts than these. A database that is up to date is only read.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const inOrder = migrations.toSorted((a, b) => a.version - b.version);
  const applied = await appliedMigrations(database);
  assertKnown(applied, inOrder);
  const there = new Set(applied.map(({ version }) => version));
  for (const migration of inOrder.filter(({ version }) => !there.has(version))) {
    await database.session((run) => inTransaction(run, () => apply(run, migration, inOrder)));
  }
  await database.session(keepClock);
}

async function apply(run: RunText, { version, name, script }: Migration, known: readonly Migration[]): Promise<void> {
  // Looked at under the lock, and not before it: a snapshot that waited would not see what the others did.
  await run(lock);
  await run(createTable);
  const applied = await run<AppliedMigration>(selectApplied);
  assertKnown(applied, known);
  if (applied.some((one) => one.version === version)) return;
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

/** See `event_clock` in the part `jobs`. Changes nothing unless a dump was restored into a younger server. */
async function keepClock(run: RunText): Promise<void> {
  await run(
    `UPDATE event_clock SET shift = newest.tx + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      FROM (SELECT tx FROM event_batches ORDER BY tx DESC LIMIT 1) newest
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
  assertParts(await appliedMigrations(database), schemaParts);
}
