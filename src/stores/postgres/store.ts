import type { Migration } from '../../ports/store/schema-parts.ts';
import type { Store } from '../../ports/store/store.ts';
import { createAccountReads } from './accounts.ts';
import { createAskedTypes } from './asked-types.ts';
import { createAttemptStore } from './attempts.ts';
import { ClaimFronts } from './claim-fronts.ts';
import { commit } from './commit.ts';
import { openDatabase, type Database } from './database.ts';
import { createEndedObjectStore } from './ended-objects.ts';
import { createEventFeed } from './event-feed.ts';
import { CountShares } from './job-counts.ts';
import { createJobReads } from './jobs.ts';
import { createJobRequests } from './job-requests.ts';
import { load } from './load.ts';
import { createKeptTime } from './kept-time.ts';
import { createLogChunks } from './log-chunks.ts';
import { createMeasures } from './measures.ts';
import { createMessageQueue } from './message-queue.ts';
import { appliedMigrations, assertSchema, migrate, type AppliedMigration } from './migrate.ts';
import { toSettings, type PostgresOptions, type Settings } from './options.ts';
import { createOutbox } from './outbox.ts';
import { createRecordReads } from './records.ts';
import { createRetention } from './retention.ts';
import { createScheduleStore } from './schedules.ts';
import { statement } from './statement.ts';
import { createTokenStore } from './tokens.ts';
import { createUsageReads } from './usage.ts';
import { createUserStore } from './users.ts';
import { openWakeUps } from './wake-ups.ts';
import { createWebhookStore } from './webhooks.ts';
import { createWorkStore } from './work.ts';
import { createWorkerStore } from './workers.ts';

/**
 * The store over a database that PostgreSQL serves, for any number of servers at once, migrated to what
 * this code needs. Throws with a clear message when it cannot be reached, is too old or too new, or does not keep
 * what it acknowledges.
 */
export async function openPostgresStore(
  options: PostgresOptions,
  migrations: readonly Migration[],
): Promise<Store> {
  const settings = toSettings(options);
  const database = openDatabase(settings);
  try {
    await assertFit(database);
    await migrate(database, migrations);
  } catch (error) {
    await database.close();
    throw error;
  }
  return createStore(database, settings);
}

/** Which migrations a database has, oldest first. Changes nothing; throws as `openPostgresStore`. */
export async function readAppliedMigrations(options: PostgresOptions): Promise<readonly AppliedMigration[]> {
  const database = openDatabase(toSettings({ ...options, poolSize: 1 }));
  try {
    await assertFit(database);
    return await appliedMigrations(database);
  } finally {
    await database.close();
  }
}

/** Whether the database refuses writes, for everybody or for this user. Throws as `openPostgresStore`. */
export async function takesReadsOnly(options: PostgresOptions): Promise<boolean> {
  const database = openDatabase(toSettings({ ...options, poolSize: 1 }));
  try {
    const [row] = await database.read<{ readOnly: boolean }>(readOnly, []);
    return row?.readOnly ?? false;
  } finally {
    await database.close();
  }
}

/**
 * Writes some pages to where the database has its tables, and takes them away again. Throws when there is no room for
 * them, and as `openPostgresStore`.
 */
export async function assertRoom(options: PostgresOptions): Promise<void> {
  const database = openDatabase(toSettings({ ...options, poolSize: 1 }));
  try {
    await database.session(async (run) => void (await run(someRoom)));
  } finally {
    await database.close();
  }
}

/** For whoever compares clocks. Throws as `openPostgresStore`. */
export async function withClock<T>(options: PostgresOptions, use: (time: () => Promise<number>) => Promise<T>):
  Promise<T> {
  const database = openDatabase(toSettings({ ...options, poolSize: 1 }));
  try {
    return await use(() => timeOf(database));
  } finally {
    await database.close();
  }
}

async function timeOf(database: Database): Promise<number> {
  const [row] = await database.read<{ readonly ms: number }>(clockTime, []);
  if (row === undefined) throw new Error('PostgreSQL did not return the time.');
  return row.ms;
}

const readOnly = statement('read_only', `SELECT current_setting('transaction_read_only')::boolean AS "readOnly"`);

function createStore(database: Database, { listenUrl, connectTimeoutMs }: Settings): Store {
  const shares = new CountShares();
  const fronts = new ClaimFronts();
  const wakeUps = listenUrl === null ? null : openWakeUps(listenUrl, connectTimeoutMs);
  wakeUps?.listen(() => fronts.forget());
  return {
    name: 'postgres',
    holdsAccounts: true,
    jobs: createJobReads(database),
    accounts: createAccountReads(database),
    records: createRecordReads(database),
    outbox: createOutbox(database),
    queue: createMessageQueue(database),
    tokens: createTokenStore(database),
    work: createWorkStore(database, shares, fronts),
    askedTypes: createAskedTypes(database),
    workers: createWorkerStore(database),
    logs: createLogChunks(database),
    users: createUserStore(database),
    attempts: createAttemptStore(database),
    schedules: createScheduleStore(database),
    webhooks: createWebhookStore(database),
    retention: createRetention(database, shares),
    usage: createUsageReads(database),
    measures: createMeasures(database),
    endedObjects: createEndedObjectStore(database),
    keptTime: createKeptTime(database),
    feed: createEventFeed(database),
    requests: createJobRequests(database),
    time: () => timeOf(database),
    ...(wakeUps === null ? {} : { wakeUps }),
    load: (request) => load(database, request),
    commitsAtOnce: 2,
    async commit(changes) {
      const result = await shares.use((share) => commit(database, changes, share));
      if (result.ok) fronts.offered(changes.work);
      return result;
    },
    async check() {
      await assertSchema(database);
      await database.write([{ statement: touch, values: [] }]);
    },
    async close() {
      await wakeUps?.close();
      await database.close();
    },
  };
}

const clockTime = statement('clock_time', 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms');
const someRoom =
  'CREATE TEMP TABLE waybill_room ON COMMIT DROP AS SELECT repeat(md5(n::text), 60) FROM generate_series(1, 256) AS n';
const touch = statement('store_check', 'UPDATE store_check SET writes = writes + 1');

/** Tested with 15 and 18; what is used is there from 14 on, the oldest that PostgreSQL itself still mends. */
const oldestVersion = 14;
const aboutServer = statement(
  'server',
  `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
    current_setting('server_encoding') AS encoding, current_database() AS name,
    current_setting('synchronous_commit') AS synchronous, pg_is_in_recovery() AS standby`,
);

interface Server {
  readonly version: string;
  readonly number: number;
  readonly encoding: string;
  readonly name: string;
  readonly synchronous: string;
  readonly standby: boolean;
}

async function assertFit(database: Database): Promise<void> {
  const [server] = await database.read<Server>(aboutServer, []);
  if (server === undefined) throw new Error('PostgreSQL did not return its version.');
  if (server.number < oldestVersion * 10_000) {
    throw new Error(`The database runs PostgreSQL ${server.version}, but Waybill needs ${oldestVersion} or later.`);
  }
  if (server.encoding !== 'UTF8') {
    const again = `CREATE DATABASE "${server.name}" ENCODING 'UTF8' TEMPLATE template0`;
    throw new Error(
      `The database's encoding is ${server.encoding}, but Waybill needs UTF-8: create it again with ${again}.`,
    );
  }
  if (server.standby) throw new Error('The database is a standby and accepts no writes: connect to the primary.');
  if (server.synchronous === 'off') {
    throw new Error('The database acknowledges commits before they are durable: set synchronous_commit to on.');
  }
}
