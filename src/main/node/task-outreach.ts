import { makeDueJobs } from '../../application/schedules/make-due-jobs.ts';
import { createSchedules, type Schedules } from '../../application/schedules/schedules.ts';
import type { Tasks } from '../../kinds/task/application/application.ts';
import { WakeUp } from '../../application/wake-up.ts';
import { deliverWebhooks } from '../../application/webhooks/deliver.ts';
import { createWebhooks, type Webhooks } from '../../application/webhooks/webhooks.ts';
import { taskView } from '../../kinds/task/contract/task-view.ts';
import { webhookTopic } from '../../kinds/task/domain/decide.ts';
import type { Store } from '../../ports/store/store.ts';
import type { WebhookTransport } from '../../ports/webhook-transport.ts';
import type { Clock, Ids, Logger } from '../../ports/world.ts';
import type { Deliver } from '../../services/outbox-relay.ts';
import { createScheduleTicker } from '../../services/schedule-ticker.ts';
import type { Service } from '../../services/service.ts';
import { createWebhookSender } from '../../services/webhook-sender.ts';
import { createCron } from './cron/cron.ts';

/** What submits tasks by the clock, and what tells others when tasks end. */
export interface TaskOutreach {
  readonly application: { readonly schedules: Schedules; readonly webhooks: Webhooks };
  readonly services: readonly Service[];
  readonly deliverers: Readonly<Record<string, Deliver>>;
}

export function createTaskOutreach(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly submit: Tasks['submit'];
  /** The same whose `urlProblem` the tasks are given. */
  readonly transport: WebhookTransport;
  readonly version: string;
}): TaskOutreach {
  const { store, clock, ids, logger, submit, transport, version } = parts;
  const { schedules, users, webhooks } = store;
  const cron = createCron();
  const tickerWakeUp = new WakeUp();
  const senderWakeUp = new WakeUp();
  const onDue = (): void => senderWakeUp.notify();
  return {
    application: {
      schedules: createSchedules({
        schedules, users, submit, cron, clock, ids, webhookUrlProblem: transport.urlProblem,
        onChanged: () => tickerWakeUp.notify(),
      }),
      webhooks: createWebhooks({ webhooks, clock, onReplayed: onDue }),
    },
    services: [
      createScheduleTicker({
        schedules, clock, logger, wakeUp: tickerWakeUp,
        makeDueJobs: (schedule) => makeDueJobs({ schedules, users, submit, cron, clock, logger }, schedule),
      }),
      createWebhookSender({
        webhooks, transport, clock, logger, wakeUp: senderWakeUp, random: Math.random, userAgent: `Waybill/${version}`,
      }),
    ],
    deliverers: { [webhookTopic]: deliverWebhooks({ store, clock, viewOf: endedView, onPut: onDue }) },
  };
}

/** As it is shown by itself: what has ended waits for nothing. */
function endedView(task: Parameters<typeof taskView>[0]): ReturnType<typeof taskView> {
  return { ...taskView(task), waitingFor: null };
}
