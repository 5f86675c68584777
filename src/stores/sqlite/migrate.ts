import {
  assertKnown, assertParts, type Migration, type NewerParts, type SchemaPart,
} from '../../ports/store/schema-parts.ts';
import type { SqliteDriver } from './driver.ts';

const createTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`;

/**
 * Applies the parts that are missing, in the order of their numbers, each in a transaction of its own that looks again
 * under the write lock: of two processes that start at once, one applies a script and the other finds it applied.
 * Throws when the database was made by newer code that is not `served`, or by other scripts than these.
 */
export function migrate(driver: SqliteDriver, migrations: readonly Migration[], newer?: NewerParts): void {
  const inOrder = migrations.toSorted((a, b) => a.version - b.version);
  driver.run(createTable);
  for (const { version, name, script } of inOrder) {
    driver.transaction(() => {
      const applied = appliedParts(driver);
      assertKnown(applied, inOrder, newer);
      if (applied.some((one) => one.version === version)) return;
      driver.exec(script);
      driver.run(
        `INSERT INTO schema_migrations (version, name, applied_at)
          VALUES (?, ?, CAST(unixepoch('subsec') * 1000 AS INTEGER))`,
        [version, name],
      );
    });
  }
}

/** Throws when the database's schema is not what a store of these parts needs. */
export function assertSchema(driver: SqliteDriver, parts: readonly SchemaPart[], newer?: NewerParts): void {
  assertParts(appliedParts(driver), parts, newer);
}

function appliedParts(driver: SqliteDriver): { version: number; name: string }[] {
  return driver.all('SELECT version, name FROM schema_migrations ORDER BY version');
}
