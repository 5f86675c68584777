import type { DueJobs } from '../application/schedules/make-due-jobs.ts';
import type { WakeUp } from '../application/wake-up.ts';
import type { Result } from '../domain/errors.ts';
import { backoffMs } from '../domain/retry.ts';
import type { ScheduleStore, StoredSchedule } from '../ports/store/schedule-store.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, endLevel, type Service } from './service.ts';

const batchSize = 100;
const maxRemembered = 10_000;
/** Of those whose jobs cannot be made, at most this many are left out of the window. */
const maxStuck = 900;
const backoff = { firstMs: 1_000, maxMs: 60_000 };
/** How often it looks without being woken: a schedule may have been made at another server. */
const pollMs = 1_000;

/** Makes the jobs of schedules when they are due. May run at every server: see `makeDueJobs`. */
export function createScheduleTicker(options: {
  readonly schedules: Pick<ScheduleStore, 'due' | 'nextDueAt'>;
  readonly makeDueJobs: (schedule: StoredSchedule) => Promise<Result<DueJobs>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
}): Service {
  const { schedules, makeDueJobs, clock, logger, wakeUp } = options;
  /** Whose jobs could not be made, with when it is tried again: they stay due, and must not fill the window. */
  const stuck = new Map<string, { readonly failures: number; readonly until: number }>();
  const isTried = ({ id }: StoredSchedule, now: number): boolean => {
    const until = stuck.get(id)?.until ?? now;
    // A clock that was set back holds nothing up for long.
    return until <= now || until - now > backoff.maxMs;
  };
  const failed = (id: string): void => {
    const failures = (stuck.get(id)?.failures ?? 0) + 1;
    stuck.set(id, { failures, until: clock.now() + backoffMs(backoff, failures, 0) });
    const [oldest] = stuck.keys();
    if (stuck.size > maxStuck && oldest !== undefined) stuck.delete(oldest);
  };
  const pauses = new Pauses(logger);
  return createLoop({
    name: 'schedule-ticker',
    logger,
    wakeUp,
    round: async () => {
      const now = clock.now();
      const limit = batchSize + stuck.size;
      const found = await schedules.due(now, { exceptKinds: pauses.unknownKinds, limit });
      const due = found.filter((schedule) => isTried(schedule, now)).slice(0, batchSize);
      const ends = await Promise.allSettled(due.map((schedule) => makeDueJobs(schedule)));
      let made = 0;
      for (const [index, end] of ends.entries()) {
        const { id = '' } = due[index] ?? {};
        if (end.status === 'fulfilled' && end.value.ok) {
          stuck.delete(id);
          const schedule = due[index];
          made += end.value.value.made;
          if (schedule !== undefined) pauses.tell(schedule, end.value.value.paused);
          continue;
        }
        const why = end.status === 'rejected' ? String(end.reason) : end.value;
        logger[endLevel(end)]('the jobs of a schedule could not be made', { scheduleId: id, why });
        failed(id);
      }
      if (made > 0) logger.info('submitted jobs of schedules', { jobs: made });
      if (due.length === batchSize) return 0;
      // What could not be done now must not make the loop spin.
      if (stuck.size > 0) return pollMs;
      const nextAt = await schedules.nextDueAt(pauses.unknownKinds);
      return nextAt === null ? pollMs : Math.min(pollMs, Math.max(0, nextAt - clock.now()));
    },
  });
}

/** Says in the log what is paused, and what is no longer. */
class Pauses {
  readonly #logger: Logger;
  /** Schedules of disabled owners. */
  readonly #paused = new Set<string>();
  readonly #unknownKinds = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Kinds whose jobs cannot be submitted here. Their schedules stay due, and are not asked for again. */
  get unknownKinds(): readonly string[] {
    return [...this.#unknownKinds];
  }

  tell(schedule: StoredSchedule, why: DueJobs['paused']): void {
    const { id: scheduleId, kind } = schedule;
    if (why !== 'kind-unknown') return this.#tellOfOwner(schedule, why !== null);
    if (this.#unknownKinds.has(kind)) return;
    this.#unknownKinds.add(kind);
    this.#logger.warn('schedules are paused: this server cannot submit jobs of their kind', { kind, scheduleId });
  }

  #tellOfOwner({ id: scheduleId, ownerId, kind, jobType: type }: StoredSchedule, isPaused: boolean): void {
    if (isPaused === this.#paused.has(scheduleId)) return;
    if (isPaused) {
      // Those that are deleted while they are paused are not heard of again.
      if (this.#paused.size >= maxRemembered) this.#paused.clear();
      this.#paused.add(scheduleId);
      this.#logger.warn('a schedule is paused: its owner is disabled', { scheduleId, ownerId, kind, type });
    } else {
      this.#paused.delete(scheduleId);
      this.#logger.info('a schedule is resumed: its owner is enabled again', { scheduleId, ownerId, kind, type });
    }
  }
}
