import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../src/ports/store/store.ts';
import { migrate } from '../../src/stores/sqlite/migrate.ts';
import { openSqlite } from '../../src/stores/sqlite/node-driver.ts';
import { readMigrations } from '../../src/stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';

/** A database file of its own, which several stores may have open at once, as several processes do. */
export function createSqliteFile(): { open(): Store; remove(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-'));
  const stores: Store[] = [];
  return {
    open: () => {
      const driver = openSqlite(join(folder, 'waybill.sqlite'));
      migrate(driver, readMigrations());
      const store = createSqliteStore(driver);
      stores.push(store);
      return store;
    },
    remove: async () => {
      for (const store of stores) await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
