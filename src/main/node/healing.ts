import { healSchedules } from '../../application/schedules/heal.ts';
import { WakeUp } from '../../application/wake-up.ts';
import { maxPauseMs } from '../../application/webhooks/attempts.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { latestOutboxDue } from '../../services/outbox-relay.ts';
import type { Service } from '../../services/service.ts';
import { createTimeHealer } from '../../services/time-healer.ts';
import { deliveryLeaseMs } from '../../services/webhook-sender.ts';
import { createCron } from './cron/cron.ts';

/** Heals every stored time that others wait for: docs/decisions/0014 has them all. */
export function createHealing({ store, clock, logger }: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}): Service {
  const { work, schedules, outbox, queue, webhooks } = store;
  const cron = createCron();
  return createTimeHealer({
    heals: [
      async (now) => ({ ...(await work.heal(now)) }),
      async (now) => ({ schedules: await healSchedules({ schedules, cron }, now) }),
      async (now) => ({ outbox: await outbox.heal({ now, latestDueAt: latestOutboxDue(now) }) }),
      async (now) => ({ messages: await queue.heal(now) }),
      async (now) => ({ deliveries: await webhooks.heal({ now, leaseMs: deliveryLeaseMs, maxPauseMs }) }),
    ],
    clock, logger, wakeUp: new WakeUp(),
  });
}
