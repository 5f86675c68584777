import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqlite } from '../../stores/sqlite/node-driver.ts';
import { lockDatabase } from '../../stores/sqlite/node-lock.ts';
import { migrate } from '../../stores/sqlite/migrate.ts';
import { readMigrations } from '../../stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../stores/sqlite/store.ts';
import type { PostgresOptions } from '../../stores/postgres/options.ts';
import type { StoreWatch } from '../../ports/store/unreachable.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Config } from '../config/config.ts';
import { isPostgres } from '../config/load.ts';

export type StoreConfig = Pick<Config, 'dataDir' | 'databaseUrl' | 'database'>;

/** The same for a server, which is the only one on its SQLite file from before that is migrated until it is closed. */
export async function openServerStore(config: StoreConfig, watch: StoreWatch): Promise<Store> {
  if (postgresOptions(config) !== null) return openStore(config, watch);
  const unlock = await lockDatabase(databasePath(config));
  try {
    const store = await openStore(config, watch);
    return {
      ...store,
      async close() {
        await store.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The store that the configuration names, migrated to what the code needs. What the other one needs is not loaded. */
export async function openStore(config: StoreConfig, watch?: StoreWatch): Promise<Store> {
  const postgres = postgresOptions(config);
  if (postgres !== null) {
    const [stores, migrations] = await Promise.all([
      import('../../stores/postgres/store.ts'), import('../../stores/postgres/migrations.ts'),
    ]);
    return stores.openPostgresStore({ ...postgres, watch }, migrations.readMigrations());
  }
  const path = databasePath(config);
  const driver = openSqlite(path, { watch, externalCheckpoints: config.database.externalCheckpoints });
  try {
    migrate(driver, readMigrations());
  } catch (error) {
    void driver.close();
    throw error;
  }
  return createSqliteStore(driver, { bytes: () => bytesOf(path) });
}

/** With its log and index, which are there while it is open. */
async function bytesOf(path: string): Promise<number> {
  const sizes = await Promise.all(['', '-wal', '-shm'].map(async (end) => {
    return (await stat(path + end).catch(() => ({ size: 0 }))).size;
  }));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Null when the store is a SQLite file. */
export function postgresOptions({ databaseUrl, database }: StoreConfig): PostgresOptions | null {
  if (databaseUrl === null || !isPostgres(databaseUrl)) return null;
  const { poolSize, proxied, directUrl } = database;
  return { url: databaseUrl, poolSize, proxied, listenUrl: directUrl };
}

/** Where the store is, for people: a path, or a server and a database. */
export async function storePlace(config: StoreConfig): Promise<string> {
  const postgres = postgresOptions(config);
  if (postgres === null) return databasePath(config);
  return (await import('../../stores/postgres/failures.ts')).placeOf(postgres.url).text;
}

/** Where the embedded store keeps its file. */
export function databasePath({ databaseUrl, dataDir }: Pick<Config, 'dataDir' | 'databaseUrl'>): string {
  return databaseUrl === null ? join(dataDir, 'waybill.sqlite') : databaseUrl.replace(/^sqlite:(\/\/)?/, '');
}
