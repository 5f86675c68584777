import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Migration } from '../../../src/ports/store/schema-parts.ts';
import { migrate } from '../../../src/stores/postgres/migrate.ts';
import { openDatabase } from '../../../src/stores/postgres/database.ts';
import { toSettings } from '../../../src/stores/postgres/options.ts';
import { readMigrations } from '../../../src/stores/postgres/migrations.ts';
import { newDatabase, type TestDatabase } from '../../postgres/database.ts';
import { open } from './open.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await newDatabase();
});

function at(changes: Partial<Pick<URL, 'port' | 'pathname' | 'username' | 'password' | 'hostname'>>): string {
  return Object.assign(new URL(database.url), changes).href;
}

describe('a database', () => {
  it('that nothing listens for is named, without the password', async () => {
    const opening = open(at({ hostname: '127.0.0.1', port: '1', username: 'waybill', password: 'geheim' }));
    await expect(opening).rejects.toThrow(/^Nothing listens there.*at 127\.0\.0\.1:1, database waybill_test/);
    await expect(opening).rejects.not.toThrow(/geheim/);
  });

  it('with an unknown host is reported as such', async () => {
    const opening = open(at({ hostname: 'no-such-host.invalid' }));
    await expect(opening).rejects.toThrow("The database's host name cannot be resolved");
  });

  it('that does not answer is given up after a while', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const opening = open(at({ hostname: '127.0.0.1', port: String(port) }), { connectTimeoutMs: 100 });
    await expect(opening).rejects.toThrow('did not answer in time');
    silent.close();
  });

  it('that does not exist is reported as such', async () => {
    await expect(open(at({ pathname: '/nowhere' }))).rejects.toThrow('There is no database "nowhere"');
  });

  it("that rejects the user is reported with the user's name", async ({ skip }) => {
    if (inject('postgres').given) return skip('who may enter is up to the server that was named');
    const opening = open(at({ username: 'nobody_here', password: 'geheim' }));
    await expect(opening).rejects.toThrow(/refused the user "nobody_here"/);
    await expect(opening).rejects.not.toThrow(/geheim/);
  });

  it('that acknowledges commits before they are durable is refused', async () => {
    const [row] = await database.run<{ name: string }>('SELECT current_database() AS name');
    await database.run(`ALTER DATABASE ${row?.name} SET synchronous_commit = off`);
    await expect(open(database.url)).rejects.toThrow('set synchronous_commit to on');
  });
});

describe('migrations', () => {
  const tables = 'CREATE TABLE event_clock (shift INT); CREATE TABLE event_batches (tx BIGINT)';
  const first: Migration = { version: 1, name: 'one', script: tables };
  const two: Migration = { version: 2, name: 'two', script: 'CREATE TABLE b (x INT)' };
  let direct: ReturnType<typeof openDatabase>;
  beforeEach(() => {
    direct = openDatabase(toSettings({ url: database.url }));
  });
  afterEach(() => direct.close());
  const applied = () => database.run<{ version: number; name: string }>('SELECT version, name FROM schema_migrations');

  it('are applied once by servers that start at the same time', async () => {
    const stores = await Promise.all(Array.from({ length: 6 }, () => open(database.url)));
    expect(await applied()).toEqual(readMigrations().map(({ version, name }) => ({ version, name })));
    for (const store of stores) {
      await store.check();
      await store.close();
    }
  });

  it('bring an older database up to date, step by step', async () => {
    await migrate(direct, [first]);
    await migrate(direct, [two, first]);
    expect(await applied()).toEqual([{ version: 1, name: 'one' }, { version: 2, name: 'two' }]);
    await migrate(direct, [first, two]);
  });

  it('leave nothing of one that fails', async () => {
    const broken: Migration = { version: 2, name: 'two', script: 'CREATE TABLE b (x INT); SELECT 1 / 0' };
    await migrate(direct, [first]);
    await expect(migrate(direct, [first, broken])).rejects.toThrow('division by zero');
    expect(await applied()).toHaveLength(1);
    await migrate(direct, [first, two]);
  });

  it('refuse a database of a newer Waybill', async () => {
    await migrate(direct, [first, two]);
    await expect(migrate(direct, [first])).rejects.toThrow('has part 2 of the schema, but this version knows only 1');
  });

  it('refuse a database that came by another way', async () => {
    await migrate(direct, [first]);
    await expect(migrate(direct, [{ ...first, name: 'uno' }])).rejects.toThrow('this version of Waybill expects uno');
  });

  it('are looked for by a check', async () => {
    const store = await open(database.url);
    await database.run("INSERT INTO schema_migrations VALUES (1000, 'scheduled', 0)");
    await expect(store.check()).rejects.toThrow('written by a newer Waybill');
    await database.run('DELETE FROM schema_migrations WHERE version IN (12, 1000)');
    await expect(store.check()).rejects.toThrow('schema lacks webhooks: migrate it');
    await store.close();
  });
});

describe('every index on text', () => {
  it('compares by bytes, whatever the collation of the database', async () => {
    const other = await newDatabase(undefined, "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de' LOCALE 'C'");
    await (await open(other.url)).close();
    const loose = await other.run(
      `SELECT i.indexrelid::regclass::text AS index, a.attname AS column FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attcollation <> 0
        WHERE n.nspname = 'public' AND a.attcollation <> 'pg_catalog."C"'::regcollation`,
    );
    expect(loose).toEqual([]);
  });
});
