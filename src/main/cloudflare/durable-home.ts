import { lastUrlEndsAt, longestDeadlineMs } from '../../kinds/image-set/application/objects.ts';
import type { Dependencies } from '../../application/dependencies.ts';
import { webGzip } from '../../application/logs/web-gzip.ts';
import { latestObjectsDue } from '../../application/objects/purge.ts';
import { correctDeadlines } from '../../application/jobs/correct-deadlines.ts';
import { createSignals } from '../../application/signals.ts';
import { TypeSettings } from '../../application/work/type-settings.ts';
import { WritePath } from '../../application/write-path/write-path.ts';
import { Kinds } from '../../domain/kinds.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import type { Logger } from '../../ports/world.ts';
import type { Store } from '../../ports/store/store.ts';
import { latestOutboxDue, relayOnce, type Deliver } from '../../services/outbox-relay.ts';
import { hasSchema } from '../../stores/durable-object/due.ts';
import { createDurableObjectDriver } from '../../stores/durable-object/driver.ts';
import type { SqliteDriver } from '../../stores/sqlite/driver.ts';
import { migrate } from '../../stores/sqlite/migrate.ts';
import { createSqliteStore } from '../../stores/sqlite/store.ts';
import type { Migration, SchemaPart } from '../../ports/store/schema-parts.ts';
import { createLogger } from '../node/logger.ts';
import { createIds, systemClock } from '../node/world.ts';
import type { Bindings, DurableObjectContext } from './bindings.ts';
import { edgeConfig, type EdgeConfig } from './config.ts';
import { createEdgeObjects } from './objects.ts';

/** What every Durable Object here lives on: its own store with the write path, and one alarm. */
export interface DurableHome {
  readonly driver: SqliteDriver;
  readonly deps: Dependencies;
  /** Brings the object's database up to date; it is made when there is none. */
  prepare(): void;
  /** Deletes everything that the object has stored, its database and its alarm included. */
  clear(): Promise<void>;
  /** Sets the alarm to what is due next. After each write this is done by itself. */
  schedule(): void;
  /** Says what the outbox holds that is due now; resolves after the first round, the rest goes on behind it. */
  relay(): Promise<void>;
  /** Resolves once everything has been said that is due now, or failed. */
  relayAll(): Promise<void>;
  /** Whether a commit since the last time it was asked left something in the outbox. */
  takeNews(): boolean;
  /** Does the alarm's work. Never throws: the runtime gives a failing alarm up after six tries. */
  onAlarm(work: () => Promise<void>): Promise<void>;
}

export interface HomeOptions {
  /** What of the schema the object needs. */
  readonly parts: readonly (Migration & { readonly name: SchemaPart })[];
  readonly deliverers: (deps: Dependencies) => Readonly<Record<string, Deliver>>;
  /** When the alarm is to ring next, now that `alarm` is set; null: never. Synchronous, and cheap. */
  readonly nextAlarm: (driver: SqliteDriver, alarm: number | null) => number | null;
}

/** After an alarm that failed. */
const retryMs = 30_000;

