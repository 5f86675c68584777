import type { WakeUp } from '../application/wake-up.ts';
import type { Result } from '../domain/errors.ts';
import type { ScheduleStore, StoredSchedule } from '../ports/store/schedule-store.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, type Service } from './service.ts';

const batchSize = 100;
/** How often it looks without being woken: a schedule may have been made at another server. */
const pollMs = 1_000;

/** Makes the jobs of schedules when they are due. May run at every server: see `makeDueJobs`. */
export function createScheduleTicker(options: {
  readonly schedules: Pick<ScheduleStore, 'due' | 'nextDueAt'>;
  readonly makeDueJobs: (schedule: StoredSchedule) => Promise<Result<{ readonly made: number }>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
}): Service {
  const { schedules, makeDueJobs, clock, logger, wakeUp } = options;
  return createLoop({
    name: 'schedule-ticker',
    logger,
    wakeUp,
    round: async () => {
      const due = await schedules.due(clock.now(), batchSize);
      const ends = await Promise.allSettled(due.map((schedule) => makeDueJobs(schedule)));
      let isStuck = false;
      let made = 0;
      for (const [index, end] of ends.entries()) {
        if (end.status === 'fulfilled' && end.value.ok) {
          made += end.value.value.made;
          continue;
        }
        const why = end.status === 'rejected' ? String(end.reason) : end.value;
        logger.error('a schedule does not tick', { scheduleId: due[index]?.id, why });
        isStuck = true;
      }
      if (made > 0) logger.info('submitted jobs of schedules', { jobs: made });
      // What could not be done now must not make the loop spin.
      if (isStuck) return pollMs;
      const nextAt = await schedules.nextDueAt();
      return nextAt === null ? pollMs : Math.min(pollMs, Math.max(0, nextAt - clock.now()));
    },
  });
}
