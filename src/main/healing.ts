import type { Dependencies } from '../application/dependencies.ts';
import { latestObjectsDue } from '../application/objects/purge.ts';
import { correctDeadlines } from '../application/jobs/correct-deadlines.ts';
import { healSchedules } from '../application/schedules/heal.ts';
import type { WakeUp } from '../application/wake-up.ts';
import { maxPauseMs } from '../application/webhooks/attempts.ts';
import { longestDeadlineOf, type KindRuntime } from '../services/kind-runtime.ts';
import { latestOutboxDue } from '../services/outbox-relay.ts';
import type { Service } from '../services/service.ts';
import { createTimeHealer } from '../services/time-healer.ts';
import { deliveryLeaseMs } from '../services/webhook-sender.ts';
import { createCron } from './cron/cron.ts';

/** Heals every stored time that others wait for: docs/decisions/0014 has them all. */
export function createHealing(
  deps: Pick<Dependencies, 'store' | 'writePath' | 'kinds' | 'clock' | 'logger'>,
  runtimes: readonly KindRuntime[],
  wakeUp: WakeUp,
): Service {
  const { store, clock, logger } = deps;
  const { work, outbox, queue, webhooks } = store;
  const cron = createCron();
  const urlsEndAt = (now: number): number =>
    Math.max(now, ...runtimes.map(({ objects }) => objects?.lastUrlEndsAt(now) ?? now));
  const longestMs = longestDeadlineOf(runtimes);
  return createTimeHealer({
    heals: [
      async (now) => ({ ...(await work.heal(now)) }),
      async (now) => ({ schedules: await healSchedules({ ...deps, cron }, now) }),
      async (now) => ({ outbox: await outbox.heal({ now, latestDueAt: latestOutboxDue(now) }) }),
      async (now, steps) => ({ deadlines: await correctDeadlines(deps, now, steps, longestMs) }),
      async (now) => ({
        objects: await store.endedObjects.heal({ now, latestDueAt: latestObjectsDue(now, urlsEndAt(now)) }),
      }),
      async (now) => ({ messages: await queue.heal(now) }),
      async (now) => ({ deliveries: await webhooks.heal({ now, leaseMs: deliveryLeaseMs, maxPauseMs }) }),
    ],
    clock, logger, wakeUp,
  });
}
