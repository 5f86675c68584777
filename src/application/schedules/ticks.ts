import type { Cron } from '../../ports/cron.ts';
import type { StoredSchedule } from '../../ports/store/schedule-store.ts';

/** Ticks that jobs are made for at once, at most: the newest. */
export const maxTicksAtOnce = 100;
/** A tick counts as missed if it is older than this when a server handles it. */
const missedAfterMs = 10_000;

export interface DueTicks {
  /** The ticks for which to submit a job, oldest first. */
  readonly ticks: readonly number[];
  /** The first one that is not due; null when there is none. */
  readonly nextAt: number | null;
}

/** What is due of a schedule since its `nextAt`, by its policy for those that were missed. */
export function dueTicks(
  cron: Cron,
  schedule: Pick<StoredSchedule, 'cron' | 'timeZone' | 'missed' | 'nextAt'>,
  now: number,
): DueTicks {
  const { cron: expression, timeZone, missed, nextAt } = schedule;
  if (nextAt === null || nextAt > now) return { ticks: [], nextAt };
  const due = cron.newest(expression, timeZone, nextAt, now, maxTicksAtOnce);
  return { ticks: chosen(due, missed, now), nextAt: cron.next(expression, timeZone, now) };
}

function chosen(due: readonly number[], missed: StoredSchedule['missed'], now: number): readonly number[] {
  if (missed === 'all') return due;
  const onTime = due.filter((tick) => tick >= now - missedAfterMs);
  // A tick that is on time also covers those before it.
  return missed === 'once' && onTime.length === 0 ? due.slice(-1) : onTime;
}
