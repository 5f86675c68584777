import type { WakeUp } from '../application/wake-up.ts';
import type { Dependencies } from '../application/dependencies.ts';
import type { EndsRecorder } from '../application/times/recorder.ts';
import { createEndsService } from '../services/ends-recorder.ts';
import type { Engine } from '../services/engine.ts';
import { keptMs, type KindParts } from '../services/kind-runtime.ts';
import { createObjectPurger } from '../services/object-purger.ts';
import { createRetention } from '../services/retention.ts';
import type { Service } from '../services/service.ts';
import { createUnaskedTypesWatch } from '../services/unasked-types.ts';
import { createHealing } from './healing.ts';

type AnyEngine = Pick<Engine<Readonly<Record<string, KindParts>>>, 'deps' | 'runtimes' | 'internalKeptMs'>;

export interface KeeperOptions {
  /** How long jobs are kept after their end, unless their kind says; null: for ever. Milliseconds. */
  readonly keepJobsMs: number | null;
  /** Milliseconds. */
  readonly keepAuditMs: number;
  /** Makes what a loop waits on. */
  readonly wakeUp: () => WakeUp;
  /** Objects were deleted, so many. */
  readonly onPurged?: (count: number) => void;
}

/** How long requests with an Idempotency-Key, and messages that are done, are remembered. Milliseconds. */
const keepMs = 7 * 86_400_000;

/** What removes, repairs and counts what is stored. */
export function createKeepers(engine: AnyEngine, ends: EndsRecorder, options: KeeperOptions): readonly Service[] {
  const { deps, runtimes } = engine;
  const { wakeUp } = options;
  return [
    createUnaskedTypesWatch({ ...deps, wakeUp: wakeUp() }),
    createEndsService(ends, { logger: deps.logger, wakeUp: wakeUp() }),
    objectPurger(engine, options),
    createHealing(deps, [...runtimes.values()], wakeUp()),
    retention(engine, options),
  ];
}

function retention({ deps, runtimes, internalKeptMs }: AnyEngine, options: KeeperOptions): Service {
  const { store, kinds, clock, logger } = deps;
  const { keepJobsMs, keepAuditMs, wakeUp } = options;
  return createRetention({
    retention: store.retention, kinds, keepMs, keepAuditMs, clock, logger,
    keepJobsMs: (kind) => keptMs(runtimes.get(kind) ?? internalKeptMs.get(kind), keepJobsMs),
    wakeUp: wakeUp(),
  });
}

function objectPurger({ deps, runtimes }: AnyEngine, { onPurged, wakeUp }: KeeperOptions): Service {
  const { store: { endedObjects }, quotas }: Dependencies = deps;
  return createObjectPurger({
    ...deps,
    endedObjects,
    objectsOf: (kind) => runtimes.get(kind)?.objects,
    onPurged: ({ ownerId }, count) => {
      onPurged?.(count);
      quotas?.objects.forget(ownerId);
    },
    wakeUp: wakeUp(),
  });
}
