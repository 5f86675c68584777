import type { Cron } from '../../ports/cron.ts';
import { healedSchedule } from './healed-schedule.ts';
import type { ScheduleStore, StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { WritePath } from '../write-path/write-path.ts';
import { changeUnchanged } from './changes.ts';

const pageSize = 100;

/** Corrects schedules with impossible times. Returns how many. */
export async function healSchedules(
  { store: { schedules }, writePath, cron }: {
    readonly store: { readonly schedules: Pick<ScheduleStore, 'list'> };
    readonly writePath: WritePath;
    readonly cron: Cron;
  },
  now: number,
): Promise<number> {
  let healed = 0;
  for (let after: string | null = null; ; ) {
    const page: readonly StoredSchedule[] = await schedules.list({ ownerId: null, after, limit: pageSize });
    for (const schedule of page) {
      const better = healedSchedule(cron, schedule, now);
      // Another server may correct it, or a user change it, at the same time.
      if (better === null) continue;
      const { nextAt, lastAt } = better;
      const changed = await changeUnchanged({ writePath }, schedule, { nextAt, lastAt });
      if (changed.ok && changed.value) healed += 1;
    }
    after = page.at(-1)?.id ?? null;
    if (page.length < pageSize) return healed;
  }
}
