import type { Dependencies } from '../../application/dependencies.ts';
import type { TaskApplication } from '../../application/task-application.ts';
import { tellDependents } from '../../application/tasks/commands.ts';
import type { TaskDependencies } from '../../application/tasks/dependencies.ts';
import { KnownTypes } from '../../application/tasks/known-types.ts';
import { createTaskApplication } from '../../application/tasks/tasks.ts';
import { TypeSettings } from '../../application/tasks/type-settings.ts';
import { loseLease } from '../../application/work/lose-lease.ts';
import { JobChanges } from '../../application/work/signals.ts';
import { dependentsTopic } from '../../domain/kinds/task/decide.ts';
import type { Commit } from '../../ports/store/commit.ts';
import { createLeaseReaper } from '../../services/lease-reaper.ts';
import type { Deliver } from '../../services/outbox-relay.ts';
import type { Service } from '../../services/service.ts';
import { createWorkAdmitter } from '../../services/work-admitter.ts';
import type { FakeClock } from '../fake-clock.ts';
import { SimulatedWakeUp } from './simulated-time.ts';

/** Tasks on one server, as the composition root of Node puts them together, but for the time. */
export interface TaskSide {
  readonly application: TaskApplication;
  readonly services: readonly Service[];
  readonly deliverers: Readonly<Record<string, Deliver>>;
  onStored(commit: Commit): void;
  readonly wakeUps: readonly SimulatedWakeUp[];
}

export function createTaskSide(
  base: Pick<Dependencies, 'store' | 'writePath' | 'ids' | 'logger'>,
  clock: FakeClock,
  random: () => number,
): TaskSide {
  const { store, logger } = base;
  const [ready, admission, reaping] = [0, 1, 2].map(() => new SimulatedWakeUp(clock)) as [
    SimulatedWakeUp, SimulatedWakeUp, SimulatedWakeUp,
  ];
  const signals = { ready, admission, changes: new JobChanges() };
  const types = new TypeSettings(store.work, clock);
  const deps: TaskDependencies = { ...base, clock, types, knownTypes: new KnownTypes(store.jobs), signals, random };
  const admitter = createWorkAdmitter({ work: store.work, signals, onReady: () => ready.notify(), clock, logger });
  const reaper = createLeaseReaper({
    work: store.work, takeBack: (lease) => loseLease(deps, lease), clock, logger, wakeUp: reaping,
  });
  return {
    application: createTaskApplication(deps),
    services: [admitter, reaper],
    deliverers: {
      [dependentsTopic]: async (messages) => {
        for (const { jobId, payload } of messages) {
          const { dependents, state } = payload as { dependents: string[]; state: string };
          await tellDependents(deps, jobId, dependents, state);
        }
      },
    },
    onStored({ work }) {
      if (work.length === 0) return;
      ready.notify();
      admission.notify();
    },
    wakeUps: [ready, admission, reaping],
  };
}
