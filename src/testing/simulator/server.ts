import { createApplication, type Application } from '../../application/application.ts';
import type { FleetParts } from '../../ports/fleet.ts';
import type { Gzip } from '../../ports/gzip.ts';
import type { Logs } from '../../application/logs/logs.ts';
import { webGzip } from '../../application/logs/web-gzip.ts';
import type { Settings, Dependencies } from '../../application/dependencies.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock, Ids, Logger } from '../../ports/world.ts';
import { createEngine } from '../../services/engine.ts';
import type { KindParts, KindRuntime } from '../../services/kind-runtime.ts';
import type { Service } from '../../services/service.ts';
import type { FakeClock } from '../fake-clock.ts';
import { SimulatedWakeUp } from './simulated-time.ts';

/** Everything of one server but its transport, with services that wait by the simulation's clock. */
export interface Server {
  readonly name: string;
  readonly application: Application;
  /** The use cases of each kind, by its name. */
  readonly kinds: Readonly<Record<string, unknown>>;
  readonly logs: Logs;
  /** To be called when the clock went on. */
  tick(): void;
}

export interface ServerParts {
  readonly kinds: readonly KindParts[];
  readonly store: Store;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  /** By which services wait. */
  readonly timer: FakeClock;
  /** Of this server alone. */
  readonly services?: (
    deps: Dependencies, runtimes: readonly KindRuntime[], wakeUp: () => SimulatedWakeUp,
  ) => readonly Service[];
  readonly ids: Ids;
  readonly logger: Logger;
  readonly settings: Settings;
  readonly random: () => number;
  /** Absent: no workers can be started. */
  readonly fleet?: FleetParts;
  /** Absent: that of the platform, which works beside the event loop. */
  readonly gzip?: Gzip;
}

/** Starts it; it ends when nobody answers its calls any more. */
export function startServer(name: string, { kinds, timer, services: more, ...parts }: ServerParts): Server {
  const sleeping = new Set<SimulatedWakeUp>();
  const wakeUp = (): SimulatedWakeUp => new SimulatedWakeUp(timer, sleeping);
  const byName = Object.fromEntries(kinds.map((one) => [one.kind.name, one]));
  const engine = createEngine({ gzip: webGzip, ...parts, wakeUp, kinds: byName });
  const own = more?.(engine.deps, [...engine.runtimes.values()], wakeUp) ?? [];
  for (const service of [...engine.services, ...own]) service.start();
  return {
    name,
    application: createApplication(engine.deps, engine.runtimes),
    kinds: engine.applications,
    logs: engine.logs,
    tick: () => {
      for (const one of [...sleeping]) one.tick();
    },
  };
}
