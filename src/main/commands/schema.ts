import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { readMigrations as readPostgresMigrations } from '../../stores/postgres/migrations.ts';
import { readAppliedMigrations } from '../../stores/postgres/store.ts';
import { readMigrations } from '../../stores/sqlite/node-migrations.ts';
import { databasePath, postgresOptions, type StoreConfig } from '../node/store.ts';

/** How far a database is behind, or ahead of, this program's migrations. */
export interface SchemaState {
  /** Oldest first; null: not applied yet. */
  readonly migrations: readonly {
    readonly version: number;
    readonly name: string;
    readonly appliedAt: number | null;
  }[];
  /** The newest migration of the database that this program does not know; null when it knows them all. */
  readonly newer: number | null;
}

/**
 * Looks at the store without changing it; a file that is not there has no migration. Throws when it is no database,
 * or cannot be reached.
 */
export async function readSchema(config: StoreConfig): Promise<SchemaState> {
  const postgres = postgresOptions(config);
  if (postgres === null) return readFileSchema(databasePath(config));
  const applied = await readAppliedMigrations(postgres);
  return compare(
    new Map(applied.map(({ version, appliedAt }) => [version, appliedAt])),
    readPostgresMigrations(),
  );
}

/** As `readSchema`, of a SQLite file. */
export function readFileSchema(path: string): SchemaState {
  return compare(new Map(existsSync(path) ? appliedIn(path) : []), readMigrations());
}

function compare(
  applied: ReadonlyMap<number, number>,
  migrations: readonly { readonly version: number; readonly name: string }[],
): SchemaState {
  const known = migrations.toSorted((a, b) => a.version - b.version);
  const newest = Math.max(0, ...applied.keys());
  return {
    migrations: known.map(({ version, name }) => ({ version, name, appliedAt: applied.get(version) ?? null })),
    newer: newest > (known.at(-1)?.version ?? 0) ? newest : null,
  };
}

function appliedIn(path: string): (readonly [version: number, appliedAt: number])[] {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'").get();
    if (table === undefined) return [];
    const rows = db.prepare('SELECT version, applied_at AS appliedAt FROM schema_migrations').all();
    return (rows as { version: number; appliedAt: number }[]).map(({ version, appliedAt }) => [version, appliedAt]);
  } finally {
    db.close();
  }
}
