import pg from 'pg';
import { readMigrations } from '../../../src/stores/postgres/migrations.ts';
import type { PostgresOptions } from '../../../src/stores/postgres/options.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { openPostgresStore } from '../../../src/stores/postgres/store.ts';
import { sampleTable, type StoreUnderTest } from '../../../src/testing/store-suite/index.ts';
import { newDatabase } from '../../postgres/database.ts';

export function open(url: string, options: Partial<PostgresOptions> = {}): Promise<Store> {
  return openPostgresStore({ url, ...options }, readMigrations());
}

type OptionsFor = (url: string) => Promise<Partial<PostgresOptions>>;
const direct: OptionsFor = async () => ({});

/** A store that is open, with nothing in it, and a connection that empties its database. */
interface Free {
  readonly url: string;
  readonly options: Partial<PostgresOptions>;
  readonly store: Store;
  readonly client: pg.Client;
}

/**
 * By how they get to their database: emptying one takes a tenth of the time of making one, and the connections of an
 * open store know its statements already.
 */
const free = new Map<OptionsFor, Free>();

/** `optionsFor` the database at a URL: always the same function for stores that may follow each other. */
export async function openTestStore(
  optionsFor: OptionsFor = direct,
): Promise<StoreUnderTest & { readonly url: string }> {
  const taken = free.get(optionsFor) ?? (await madeDatabase(optionsFor));
  free.delete(optionsFor);
  const { url, options, client } = taken;
  const opened: Store[] = [];
  let first: Store | null = taken.store;
  const another = async () => {
    const one = await open(url, options);
    opened.push(one);
    return one;
  };
  const closeOthers = async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  };
  return {
    url,
    store: first,
    another,
    async reopen() {
      await closeOthers();
      await first?.close();
      first = null;
      return another();
    },
    async close() {
      await closeOthers();
      await empty(client);
      const store = first ?? (await open(url, options));
      if (!free.has(optionsFor)) free.set(optionsFor, { url, options, store, client });
      else await Promise.all([store.close(), client.end()]);
    },
  };
}

async function madeDatabase(optionsFor: OptionsFor): Promise<Free> {
  const { url } = await newDatabase();
  const options = await optionsFor(url);
  const store = await open(url, options);
  const client = new pg.Client({ connectionString: url });
  // The server may end before this process does.
  client.on('error', () => {});
  await client.connect();
  await client.query(sampleTable.postgres);
  return { url, options, store, client };
}

/** What the first migration puts into them stays. */
const kept = ['schema_migrations', 'event_clock', 'store_check', 'jobs_open', 'jobs_ended'];

async function empty(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND NOT tablename = ANY($1)",
    [kept],
  );
  await client.query(rows.map(({ name }) => `DELETE FROM ${name}`).join('; '));
}
