import { auditTable } from '../application/audit/note.ts';
import { endedInHours, hourOf } from '../application/times/recorder.ts';
import type { WakeUp } from '../application/wake-up.ts';
import { firstPlaceAt } from '../domain/job/id.ts';
import type { Kinds } from '../domain/kinds.ts';
import { sagaLifecycle } from '../domain/saga/lifecycle.ts';
import type { Retention } from '../ports/store/store.ts';
import { certainTime, type Clock, type Logger } from '../ports/world.ts';
import { createLoop, isSettled, type Service } from './service.ts';

const batchSize = 500;
const everyMs = 60_000;
/** Two days: one is shown. */
const keepTimesMs = 172_800_000;

/** Forgets what is only kept for a while, in small batches, so that nothing else waits for it. */
export function createRetention(options: {
  readonly retention: Retention;
  readonly kinds: Kinds;
  /** How long requests with an Idempotency-Key, and messages that are done, are remembered. Milliseconds. */
  readonly keepMs: number;
  /** How long jobs of a kind that have ended are kept, and deliveries about them; null: for ever. Milliseconds. */
  readonly keepJobsMs: (kind: string) => number | null;
  /** How long entries of the audit are kept. Milliseconds. */
  readonly keepAuditMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
}): Service {
  const { retention, kinds, keepMs, keepJobsMs, keepAuditMs, clock, logger, wakeUp } = options;
  return createLoop({
    name: 'retention',
    logger,
    wakeUp,
    round: async () => {
      if (!isSettled(clock)) return everyMs;
      const now = certainTime(clock);
      // Sagas go with the jobs that they are a part of.
      const names = kinds.names.filter((name) => name !== sagaLifecycle.kind);
      const kept = names.map((kind) => ({ kind, ms: keepJobsMs(kind) }));
      // Nobody names a job of an internal kind in a request.
      const named = kept.filter(({ kind }) => !kinds.of(kind).internal);
      const shortest = Math.min(...named.map(({ ms }) => ms ?? Infinity));
      const gone = await Promise.all([
        // No key is remembered that names a job which has gone.
        retention.purgeIdempotency(now - Math.min(keepMs, shortest), batchSize),
        retention.purgeMessages(now - keepMs, batchSize),
        retention.purgeRecords(auditTable, firstPlaceAt(now - keepAuditMs), batchSize),
        retention.purgeRecords(endedInHours, hourOf(now - keepTimesMs), batchSize),
        ...kept.map(({ kind, ms }) => (ms === null ? 0 : retention.purgeJobs(kind, now - ms, batchSize))),
        ...(shortest === Infinity ? [] : [retention.purgeDeliveries(now - shortest, batchSize)]),
      ]);
      return gone.includes(batchSize) ? 0 : everyMs;
    },
  });
}
