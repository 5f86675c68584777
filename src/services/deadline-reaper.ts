import type { WakeUp } from '../application/wake-up.ts';
import type { Result } from '../domain/errors.ts';
import type { JobReads } from '../ports/store/store.ts';
import { certainTime, type Clock, type Logger } from '../ports/world.ts';
import { endAll } from './end-all.ts';
import { createLoop, isSettled, type Service } from './service.ts';

const batchSize = 100;
const pollMs = 5_000;
const reason = 'The time limit of the job has passed.';

/** Ends jobs whose deadline has passed, so that no accepted job waits, and holds credits, for ever. */
export function createDeadlineReaper(options: {
  readonly jobs: Pick<JobReads, 'overdue'>;
  readonly expire: (jobId: string, reason: string) => Promise<Result<string>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
}): Service {
  const { jobs, expire, clock, logger, wakeUp } = options;
  return createLoop({
    name: 'deadline-reaper',
    logger,
    wakeUp,
    round: async () => {
      if (!isSettled(clock)) return pollMs;
      const overdue = await jobs.overdue(certainTime(clock), batchSize);
      const stuck = await endAll(overdue, ({ id }) => expire(id, reason), {
        logger,
        jobIdOf: ({ id }) => id,
        texts: { ended: 'expired overdue jobs', stuck: 'an overdue job does not end' },
      });
      return overdue.length === batchSize && stuck === 0 ? 0 : pollMs;
    },
  });
}
