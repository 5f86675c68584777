import type { WakeUp } from '../application/wake-up.ts';
import type { Result } from '../domain/errors.ts';
import type { LapsedLease, WorkStore } from '../ports/store/work-store.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { endAll } from './end-all.ts';
import { createLoop, isSettled, type Service } from './service.ts';

const batchSize = 500;
const pollMs = 500;

/** Takes jobs from workers whose lease has run out, so that others may have them. */
export function createLeaseReaper(options: {
  readonly work: Pick<WorkStore, 'lapsed'>;
  readonly loseLease: (lease: LapsedLease) => Promise<Result<unknown>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
}): Service {
  const { work, loseLease, clock, logger, wakeUp } = options;
  return createLoop({
    name: 'lease-reaper',
    logger,
    wakeUp,
    round: async () => {
      if (!isSettled(clock)) return pollMs;
      const lapsed = await work.lapsed(clock.now(), batchSize);
      const stuck = await endAll(lapsed, loseLease, {
        logger,
        jobIdOf: ({ jobId }) => jobId,
        texts: { ended: 'took jobs back from silent workers', stuck: 'a lapsed lease does not end' },
      });
      return lapsed.length === batchSize && stuck === 0 ? 0 : pollMs;
    },
  });
}
