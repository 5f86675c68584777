import { clockToleranceMs } from '../domain/job/start.ts';
import { backoffMs } from '../domain/retry.ts';
import type { WakeUp } from '../application/wake-up.ts';
import type { Outbox, OutboxMessage } from '../ports/store/outbox.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, faultLevel, type Service } from './service.ts';

/** Later than this nothing that is stored now is due: it is claimed, or tried again. */
export function latestOutboxDue(now: number): number {
  return now + Math.max(claimLeaseMs, backoff.maxMs) + clockToleranceMs;
}

/** Says messages of one topic to the outside. May be called again with the same ones. */
export type Deliver = (messages: readonly OutboxMessage[]) => Promise<void>;

const claimLimit = 256;
const claimLeaseMs = 30_000;
/** How often it looks without being woken: another server may have died with a claim. */
const pollMs = 1_000;
const backoff = { firstMs: 500, maxMs: 60_000 };

/**
 * Performs what commits have to say to the outside: at least once, in order per job. A message
 * that cannot be delivered is tried again, later and later, and those behind it for the same job
 * wait. `deliverers` are found by the topic up to its colon; a topic without one is a mistake in
 * the wiring, and is retried so that nothing is lost when it is mended.
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
}

/** Performs what is due now, and answers how many messages that were, delivered or not. */
export async function relayOnce(options: RelayOptions): Promise<number> {
  const { outbox, clock } = options;
  const messages = await outbox.claim({ now: clock.now(), leaseMs: claimLeaseMs, limit: claimLimit });
  for (const group of groupsOf(messages)) await relay(options, group);
  return messages.length;
}

async function relay(
  { outbox, deliverers, clock, logger, random }: RelayOptions,
  messages: readonly OutboxMessage[],
): Promise<void> {
  const topic = messages[0]?.topic ?? '';
  const deliver = deliverers[topic.split(':', 1)[0] ?? ''];
  try {
    if (deliver === undefined) throw new Error(`nobody delivers ${topic}`);
    await deliver(messages);
    await outbox.done(messages.map(({ id }) => id));
  } catch (error) {
    logger[faultLevel(error)]('outbox delivery failed', { topic, messages: messages.length, error: String(error) });
    for (const { id, attempt } of messages) {
      await outbox.retry(id, clock.now() + backoffMs(backoff, attempt, random()), String(error));
    }
  }
}

/**
 * By topic; what was tried before goes alone, so that one that cannot be delivered keeps no other from it for more than
 * one attempt.
 */
function groupsOf(messages: readonly OutboxMessage[]): readonly (readonly OutboxMessage[])[] {
  const groups = Map.groupBy(messages, ({ topic, attempt, id }) => (attempt === 1 ? topic : `${topic} ${id}`));
  return [...groups.values()];
}
