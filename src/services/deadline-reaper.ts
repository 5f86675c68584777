import type { WakeUp } from '../application/wake-up.ts';
import type { Result } from '../domain/errors.ts';
import type { JobReads } from '../ports/store/store.ts';
import { certainTime, type Clock, type Logger } from '../ports/world.ts';
import { createLoop, endLevel, isSettled, type Service } from './service.ts';

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
      const ends = await Promise.allSettled(overdue.map(({ id }) => expire(id, reason)));
      let stuck = 0;
      for (const [index, end] of ends.entries()) {
        if (end.status === 'fulfilled' && end.value.ok) continue;
        const why = end.status === 'rejected' ? String(end.reason) : end.value;
        logger[endLevel(end)]('an overdue job does not end', { jobId: overdue[index]?.id, why });
        stuck += 1;
      }
      if (overdue.length > stuck) logger.info('expired overdue jobs', { jobs: overdue.length - stuck });
      // What could not be ended now must not make the loop spin.
      return overdue.length === batchSize && stuck === 0 ? 0 : pollMs;
    },
  });
}
