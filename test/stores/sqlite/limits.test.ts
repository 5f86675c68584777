import { afterAll, expect, it } from 'vitest';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { readMigrations } from '../../../src/stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { sampleTable, storeSuite } from '../../../src/testing/store-suite/index.ts';
import { openLimited } from './limited-driver.ts';
import { empty } from './open.ts';

const driver = openLimited();
migrate(driver, readMigrations());
driver.exec(sampleTable.sqlite);
afterAll(() => driver.close());

storeSuite('SQLite within the limits of a Durable Object', async () => {
  return { store: createSqliteStore(driver), close: async () => empty(driver) };
});

it('keeps its name and the parts of its schema apart from what it runs on', () => {
  expect(createSqliteStore(driver)).toMatchObject({ name: 'sqlite', holdsAccounts: true });
  const store = createSqliteStore(driver, { name: 'durable-object', parts: ['core', 'jobs'] });
  expect(store).toMatchObject({ name: 'durable-object', holdsAccounts: false });
  expect(store.feed).toBeUndefined();
});
