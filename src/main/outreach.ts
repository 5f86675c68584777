import type { Dependencies } from '../application/dependencies.ts';
import type { RequestContext } from '../application/request.ts';
import { disableSchedules } from '../application/schedules/changes.ts';
import { makeDueJobs } from '../application/schedules/make-due-jobs.ts';
import type { Submitters } from '../application/schedules/dependencies.ts';
import { createSchedules, type Schedules } from '../application/schedules/schedules.ts';
import type { WakeUp } from '../application/wake-up.ts';
import { deliverWebhooks } from '../application/webhooks/deliver.ts';
import { createWebhooks, type Webhooks } from '../application/webhooks/webhooks.ts';
import type { Result } from '../domain/errors.ts';
import type { Job } from '../domain/job/job.ts';
import type { WebhookTransport } from '../ports/webhook-transport.ts';
import type { Deliver } from '../services/outbox-relay.ts';
import { createScheduleTicker } from '../services/schedule-ticker.ts';
import type { Service } from '../services/service.ts';
import { createWebhookSender } from '../services/webhook-sender.ts';
import { createCron } from './cron/cron.ts';

/** What submits jobs by the clock, and what tells others when jobs end. */
export interface Outreach {
  readonly application: { readonly schedules: Schedules; readonly webhooks: Webhooks };
  readonly services: readonly Service[];
  readonly deliverWebhooks: Deliver;
  /** All of one owner. Answers how many were enabled. */
  disableSchedules(context: RequestContext, ownerId: string): Promise<Result<number>>;
}

export function createOutreach(parts: {
  readonly deps: Pick<
    Dependencies, 'store' | 'writePath' | 'clock' | 'ids' | 'logger' | 'kinds' | 'telemetry' | 'tracer'
  >;
  readonly submitters: Submitters;
  readonly viewOf: (job: Job) => Promise<unknown>;
  /** The same whose `urlProblem` the use cases are given. */
  readonly transport: WebhookTransport;
  readonly version: string;
  /** Makes what a loop waits on. */
  readonly wakeUp: () => WakeUp;
}): Outreach {
  const { deps: { store, writePath, clock, ids, logger, kinds, telemetry, tracer }, submitters } = parts;
  const { viewOf, transport, version, wakeUp } = parts;
  const { schedules, users, webhooks } = store;
  const cron = createCron();
  const [tickerWakeUp, senderWakeUp] = [wakeUp(), wakeUp()];
  const onDue = (): void => senderWakeUp.notify();
  return {
    application: {
      schedules: createSchedules({
        store, writePath, submitters, cron, clock, ids, webhookUrlProblem: transport.urlProblem,
        onChanged: () => tickerWakeUp.notify(),
      }),
      webhooks: createWebhooks({
        webhooks, attempts: store.attempts, clock, ids, urlProblem: transport.urlProblem, onDue,
      }),
    },
    services: [
      createScheduleTicker({
        schedules, clock, logger, wakeUp: tickerWakeUp,
        makeDueJobs: (schedule) => makeDueJobs({ writePath, users, submitters, cron, clock, logger }, schedule),
      }),
      createWebhookSender({
        webhooks, transport, clock, logger, wakeUp: senderWakeUp, random: Math.random, telemetry, tracer,
        userAgent: `Waybill/${version}`,
      }),
    ],
    deliverWebhooks: deliverWebhooks({ store, kinds, clock, viewOf, onPut: onDue }),
    disableSchedules: (context, ownerId) => disableSchedules({ store, writePath }, context, ownerId),
  };
}
