import type { WakeUp } from '../application/wake-up.ts';
import { imageSet } from '../kinds/image-set/domain/kind.ts';
import { task } from '../kinds/task/domain/kind.ts';
import type { Retention } from '../ports/store/store.ts';
import { certainTime, type Clock, type Logger } from '../ports/world.ts';
import { createLoop, isSettled, type Service } from './service.ts';

const batchSize = 500;
const everyMs = 60_000;

/** Forgets what is only kept for a while, in small batches, so that nothing else waits for it. */
export function createRetention(options: {
  readonly retention: Retention;
  /** How long requests with an Idempotency-Key, and messages that are done, are remembered. Milliseconds. */
  readonly keepMs: number;
  /** How long tasks that have ended are kept, and deliveries that are over; null: for ever. Milliseconds. */
  readonly keepJobsMs: number | null;
  /** How long sets that have ended are kept; as above. */
  readonly keepSetsMs: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
}): Service {
  const { retention, keepMs, keepJobsMs, keepSetsMs, clock, logger, wakeUp } = options;
  return createLoop({
    name: 'retention',
    logger,
    wakeUp,
    round: async () => {
      if (!isSettled(clock)) return everyMs;
      const now = certainTime(clock);
      const gone = await Promise.all([
        // No key is remembered that names a job which has gone.
        retention.forgetIdempotency(now - Math.min(keepMs, keepJobsMs ?? keepMs), batchSize),
        retention.forgetMessages(now - keepMs, batchSize),
        ...(keepJobsMs === null
          ? []
          : [
              retention.forgetJobs(task.name, now - keepJobsMs, batchSize),
              retention.forgetDeliveries(now - keepJobsMs, batchSize),
            ]),
        ...(keepSetsMs === null ? [] : [retention.forgetJobs(imageSet.name, now - keepSetsMs, batchSize)]),
      ]);
      return gone.includes(batchSize) ? 0 : everyMs;
    },
  });
}
