import { clockToleranceMs } from '../../domain/job/start.ts';
import type { Cron } from '../../ports/cron.ts';
import type { StoredSchedule } from '../../ports/store/schedule-store.ts';

type Timed = Pick<StoredSchedule, 'cron' | 'timeZone' | 'enabled' | 'nextAt' | 'lastAt'>;

/**
 * The schedule as it can be now: its next tick is not after the first one that its cron names from now on, and its last
 * one is not in the future. Where that is not so, a clock that was ahead has moved it on. Null: it is as it can be.
 */
export function healedSchedule<T extends Timed>(cron: Cron, schedule: T, now: number): T | null {
  const latest = now + clockToleranceMs;
  const { enabled, nextAt, lastAt } = schedule;
  const first = enabled && nextAt !== null ? cron.next(schedule.cron, schedule.timeZone, latest) : null;
  const isTooLate = nextAt !== null && first !== null && nextAt > first;
  const hasBeenLater = lastAt !== null && lastAt > latest;
  if (!isTooLate && !hasBeenLater) return null;
  return {
    ...schedule,
    ...(isTooLate && { nextAt: cron.next(schedule.cron, schedule.timeZone, now) }),
    ...(hasBeenLater && { lastAt: now }),
  };
}
