import { schemaParts, type NewerParts, type SchemaPart } from '../../ports/store/schema-parts.ts';
import type { Store } from '../../ports/store/store.ts';
import { createAccountReads } from './accounts.ts';
import { createAskedTypes } from './asked-types.ts';
import { createAttemptStore } from './attempts.ts';
import { commit } from './commit.ts';
import type { SqliteDriver } from './driver.ts';
import { createEndedObjectStore } from './ended-objects.ts';
import { createEventFeed } from './event-feed.ts';
import { createJobReads } from './jobs.ts';
import { load } from './load.ts';
import { createKeptTime } from './kept-time.ts';
import { createLogChunks } from './log-chunks.ts';
import { createMeasures } from './measures.ts';
import { createMessageQueue } from './message-queue.ts';
import { assertSchema } from './migrate.ts';
import { createOutbox } from './outbox.ts';
import { createRecordReads } from './records.ts';
import { createRetention } from './retention.ts';
import { createScheduleStore } from './schedules.ts';
import { createTokenStore } from './tokens.ts';
import { createUsageReads } from './usage.ts';
import { createUserStore } from './users.ts';
import { createWebhookStore } from './webhooks.ts';
import { createWorkStore } from './work.ts';
import { createWorkerStore } from './workers.ts';

export interface SqliteStoreOptions {
  /** "sqlite" unless the driver's database is something more particular. */
  readonly name?: string;
  /**
   * What of the schema the database has; all of it if absent. Without `accounts` the store does not hold them (see
   * `CommitStore.holdsAccounts`), without `lists` its commits keep nothing that lists go by.
   */
  readonly parts?: readonly SchemaPart[];
  /** Parts that only a newer version knows; refused unless given. */
  readonly newer?: NewerParts;
  /** What the database takes up on its disk; absent where that is not known. */
  readonly bytes?: () => Promise<number>;
}

/** The store over a database that `migrate` has brought up to date. Whatever it answers is durable. */
export function createSqliteStore(driver: SqliteDriver, options: SqliteStoreOptions = {}): Store {
  const { name = 'sqlite', parts = schemaParts, bytes, newer } = options;
  const holdsAccounts = parts.includes('accounts');
  const keeping = { lists: parts.includes('lists') };
  return {
    name,
    holdsAccounts,
    jobs: createJobReads(driver),
    accounts: createAccountReads(driver),
    records: createRecordReads(driver),
    outbox: createOutbox(driver),
    queue: createMessageQueue(driver),
    tokens: createTokenStore(driver),
    work: createWorkStore(driver),
    askedTypes: createAskedTypes(driver),
    workers: createWorkerStore(driver),
    logs: createLogChunks(driver),
    users: createUserStore(driver),
    attempts: createAttemptStore(driver),
    schedules: createScheduleStore(driver),
    webhooks: createWebhookStore(driver),
    retention: createRetention(driver),
    usage: createUsageReads(driver),
    measures: createMeasures(driver, bytes),
    endedObjects: createEndedObjectStore(driver),
    keptTime: createKeptTime(driver),
    ...(parts.includes('lists') ? { feed: createEventFeed(driver) } : {}),
    async load(request) {
      const loaded = load(driver, request);
      await driver.durable();
      return loaded;
    },
    async commit(changes) {
      const result = commit(driver, changes, keeping);
      await driver.durable();
      return result;
    },
    async commitAhead(changes) {
      return { result: commit(driver, changes, keeping), durable: driver.durable() };
    },
    async check() {
      assertSchema(driver, parts, newer);
      driver.run('UPDATE store_check SET writes = writes + 1');
      await driver.durable();
    },
    close: () => driver.close(),
  };
}
