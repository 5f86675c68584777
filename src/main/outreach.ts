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
import type { ClaimedDelivery, WebhookStore } from '../ports/store/webhook-store.ts';
import type { WebhookAnswer, WebhookRequest, WebhookTransport } from '../ports/webhook-transport.ts';
import { DeliveryDesk } from '../services/delivery-desk.ts';
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
  readonly deliveries: HandedOver;
  /** All of one owner. Answers how many were enabled. */
  disableSchedules(context: RequestContext, ownerId: string): Promise<Result<number>>;
}

/** For whoever sends deliveries that were handed over: named by their ids, and the leases under which they are. */
export interface HandedOver {
  /** Null: it is not to be sent, or no longer under that lease. */
  request(id: string, lease: DeliveryLease): Promise<WebhookRequest | null>;
  /** `at`: when it was sent. */
  answered(id: string, lease: DeliveryLease, at: number, answer: WebhookAnswer): Promise<void>;
}

export type DeliveryLease = Pick<ClaimedDelivery, 'token' | 'attempt'>;

export function createOutreach(parts: {
  readonly deps: Pick<
    Dependencies, 'store' | 'writePath' | 'clock' | 'ids' | 'logger' | 'kinds' | 'telemetry' | 'tracer'
  >;
  readonly submitters: Submitters;
  readonly viewOf: (job: Job) => Promise<unknown>;
  /** The same whose `urlProblem` the use cases are given. */
  readonly transport: WebhookTransport;
  readonly version: string;
  /** Hands webhooks to whoever sends them; they are sent here unless given. */
  readonly handOver?: (delivery: ClaimedDelivery) => Promise<void>;
  /** Makes what a loop waits on. */
  readonly wakeUp: () => WakeUp;
}): Outreach {
  const { deps: { store, writePath, clock, ids, logger, kinds, telemetry, tracer }, submitters } = parts;
  const { viewOf, transport, version, wakeUp, handOver } = parts;
  const { schedules, users, webhooks } = store;
  const cron = createCron();
  const [tickerWakeUp, senderWakeUp] = [wakeUp(), wakeUp()];
  const onDue = (): void => senderWakeUp.notify();
  const sending = { webhooks, clock, logger, random: Math.random, telemetry, userAgent: `Waybill/${version}` };
  const desk = new DeliveryDesk(sending);
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
      createWebhookSender({ ...sending, desk, transport, tracer, handOver, wakeUp: senderWakeUp }),
    ],
    deliveries: handedOver(webhooks, desk),
    deliverWebhooks: deliverWebhooks({ store, kinds, clock, viewOf, onPut: onDue }),
    disableSchedules: (context, ownerId) => disableSchedules({ store, writePath }, context, ownerId),
  };
}

function handedOver(webhooks: WebhookStore, desk: DeliveryDesk): HandedOver {
  const claimed = async (id: string, { token, attempt }: DeliveryLease): Promise<ClaimedDelivery | null> => {
    const delivery = await webhooks.get(id);
    const isUnderIt = delivery?.state === 'pending' && delivery.attempt === attempt;
    return isUnderIt ? { ...delivery, token } : null;
  };
  return {
    async request(id, lease) {
      const delivery = await claimed(id, lease);
      return delivery === null ? null : desk.prepare(delivery);
    },
    async answered(id, lease, at, answer) {
      const delivery = await claimed(id, lease);
      if (delivery !== null) await desk.conclude(delivery, at, answer);
    },
  };
}
