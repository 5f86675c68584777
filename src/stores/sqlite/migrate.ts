import { InvariantViolation } from '../../domain/errors.ts';
import type { SqliteDriver } from './driver.ts';

/** The migration that this code is written for; the newest of `migrations/sqlite/`. */
export const schemaVersion = 2;

export interface Migration {
  /** From 1, without gaps. */
  readonly version: number;
  readonly name: string;
  readonly script: string;
}

const createTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`;

/**
 * Applies what is missing, oldest first, each in a transaction of its own that looks again under
 * the write lock: of two processes that start at once, one applies a script and the other finds
 * it applied. Throws when the database was made by newer code, or by other scripts than these.
 */
export function migrate(driver: SqliteDriver, migrations: readonly Migration[]): void {
  const inOrder = migrations.toSorted((a, b) => a.version - b.version);
  inOrder.forEach(({ version }, index) => {
    if (version !== index + 1) throw new InvariantViolation(`migration ${index + 1} is missing`);
  });
  driver.run(createTable);
  for (const { version, name, script } of inOrder) {
    driver.transaction(() => {
      const applied = appliedVersions(driver);
      assertNotNewer(applied.at(-1)?.version ?? 0, inOrder.length);
      const here = applied[version - 1];
      if (here === undefined) {
        driver.exec(script);
        driver.run(
          `INSERT INTO schema_migrations (version, name, applied_at)
            VALUES (?, ?, CAST(unixepoch('subsec') * 1000 AS INTEGER))`,
          [version, name],
        );
      } else if (here.name !== name) {
        throw new Error(`Migration ${version} of this database is ${here.name}, and this Waybill's is ${name}.`);
      }
    });
  }
}

/** Throws when the database's schema is not this code's. */
export function assertSchema(driver: SqliteDriver): void {
  const version = appliedVersions(driver).at(-1)?.version ?? 0;
  assertNotNewer(version, schemaVersion);
  if (version < schemaVersion) {
    throw new Error(`The database has schema ${version}, and this Waybill needs ${schemaVersion}: migrate it.`);
  }
}

function appliedVersions(driver: SqliteDriver): { version: number; name: string }[] {
  return driver.all('SELECT version, name FROM schema_migrations ORDER BY version');
}

function assertNotNewer(version: number, known: number): void {
  if (version <= known) return;
  throw new Error(
    `The database has schema ${version}, and this Waybill knows ${known}: it was written by a newer Waybill. ` +
      'Start that one, or restore a backup from before its first start.',
  );
}
