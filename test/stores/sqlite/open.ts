import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqliteDriver } from '../../../src/stores/sqlite/driver.ts';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { openSqlite } from '../../../src/stores/sqlite/node-driver.ts';
import { readMigrations } from '../../../src/stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import type { StoreUnderTest } from '../../../src/testing/store-suite/index.ts';

/** A path for a database, in a folder of its own. */
export function temporaryFile(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sqlite-'));
  return { path: join(folder, 'waybill.db'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function openMigrated(path: string): SqliteDriver {
  const driver = openSqlite(path);
  migrate(driver, readMigrations());
  return driver;
}

export async function openTestStore(): Promise<StoreUnderTest> {
  const file = temporaryFile();
  const open = () => createSqliteStore(openMigrated(file.path));
  const opened = [open()];
  const store = opened[0] as (typeof opened)[number];
  const closeAll = () => Promise.all(opened.splice(0).map((one) => one.close()));
  const another = async () => {
    const one = open();
    opened.push(one);
    return one;
  };
  return {
    store,
    another,
    async reopen() {
      await closeAll();
      return another();
    },
    async close() {
      await closeAll();
      file.remove();
    },
  };
}
