import { purgeOnce, type PurgeDependencies } from '../application/objects/purge.ts';
import type { WakeUp } from '../application/wake-up.ts';
import { createLoop, isSettled, type Service } from './service.ts';

const everyMs = 60_000;

/** Deletes the objects of jobs that have ended, when they have been kept for as long as is configured. */
export function createObjectPurger(options: PurgeDependencies & { readonly wakeUp: WakeUp }): Service {
  const { wakeUp, logger, ...deps } = options;
  return createLoop({
    name: 'object-purger',
    logger,
    wakeUp,
    round: async () => {
      if (!isSettled(deps.clock)) return everyMs;
      if (await purgeOnce({ ...deps, logger })) return 0;
      const nextAt = await deps.endedObjects.nextDueAt();
      return nextAt === null ? everyMs : Math.min(everyMs, Math.max(1_000, nextAt - deps.clock.now()));
    },
  });
}
