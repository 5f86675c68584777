import { clockToleranceMs } from '../domain/job/start.ts';
import { backoffMs, type Backoff } from '../domain/retry.ts';
import type { WakeUp } from '../application/wake-up.ts';
import type { Outbox, OutboxMessage } from '../ports/store/outbox.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, faultLevel, type Service } from './service.ts';

/*
 * The outbox: how what a commit says to the outside is said if and only if the commit is stored.
 *
 * Terms. A message is a row: topic, job, owner, payload, due time. It is written by the commit that causes it, in the
 * same transaction. A claim leases due messages to one relay; a deliverer performs those of one topic.
 *
 * Rule.
 *   commit   appends the messages of its effects, or nothing at all
 *   claim    due = now + claimLeaseMs, attempt + 1; only the oldest message of each job can be claimed
 *   done     deletes the messages, and makes the next message of each job due
 *   retry    due = now + backoff(attempt), from 0.5 s to 60 s, with jitter, without end (on Cloudflare up to an hour)
 * So messages are delivered at least once, and in order per job: one that fails holds up those behind it of its own job
 * and no others. Owners take turns when more is due than one claim holds. Messages of a topic are delivered together
 * the first time; one that failed before is delivered alone, so that it cannot make its neighbours fail again.
 *
 * Failures.
 *   Crash before the commit          no message; nothing is said.
 *   Crash after the commit           the message is due: this server finds it after its restart, or another one within
 *                                    `pollMs`. The wake-up after a commit is a hint that may get lost.
 *   Crash between delivery and done  the claim expires after `claimLeaseMs`, and the message is delivered again.
 *   Delivery outlasts its claim      another relay delivers the message as well, and may go on to the next: a duplicate
 *                                    can be late. Deliverers therefore are idempotent, by the message's job and by what
 *                                    the payload names (the job's version, the saga, the delivery).
 *   The outside refuses for long     retried until it works, visible in `waybill_outbox_messages`. What may be given up
 *                                    (a webhook after a day) is given up by its deliverer, not here.
 *   The clock was ahead              nothing stored now is due later than `latestOutboxDue`: what is, is due at once.
 */

/** The latest due time that a message stored now can have, by a claim or by a retry. */
export function latestOutboxDue(now: number, { maxMs }: Backoff = usualBackoff): number {
  return now + Math.max(claimLeaseMs, maxMs) + clockToleranceMs;
}

/** Delivers messages of one topic. Is called again with the same ones when the outcome was not stored. */
export type Deliver = (messages: readonly OutboxMessage[]) => Promise<void>;

const claimLimit = 256;
const claimLeaseMs = 30_000;
/** How often it polls without a wake-up: another server may have died with a claim. */
const pollMs = 1_000;
const usualBackoff: Backoff = { firstMs: 500, maxMs: 60_000 };

/**
 * Delivers the messages of the outbox. `deliverers` are found by the topic up to its colon; a topic without one is a
 * wiring mistake, and its messages are retried so that none is lost once it is fixed.
 */
export function createOutboxRelay(options: RelayOptions & { readonly wakeUp: WakeUp }): Service {
  return createLoop({
    name: 'outbox-relay',
    logger: options.logger,
    wakeUp: options.wakeUp,
    round: async () => ((await relayOnce(options)) > 0 ? 0 : pollMs),
  });
}

export interface RelayOptions {
  readonly outbox: Outbox;
  readonly deliverers: Readonly<Record<string, Deliver>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Longer where each try is paid for. */
  readonly backoff?: Backoff;
}

/** Delivers what is due now, and returns the number of messages, delivered or not. */
export async function relayOnce(options: RelayOptions): Promise<number> {
  const { outbox, clock } = options;
  const messages = await outbox.claim({ now: clock.now(), leaseMs: claimLeaseMs, limit: claimLimit });
  for (const group of groupsOf(messages)) await relay(options, group);
  return messages.length;
}

async function relay(
  { outbox, deliverers, clock, logger, random, backoff = usualBackoff }: RelayOptions,
  messages: readonly OutboxMessage[],
): Promise<void> {
  const topic = messages[0]?.topic ?? '';
  const deliver = deliverers[topic.split(':', 1)[0] ?? ''];
  try {
    if (deliver === undefined) throw new Error(`no deliverer is registered for ${topic}`);
    await deliver(messages);
    await outbox.done(messages.map(({ id }) => id));
  } catch (error) {
    logger[faultLevel(error)]('outbox delivery failed', { topic, messages: messages.length, error: String(error) });
    for (const { id, attempt } of messages) {
      await outbox.retry(id, clock.now() + backoffMs(backoff, attempt, random()), String(error));
    }
  }
}

/** By topic; a message that failed before is delivered alone. */
function groupsOf(messages: readonly OutboxMessage[]): readonly (readonly OutboxMessage[])[] {
  const groups = Map.groupBy(messages, ({ topic, attempt, id }) => (attempt === 1 ? topic : `${topic} ${id}`));
  return [...groups.values()];
}
