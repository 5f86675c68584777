import type { Dependencies } from '../../application/dependencies.ts';
import { webGzip } from '../../application/logs/web-gzip.ts';
import { createSignals } from '../../application/signals.ts';
import { TypeSettings } from '../../application/work/type-settings.ts';
import { WritePath } from '../../application/write-path/write-path.ts';
import { Kinds } from '../../domain/kinds.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import type { Store } from '../../ports/store/store.ts';
import type { DurableObjectStorage } from '../../stores/durable-object/driver.ts';
import { createIds, systemClock } from '../node/world.ts';
import type { Bindings, DurableObjectContext } from './bindings.ts';
import { isolateOf } from './isolate.ts';
import { ObjectAlarm, withoutAhead } from './object-alarm.ts';

/** What users' and jobs' objects have to do with. */
export const objectKinds = new Kinds([imageSet]);

/** What every Durable Object here lives on: its own store with the write path, and one alarm. */
export interface DurableHome {
  readonly deps: Dependencies;
  /** Sets the alarm to what is due next, unless it rings sooner. After each write this is done by itself. */
  schedule(): void;
  /**
   * Sets it if none is set, which the runtime may have given up. To be called after whatever woke the object, and not
   * before: while the alarm itself does, it counts as not set.
   */
  keepAlarm(): void;
  /** Does the alarm's work. Never throws: the runtime gives a failing alarm up after six tries. */
  onAlarm(work: () => Promise<void>): Promise<void>;
  /** Deletes everything that the object has stored, its database and its alarm included. */
  clear(): Promise<void>;
}

export interface HomeOptions {
  /** The object's store. It calls `onWrite` in the same turn as each write, when `nextDue` knows of it. */
  readonly open: (storage: DurableObjectStorage, onWrite: () => void) => Store;
  /** Whether anything is stored. An object that was only asked about has no database, and no alarm. Synchronous. */
  readonly isMade: () => boolean;
  /** What is wrong with what was stored by a clock that was ahead; whenever the object wakes. */
  readonly heal?: (deps: Dependencies) => Promise<void>;
  /** When something is next to be done; null: nothing is. Synchronous, and cheap. Milliseconds since 1970. */
  readonly nextDue: (now: number) => number | null;
}

export function createDurableHome(ctx: DurableObjectContext, env: Bindings, options: HomeOptions): DurableHome {
  const { config, logger, objects } = isolateOf(env);
  const alarm = new ObjectAlarm(ctx.storage);
  const schedule = (): void => {
    const due = options.nextDue(systemClock.now());
    if (due !== null) alarm.ringAt(due);
  };
  const store = withoutAhead(options.open(ctx.storage, schedule));
  const deps: Dependencies = {
    store,
    writePath: new WritePath({ store, clock: systemClock, begin: (start) => queueMicrotask(start) }),
    kinds: objectKinds,
    signals: createSignals(),
    types: new TypeSettings(store.work, systemClock),
    random: Math.random,
    objects,
    gzip: webGzip,
    clock: systemClock,
    ids: createIds(systemClock),
    logger,
    settings: config.settings,
  };
  const heal = async (): Promise<void> => options.heal?.(deps);
  /** Never rejects, so that an object still answers: what is asked of it says what is wrong with it. */
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      logger.error(`${what} failed`, { error: error instanceof Error ? error.stack : String(error) });
      alarm.ringAt(afterFailure(options.nextDue, systemClock.now()));
    }
  };
  if (mayBeMade(options)) {
    void ctx.blockConcurrencyWhile(async () => {
      await alarm.read();
      await attempt('healing', heal);
    });
  }
  return {
    deps,
    schedule,
    keepAlarm: () => {
      if (!alarm.isSet) schedule();
    },
    async onAlarm(work) {
      alarm.rang();
      await attempt('an alarm', async () => {
        await heal();
        await work();
        schedule();
      });
    },
    async clear() {
      alarm.rang();
      await ctx.storage.deleteAll();
    },
  };
}

/** One that cannot be read is there. */
function mayBeMade({ isMade }: HomeOptions): boolean {
  try {
    return isMade();
  } catch {
    return true;
  }
}

const failedMs = 60_000;
/** Until somebody looks again whether an object can be read. */
const unreadableMs = 3_600_000;

function afterFailure(nextDue: HomeOptions['nextDue'], now: number): number {
  try {
    return Math.max(nextDue(now) ?? 0, now + failedMs);
  } catch {
    return now + unreadableMs;
  }
}
