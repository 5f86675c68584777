import type { Application } from '../../application/application.ts';
import { createApplication } from '../../main/create-application.ts';
import type { Dependencies, Settings } from '../../application/dependencies.ts';
import { expireJob } from '../../application/jobs/expire.ts';
import { WritePath } from '../../application/write-path/write-path.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock, Ids, Logger } from '../../ports/world.ts';
import { createDeadlineReaper } from '../../services/deadline-reaper.ts';
import { createOutboxRelay, type Deliver } from '../../services/outbox-relay.ts';
import type { Service } from '../../services/service.ts';
import type { FakeClock } from '../fake-clock.ts';
import type { TaskApplication } from '../../kinds/task/application/application.ts';
import type { Commit } from '../../ports/store/commit.ts';
import { SimulatedWakeUp } from './simulated-time.ts';
import { createTaskSide } from '../../kinds/task/simulation/side.ts';

/** Everything of one server but its transport, with services that wait by the simulation's clock. */
export interface Server {
  readonly name: string;
  readonly application: Application & TaskApplication;
  /** To be called when the clock went on. */
  tick(): void;
}

export interface ServerParts {
  readonly store: Store;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  /** By which services wait. */
  readonly timer: FakeClock;
  /** Of this server alone. */
  readonly services?: (deps: Dependencies, wakeUp: () => SimulatedWakeUp) => readonly Service[];
  readonly ids: Ids;
  readonly logger: Logger;
  readonly settings: Settings;
  readonly random: () => number;
}

/** Starts it; it ends when nobody answers its calls any more. */
export function startServer(name: string, parts: ServerParts): Server {
  const { store, clock, timer, logger, random } = parts;
  const [outboxWakeUp, queueWakeUp, reaperWakeUp] = [0, 1, 2].map(() => new SimulatedWakeUp(timer)) as [
    SimulatedWakeUp, SimulatedWakeUp, SimulatedWakeUp,
  ];
  const onStored = (commit: Commit): void => {
    if (commit.outbox.length > 0) outboxWakeUp.notify();
    tasks.onStored(commit);
  };
  const writePath = new WritePath({ store, clock, onStored });
  const deps: Dependencies = { ...parts, writePath };
  const tasks = createTaskSide(deps, { clock, timer }, random);
  const queue: Deliver = async (messages) => {
    for (const [topic, group] of Map.groupBy(messages, (message) => message.topic)) {
      const rows = group.map(({ jobId }) => ({ messageId: jobId, jobId, availableAt: clock.now() }));
      await store.queue.put(topic.slice('queue:'.length), rows);
    }
    queueWakeUp.notify();
  };
  const more: SimulatedWakeUp[] = [];
  const services = [
    createOutboxRelay({
      outbox: store.outbox, deliverers: { queue, ...tasks.deliverers }, clock, logger, wakeUp: outboxWakeUp, random,
    }),
    createDeadlineReaper({
      jobs: store.jobs, expire: (jobId, reason) => expireJob(deps, jobId, reason), clock, logger, wakeUp: reaperWakeUp,
    }),
    ...tasks.services,
    ...(parts.services?.(deps, () => {
      const wakeUp = new SimulatedWakeUp(timer);
      more.push(wakeUp);
      return wakeUp;
    }) ?? []),
  ];
  for (const service of services) service.start();
  return {
    name,
    application: { ...createApplication(deps, queueWakeUp), ...tasks.application },
    tick: () => {
      for (const wakeUp of [outboxWakeUp, queueWakeUp, reaperWakeUp, ...tasks.wakeUps, ...more]) {
        wakeUp.tick();
      }
    },
  };
}
