import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schemaParts, type Migration } from '../../../src/ports/store/schema-parts.ts';
import type { SqliteDriver } from '../../../src/stores/sqlite/driver.ts';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { openSqlite } from '../../../src/stores/sqlite/node-driver.ts';
import { readMigrations } from '../../../src/stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';

const one: Migration = { version: 1, name: 'one', script: 'CREATE TABLE a (x TEXT); INSERT INTO a VALUES (1);' };
const two: Migration = { version: 2, name: 'two', script: 'CREATE TABLE b (x TEXT); INSERT INTO b VALUES (2);' };

describe('migrations', () => {
  let driver: SqliteDriver;
  const versions = () => driver.all<{ version: number; name: string }>('SELECT version, name FROM schema_migrations');
  const tables = () => {
    const select = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    return driver.all<{ name: string }>(select).map(({ name }) => name);
  };

  beforeEach(() => {
    driver = openSqlite(':memory:');
  });
  afterEach(() => driver.close());

  it('are applied in order, each once', () => {
    migrate(driver, [one]);
    migrate(driver, [two, one]);
    migrate(driver, [one, two]);
    expect(versions()).toEqual([{ version: 1, name: 'one' }, { version: 2, name: 'two' }]);
    expect(driver.all('SELECT x FROM a UNION ALL SELECT x FROM b')).toHaveLength(2);
  });

  it('leave nothing of a script that fails, and go on after it is mended', () => {
    const broken = { ...two, script: 'CREATE TABLE b (x TEXT); INSERT INTO nowhere VALUES (1);' };
    expect(() => migrate(driver, [one, broken])).toThrow('nowhere');
    expect(tables()).toEqual(['a', 'schema_migrations']);
    migrate(driver, [one, two]);
    expect(tables()).toEqual(['a', 'b', 'schema_migrations']);
  });

  it('refuse a database that newer code has written', () => {
    migrate(driver, [one, two]);
    const newer = /part 2 of the schema, but this version knows only 1: it was written by a newer/;
    expect(() => migrate(driver, [one])).toThrow(newer);
  });

  it('refuse a database that other scripts have made', () => {
    migrate(driver, [one]);
    expect(() => migrate(driver, [{ ...one, name: 'another' }])).toThrow(/this version of Waybill expects another/);
  });

  it('may be a part of them, and another one later', () => {
    migrate(driver, [two]);
    migrate(driver, [one, two]);
    expect(tables()).toEqual(['a', 'b', 'schema_migrations']);
  });

  it('are the parts that the code names', () => {
    const inOrder = readMigrations().toSorted((a, b) => a.version - b.version);
    expect(inOrder.map(({ version, name }) => [version, name])).toEqual(schemaParts.map((name, at) => [at + 1, name]));
  });

  it('are asked for by the check of a store whose database is behind', async () => {
    migrate(driver, []);
    const missing = /schema lacks core, .*: migrate it/;
    await expect(createSqliteStore(driver).check()).rejects.toThrow(missing);
  });

  it('that only newer code knows fail the check of a store', async () => {
    migrate(driver, readMigrations());
    driver.run("INSERT INTO schema_migrations (version, name, applied_at) VALUES (99, 'future', 0)");
    await expect(createSqliteStore(driver).check()).rejects.toThrow('written by a newer Waybill');
  });
});
