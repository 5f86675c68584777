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
 * Submits the jobs of a schedule's due ticks, then advances the schedule. Each job is submitted under a key derived
 * from its tick, and the schedule is advanced only if it has not changed since it was read. So any number of servers
 * may do this at once, and any of them may die in between: a tick that is handled again returns the existing job, and
 * no tick gets two. The tick is the job's `runAt`.
 *
 * Jobs and schedule are separate commits, because each kind submits in its own way: it reads quotas and settings first,
 * may refuse one of a hundred ticks, and stores the key in the job's commit.
 *
 * While the owner is disabled, nothing is submitted, and missed ticks are not caught up. A schedule of a kind that this
 * server cannot submit is left unchanged: another server may know the kind, or this one after an upgrade.
 *
 * Refuses with `unavailable` if the store cannot answer; then the schedule is not advanced.
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
  // False: another server has advanced it, or a user has changed it.
  const moved = await changeUnchanged(deps, schedule, { nextAt, lastAt, lastJobId });
  return moved.ok ? ok({ made, paused: null }) : moved;
}
