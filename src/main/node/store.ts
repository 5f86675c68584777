import { join } from 'node:path';
import { openSqlite } from '../../stores/sqlite/node-driver.ts';
import { migrate } from '../../stores/sqlite/migrate.ts';
import { readMigrations } from '../../stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../stores/sqlite/store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Config } from '../config/config.ts';

/** The store that the configuration names, migrated to what the code needs. */
export function openStore(config: Pick<Config, 'dataDir' | 'databaseUrl'>): Store {
  const driver = openSqlite(databasePath(config));
  try {
    migrate(driver, readMigrations());
  } catch (error) {
    void driver.close();
    throw error;
  }
  return createSqliteStore(driver);
}

/** Where the embedded store keeps its file. */
export function databasePath({ databaseUrl, dataDir }: Pick<Config, 'dataDir' | 'databaseUrl'>): string {
  return databaseUrl === null ? join(dataDir, 'waybill.sqlite') : databaseUrl.replace(/^sqlite:(\/\/)?/, '');
}
