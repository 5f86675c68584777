import { clockToleranceMs } from '../../domain/job/start.ts';
import type { Cron } from '../../ports/cron.ts';
import type { ScheduleStore, StoredSchedule } from '../../ports/store/schedule-store.ts';

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

const pageSize = 100;

/** Brings schedules back that cannot be as they are. Returns how many. */
export async function healSchedules(
  { schedules, cron }: { readonly schedules: Pick<ScheduleStore, 'list' | 'replace'>; readonly cron: Cron },
  now: number,
): Promise<number> {
  let healed = 0;
  for (let after: string | null = null; ; ) {
    const page: readonly StoredSchedule[] = await schedules.list({ ownerId: null, after, limit: pageSize });
    for (const schedule of page) {
      const better = healedSchedule(cron, schedule, now);
      // Another server may heal it, or somebody change it, at the same time.
      if (better !== null && (await schedules.replace(better, schedule.version))) healed += 1;
    }
    after = page.at(-1)?.id ?? null;
    if (page.length < pageSize) return healed;
  }
}
