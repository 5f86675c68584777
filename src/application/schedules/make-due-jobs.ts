import { ok, type Result } from '../../domain/errors.ts';
import type { Cron } from '../../ports/cron.ts';
import type { ScheduleStore, StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { UserStore } from '../../ports/store/user-store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { isOwnerDisabled, jobOf, ownerContext, type SubmitScheduled } from './schedules.ts';
import { dueTicks } from './ticks.ts';

export interface DueJobs {
  readonly made: number;
  /** The owner is disabled. */
  readonly standsStill: boolean;
}

/**
 * Makes the jobs of a schedule's due ticks, then moves the schedule on. Each job is submitted under a key of its tick,
 * and the schedule is replaced only as it was read. So any number of servers may do this at once, and any of them may
 * die in between: whoever comes to a tick again is answered the job that is there, and no tick has two. The tick is
 * the job's `runAt`.
 *
 * While the owner is a disabled user nothing is made.
 *
 * Refused as `unavailable` when the store cannot answer: nothing is moved on then.
 */
export async function makeDueJobs(
  deps: {
    readonly schedules: Pick<ScheduleStore, 'replace'>;
    readonly users: Pick<UserStore, 'find'>;
    readonly submit: SubmitScheduled;
    readonly cron: Cron;
    readonly clock: Clock;
    readonly logger: Logger;
  },
  schedule: StoredSchedule,
): Promise<Result<DueJobs>> {
  const { ticks, nextAt } = dueTicks(deps.cron, schedule, deps.clock.now());
  const { id: scheduleId } = schedule;
  // The clock was set back since the schedule was found to be due.
  if (nextAt === schedule.nextAt) return ok({ made: 0, standsStill: false });
  if (await isOwnerDisabled(deps.users, schedule)) {
    // What would have been due meanwhile is not made up for when the owner is enabled again.
    await deps.schedules.replace({ ...schedule, nextAt }, schedule.version);
    return ok({ made: 0, standsStill: true });
  }
  const results = await Promise.all(
    ticks.map((tick) =>
      deps.submit(ownerContext(schedule), jobOf(schedule), {
        runAt: tick, scheduleId, idempotencyKey: `schedule:${scheduleId}:${tick}`,
      }),
    ),
  );
  let made = 0;
  let { lastAt, lastJobId } = schedule;
  for (const [index, result] of results.entries()) {
    const tick = ticks[index] ?? 0;
    lastAt = tick;
    if (result.ok) {
      lastJobId = result.value.jobId;
      if (result.value.isNew) made += 1;
    } else if (result.refusal.code === 'unavailable') {
      return result;
    } else if (result.refusal.code !== 'idempotency_mismatch' && result.refusal.code !== 'not_found') {
      // Those two say that its job was made before: from what the schedule was then, or it is deleted again.
      const why = result.refusal.message;
      deps.logger.error('a job of a schedule was refused', { scheduleId, tick, why });
    }
  }
  // False: another server has moved it on, or somebody changed it.
  await deps.schedules.replace({ ...schedule, nextAt, lastAt, lastJobId }, schedule.version);
  return ok({ made, standsStill: false });
}
