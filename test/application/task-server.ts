import { dataProblems, schemaProblem } from '../../src/kinds/task/contract/data-schema.ts';
import { type TaskApplication, createTaskApplication } from '../../src/kinds/task/application/application.ts';
import type { TaskDependencies } from '../../src/kinds/task/application/dependencies.ts';
import { TypeLimits } from '../../src/kinds/task/application/type-limits.ts';
import { webGzip } from '../../src/application/logs/web-gzip.ts';
import { TypeSettings } from '../../src/application/work/type-settings.ts';
import { createSignals } from '../../src/application/signals.ts';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { Kinds } from '../../src/domain/kinds.ts';
import { task } from '../../src/kinds/task/domain/kind.ts';
import type { Clock } from '../../src/ports/world.ts';
import { createMemoryObjects } from '../../src/testing/memory-objects.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { accepted, as, createMemoryLogger } from './platform.ts';

export interface TaskServer extends TaskApplication {
  readonly deps: TaskDependencies;
}

/** One server's tasks over a store that others may use too. `seed` makes its ids its own. */
export function createTaskServer(store: Store, clock: Clock, options: { readonly seed?: number } = {}): TaskServer {
  const deps: TaskDependencies = {
    store,
    writePath: new WritePath({ store, clock }),
    kinds: new Kinds([task]),
    clock,
    ids: createFakeIds(clock, options.seed ?? 1),
    logger: createMemoryLogger(),
    types: new TypeSettings(store.work, clock),
    typeLimits: new TypeLimits(store.jobs, clock, null),
    signals: createSignals(),
    random: () => 0,
    objects: createMemoryObjects(clock),
    gzip: webGzip,
    schemas: { problem: schemaProblem, problemsOf: dataProblems },
  };
  return { ...createTaskApplication(deps, () => {}), deps };
}

/** Time that goes where it is told to, back as well. */
export function createJumpingClock(startAt: number): Clock & { jumpTo(time: number): void } {
  let now = startAt;
  return { now: () => now, jumpTo: (time) => void (now = time) };
}

/** A task of ada's that has ended: its worker said so. */
export async function endedTask(
  { tasks, work }: TaskServer,
  webhookUrl: string,
  how: 'complete' | 'fail' = 'complete',
): Promise<string> {
  const data = { street: 'Řeznická' };
  const { task: made } = await accepted(tasks.submit(as('ada'), { type: 'geocode', data, webhookUrl }));
  const [taken] = await accepted(
    work.take({ workerId: 'w', types: ['geocode'], limit: 1, leaseMs: 60_000, waitMs: 0 }),
  );
  if (taken?.job.id !== made.id) throw new Error('another task was taken');
  const { leaseId } = taken;
  const [said] = await work.report('w', [
    how === 'complete'
      ? { leaseId, type: 'complete', result: { lat: 50 } }
      : { leaseId, type: 'fail', message: 'no such street', retry: false, retryAfterMs: null },
  ]);
  if (said?.ok !== true) throw new Error('the report was refused');
  return made.id;
}
