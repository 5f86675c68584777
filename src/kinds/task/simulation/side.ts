import type { Dependencies } from '../../../application/dependencies.ts';
import type { TaskApplication } from '../application/application.ts';
import type { TaskDependencies } from '../application/dependencies.ts';
import { TypeLimits } from '../application/type-limits.ts';
import { createTaskApplication } from '../application/tasks.ts';
import { TypeSettings } from '../application/type-settings.ts';
import { JobChanges } from '../../../application/work/signals.ts';
import { createTaskServices, type TaskServices } from '../application/services.ts';
import type { Clock } from '../../../ports/world.ts';
import type { FakeClock } from '../../../testing/fake-clock.ts';
import { SimulatedWakeUp } from '../../../testing/simulator/simulated-time.ts';

/** Tasks on one server, with the services that a server on Node has, but for the time. */
export interface TaskSide extends TaskServices {
  readonly application: TaskApplication;
  readonly wakeUps: readonly SimulatedWakeUp[];
}

export function createTaskSide(
  base: Pick<Dependencies, 'store' | 'writePath' | 'ids' | 'logger'>,
  { clock, timer }: { readonly clock: Clock; readonly timer: FakeClock },
  random: () => number,
): TaskSide {
  const { store } = base;
  const [ready, admission, reaping] = [0, 1, 2].map(() => new SimulatedWakeUp(timer)) as [
    SimulatedWakeUp, SimulatedWakeUp, SimulatedWakeUp,
  ];
  const deps: TaskDependencies = {
    ...base, clock, types: new TypeSettings(store.work, clock),
    typeLimits: new TypeLimits(store.jobs, clock, null),
    signals: { ready, admission, changes: new JobChanges() }, random,
  };
  return {
    ...createTaskServices(deps, reaping),
    application: createTaskApplication(deps),
    wakeUps: [ready, admission, reaping],
  };
}