export function createDurableHome(ctx: DurableObjectContext, env: Bindings, options: HomeOptions): DurableHome {
  const config = edgeConfig(env);
  const logger = createLogger(config.logLevel, (line) => console.log(line.trimEnd()));
  const alarm = new Alarm(ctx.storage);
  let prepared = false;
  let news = false;
  const schedule = (): void => {
    if (prepared) alarm.set(options.nextAlarm(driver, alarm.at));
  };
  const driver = createDurableObjectDriver(ctx.storage, schedule);
  const parts = options.parts.map((part) => part.name);
  const store = watched(createSqliteStore(driver, { name: 'durable-object', parts }), () => (news = true));
  const healed = (): Promise<void> => heal(driver, deps, parts.includes('jobs'));
  const deps = dependenciesOver(store, config, env, logger);
  const deliverers = options.deliverers(deps);
  const relaying = { outbox: store.outbox, deliverers, clock: systemClock, logger, random: Math.random };
  const relayAll = async (): Promise<void> => {
    while ((await relayOnce(relaying)) > 0);
  };
  // The object may have been evicted with its alarm set, or, if the runtime gave that up, without.
  void ctx.blockConcurrencyWhile(async () => {
    await alarm.read();
    await healed();
    schedule();
  });
  return {
    driver,
    deps,
    prepare: () => {
      if (!prepared) migrate(driver, options.parts);
      prepared = true;
    },
    clear: async () => {
      prepared = false;
      alarm.set(null);
      await ctx.storage.deleteAll();
    },
    schedule,
    relay: async () => {
      const first = relayOnce(relaying);
      ctx.waitUntil(first.then((said) => (said > 0 ? relayAll() : undefined)).catch(() => {}));
      await first;
    },
    relayAll,
    takeNews: () => {
      const had = news;
      news = false;
      return had;
    },
    onAlarm: async (work) => {
      alarm.rang();
      try {
        await healed();
        await work();
        schedule();
      } catch (error) {
        logger.error('an alarm failed', { error: error instanceof Error ? error.stack : String(error) });
        alarm.set(systemClock.now() + retryMs);
      }
    },
  };
}

/** By a clock that was ahead when they were stored, they would wait for it. */
async function heal(driver: SqliteDriver, deps: Dependencies, hasJobs: boolean): Promise<void> {
  if (!hasSchema(driver)) return;
  const { store, settings, logger } = deps;
  const now = systemClock.now();
  const latestDueAt = latestObjectsDue(now, lastUrlEndsAt(now, settings));
  const healed = {
    outbox: await store.outbox.heal({ now, latestDueAt: latestOutboxDue(now) }),
    deadlines: hasJobs ? await correctDeadlines(deps, now, [], longestDeadlineMs(settings)) : 0,
    objects: hasJobs ? await store.endedObjects.heal({ now, latestDueAt }) : 0,
  };
  if (Object.values(healed).every((count) => count === 0)) return;
  logger.warn('stored times that cannot be were healed: a clock was wrong', healed);
}

function dependenciesOver(store: Store, config: EdgeConfig, env: Bindings, logger: Logger): Dependencies {
  return {
    store,
    writePath: new WritePath({ store, clock: systemClock, begin: (start) => queueMicrotask(start) }),
    kinds: new Kinds([imageSet]),
    signals: createSignals(),
    types: new TypeSettings(store.work, systemClock),
    random: Math.random,
    objects: createEdgeObjects(config, env.R2),
    gzip: webGzip,
    clock: systemClock,
    ids: createIds(systemClock),
    logger,
    settings: config.settings,
  };
}

/** The object's one alarm, and what is known of it. */
class Alarm {
  readonly #storage: DurableObjectContext['storage'];
  /** Milliseconds since 1970; null when none is set. */
  at: number | null = null;

  constructor(storage: DurableObjectContext['storage']) {
    this.#storage = storage;
  }

  async read(): Promise<void> {
    this.at = await this.#storage.getAlarm();
  }

  set(at: number | null): void {
    if (at === this.at) return;
    this.at = at;
    // Not awaited: it is stored with the writes of this turn, and a failure resets the object.
    void (at === null ? this.#storage.deleteAlarm() : this.#storage.setAlarm(at));
  }

  /** The runtime has taken it away. */
  rang(): void {
    this.at = null;
  }
}

function watched(store: Store, onOutbox: () => void): Store {
  // Without `commitAhead`, which would go past this: an object's answer waits for its storage anyway.
  const { commitAhead: _, ...watchable } = store;
  return {
    ...watchable,
    commit: async (changes) => {
      const result = await store.commit(changes);
      if (result.ok && changes.outbox.length > 0) onOutbox();
      return result;
    },
  };
}
