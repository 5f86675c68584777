import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqliteDriver } from '../../../src/stores/sqlite/driver.ts';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { openSqlite } from '../../../src/stores/sqlite/node-driver.ts';
import { readMigrations } from '../../../src/stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { sampleTable, type StoreUnderTest } from '../../../src/testing/store-suite/index.ts';

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

/** What the migrations put into them stays. */
const kept = ['schema_migrations', 'store_check'];

/**
 * Stores in one file, one after the other, each with nothing in it: emptying the file takes a tenth of the time of
 * making, syncing and closing one. `remove` after the last.
 */
export function storesInOneFile(): { open(): Promise<StoreUnderTest>; remove(): Promise<void> } {
  const file = temporaryFile();
  const drivers: SqliteDriver[] = [];
  const another = async (): Promise<Store> => {
    const driver = openMigrated(file.path);
    driver.exec(sampleTable.sqlite);
    drivers.push(driver);
    return createSqliteStore(driver);
  };
  const closeAllBut = (count: number) => Promise.all(drivers.splice(count).map((driver) => driver.close()));
  return {
    async open() {
      const [first] = drivers;
      return {
        store: first === undefined ? await another() : createSqliteStore(first),
        another,
        async reopen() {
          await closeAllBut(0);
          return another();
        },
        async close() {
          await closeAllBut(1);
          for (const driver of drivers) empty(driver);
        },
      };
    },
    async remove() {
      await closeAllBut(0);
      file.remove();
    },
  };
}

export function empty(driver: SqliteDriver): void {
  const tables = driver.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  const emptied = tables.map(({ name }) => name).filter((name) => !kept.includes(name));
  driver.transaction(() => driver.exec(emptied.map((name) => `DELETE FROM ${name};`).join(' ')));
}
