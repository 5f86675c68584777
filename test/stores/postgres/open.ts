import { readMigrations } from '../../../src/stores/postgres/migrations.ts';
import type { PostgresOptions } from '../../../src/stores/postgres/options.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { openPostgresStore } from '../../../src/stores/postgres/store.ts';
import { sampleTable, type StoreUnderTest } from '../../../src/testing/store-suite/index.ts';
import { newDatabase, type TestDatabase } from '../../postgres/database.ts';

export function open(url: string, options: Partial<PostgresOptions> = {}): Promise<Store> {
  return openPostgresStore({ url, ...options }, readMigrations());
}

/** Made by this file of tests and free again: emptying one takes a tenth of the time of making one. */
const free: TestDatabase[] = [];

/** `optionsFor`: how the store gets to the database at a URL. */
export async function openTestStore(
  optionsFor: (url: string) => Promise<Partial<PostgresOptions>> = async () => ({}),
): Promise<StoreUnderTest & { readonly url: string }> {
  const database = free.pop() ?? (await newDatabase());
  const options = await optionsFor(database.url);
  const opened = [await open(database.url, options)];
  await database.run(sampleTable.postgres);
  const closeAll = () => Promise.all(opened.splice(0).map((one) => one.close()));
  const another = async () => {
    const one = await open(database.url, options);
    opened.push(one);
    return one;
  };
  return {
    url: database.url,
    store: opened[0] as Store,
    another,
    async reopen() {
      await closeAll();
      return another();
    },
    async close() {
      await closeAll();
      await empty(database);
      free.push(database);
    },
  };
}

/** What the first migration puts into them stays. */
const kept = ['schema_migrations', 'event_clock', 'store_check', 'jobs_open', 'jobs_ended'];

async function empty({ run }: TestDatabase): Promise<void> {
  const tables = await run<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND NOT tablename = ANY($1)",
    [kept],
  );
  await run(tables.map(({ name }) => `DELETE FROM ${name}`).join('; '));
}
