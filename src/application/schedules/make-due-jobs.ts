import { ok, type Result } from '../../domain/errors.ts';
import type { Cron } from '../../ports/cron.ts';
import type { StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { UserStore } from '../../ports/store/user-store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import type { WritePath } from '../write-path/write-path.ts';
import { changeUnchanged } from './changes.ts';
import { contentOf } from './content.ts';
import type { Submitters } from './dependencies.ts';
import { isOwnerDisabled, ownerContext } from './schedules.ts';
import { dueTicks } from './ticks.ts';

export interface DueJobs {
  readonly made: number;
  /** Why none are made for the time being; null: they are. */
  readonly paused: 'owner-disabled' | 'kind-unknown' | null;
}

/**
 * Makes the jobs of a schedule's due ticks, then moves the schedule on. Each job is submitted under a key of its tick,
 * and the schedule is moved on only if it is still as it was read. So any number of servers may do this at once, and
 * any of them may die in between: whoever comes to a tick again is answered the job that is there, and no tick has two.
 * The tick is the job's `runAt`.
 *
 * They are commits of their own, as each kind submits in its own way: it asks for quotas and settings first, may refuse
 * one of a hundred ticks, and remembers the key in the job's commit.
 *
 * While the owner is a disabled user nothing is made, and what would have been due is not made up for. A schedule of a
 * kind that this server cannot submit is left as it is: another server may know the kind, or this one after an upgrade.
 *
 * Refused as `unavailable` when the store cannot answer: nothing is moved on then.
 */
export async function makeDueJobs(
  deps: {
    readonly writePath: WritePath;
    readonly users: Pick<UserStore, 'find'>;
    readonly submitters: Submitters;
    readonly cron: Cron;
    readonly clock: Clock;
    readonly logger: Logger;
  },
  schedule: StoredSchedule,
): Promise<Result<DueJobs>> {
  const submit = deps.submitters.get(schedule.kind);
  if (submit === undefined) return ok({ made: 0, paused: 'kind-unknown' });
  const { ticks, nextAt } = dueTicks(deps.cron, schedule, deps.clock.now());
  const { id: scheduleId, name } = schedule;
  // The clock was set back since the schedule was found to be due.
  if (nextAt === schedule.nextAt) return ok({ made: 0, paused: null });
  if (await isOwnerDisabled(deps.users, schedule)) {
    const moved = await changeUnchanged(deps, schedule, { nextAt });
    return moved.ok ? ok({ made: 0, paused: 'owner-disabled' }) : moved;
  }
  const { job } = contentOf(schedule);
  const results = await Promise.all(
    ticks.map((tick) =>
      submit(ownerContext(schedule), job, {
        runAt: tick, scheduleId, name, idempotencyKey: `schedule:${scheduleId}:${tick}`,
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
  const moved = await changeUnchanged(deps, schedule, { nextAt, lastAt, lastJobId });
  return moved.ok ? ok({ made, paused: null }) : moved;
}
