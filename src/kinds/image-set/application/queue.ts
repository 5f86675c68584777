import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { imageQueue } from '../domain/decide.ts';
import { formatLeaseId, parseLeaseId } from '../../../domain/lease.ts';
import type { MessageLease, MessageQueue, QueueMessage } from '../../../ports/store/message-queue.ts';
import { elapsedTime, type Clock, type Logger } from '../../../ports/world.ts';
import type { Settings } from '../../../application/dependencies.ts';
import type { WakeUp } from '../../../application/wake-up.ts';
import type { ImageSetMessage } from './message.ts';

export interface PulledMessage {
  readonly id: string;
  /** Says which delivery is meant; needed to acknowledge, retry or extend. */
  readonly leaseId: string;
  /** Which delivery this is, from 1. */
  readonly attempts: number;
  readonly body: ImageSetMessage;
}

/** For workers from outside, whose secret the transport has checked. */
export interface Queue {
  /** Waits up to `waitMs` for the first message. Messages of jobs that ended are dropped, not delivered. */
  pull(
    queue: string,
    options: {
      readonly batchSize: number;
      readonly visibilityTimeoutMs: number;
      readonly waitMs: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<Result<readonly PulledMessage[]>>;
  /** `refused` lists the lease ids that are not (any longer) live. */
  acknowledge(
    queue: string,
    input: {
      readonly acks: readonly string[];
      readonly retries: readonly { readonly leaseId: string; readonly delaySeconds: number }[];
    },
  ): Promise<Result<{ readonly acknowledged: number; readonly retried: number; readonly refused: readonly string[] }>>;
  extend(
    queue: string,
    input: { readonly leaseId: string; readonly visibilityTimeoutMs: number },
  ): Promise<Result<{ readonly expiresAt: number }>>;
}

/** The jobs that the messages are of, wherever those are. */
export interface MessageJobs {
  /** What a worker is to do now; null when the job has ended. */
  message(jobId: string): Promise<ImageSetMessage | null>;
  /** Whether an item got its result since then, in milliseconds since 1970. */
  hasProgressed(jobId: string, since: number): Promise<boolean>;
  /** Ends the job: what is missing of it has failed. */
  giveUp(jobId: string, reason: string): Promise<void>;
}

export interface QueueDependencies {
  readonly messages: MessageQueue;
  readonly jobs: MessageJobs;
  /** Notified when messages have come. */
  readonly arrived: WakeUp;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: Pick<Settings, 'maxDeliveries' | 'maxLostDeliveries'>;
}

/** How often a waiting pull looks by itself: messages may come from another server. */
const pollMs = 1_000;
/** How long a pull that does not wait goes on past messages of jobs that have ended. */
const droppingMs = 5_000;

/** The queues of job messages, as workers from outside see them. */
export function createQueue(deps: QueueDependencies): Queue {
  return {
    pull: (queue, options) => pull(deps, queue, options),
    acknowledge: (queue, input) => acknowledge(deps, queue, input),
    extend: (queue, input) => extend(deps, queue, input),
  };
}

async function pull(
  deps: QueueDependencies,
  queue: string,
  { batchSize, visibilityTimeoutMs, waitMs, signal }: Parameters<Queue['pull']>[1],
): Promise<Result<readonly PulledMessage[]>> {
  if (queue !== imageQueue) return unknownQueue(queue);
  const { arrived, clock } = deps;
  const until = elapsedTime(clock) + waitMs;
  const droppingUntil = Math.max(until, elapsedTime(clock) + droppingMs);
  for (;;) {
    // A message leased to a client that has gone would be stuck until its lease runs out.
    if (signal?.aborted) return ok([]);
    const seen = arrived.count;
    const { messages, dropped } = await pullOnce(deps, queue, batchSize, visibilityTimeoutMs);
    if (messages.length > 0 || arrived.closed) return ok(messages);
    const now = elapsedTime(clock);
    // Behind those that were dropped others may be waiting.
    if (dropped && now < droppingUntil) continue;
    if (now >= until) return ok([]);
    await arrived.wait(Math.min(until - now, pollMs), seen, signal);
  }
}

/** `dropped`: messages that are not delivered were taken out of the queue. */
async function pullOnce(
  deps: QueueDependencies,
  queue: string,
  limit: number,
  leaseMs: number,
): Promise<{ readonly messages: readonly PulledMessage[]; readonly dropped: boolean }> {
  const { messages: stored, jobs, clock, settings, logger } = deps;
  const { maxDeliveries } = settings;
  const pulled = await stored.pull(queue, { now: clock.now(), limit, leaseMs, maxDeliveries });
  for (const { jobId, messageId } of pulled.exhausted) {
    logger.warn('queue message given up', { queue, messageId, jobId, deliveries: maxDeliveries });
    await jobs.giveUp(jobId, `No worker finished this item in ${maxDeliveries} deliveries.`);
  }
  const delivered = await Promise.all(pulled.messages.map((message) => toDeliver(deps, queue, message)));
  const messages = delivered.filter((message) => message !== null);
  return { messages, dropped: pulled.exhausted.length > 0 || messages.length < delivered.length };
}

/** Null, and acknowledged, when the job has ended or is ended here: there is nothing left to do for it. */
async function toDeliver(deps: QueueDependencies, queue: string, message: QueueMessage): Promise<PulledMessage | null> {
  const { messages, jobs, clock, settings } = deps;
  const { messageId, jobId, token, delivery } = message;
  const body = await jobs.message(jobId);
  if (body === null) {
    await messages.acknowledge(queue, [message]);
    return null;
  }
  if (message.lost >= settings.maxLostDeliveries) {
    // What workers did that died meanwhile was not in vain where an item got its result.
    if (!(await jobs.hasProgressed(jobId, message.since))) return giveUp(deps, queue, message);
    await messages.forgive(queue, message, clock.now());
  }
  return { id: messageId, leaseId: formatLeaseId(messageId, token), attempts: delivery, body };
}

/** The next worker would most likely die of the same as those before: what is missing has failed. */
async function giveUp(
  { messages, jobs, logger }: QueueDependencies,
  queue: string,
  message: QueueMessage,
): Promise<null> {
  const { messageId, jobId, lost } = message;
  logger.warn('queue message given up: its workers died', { queue, messageId, jobId, lost });
  await jobs.giveUp(jobId, `This item was not finished: ${lost} workers in a row died with it.`);
  await messages.acknowledge(queue, [message]);
  return null;
}

async function acknowledge(
  { messages, clock }: QueueDependencies,
  queue: string,
  { acks, retries }: Parameters<Queue['acknowledge']>[1],
): ReturnType<Queue['acknowledge']> {
  if (queue !== imageQueue) return unknownQueue(queue);
  const refused: string[] = [];
  const leases: MessageLease[] = [];
  const named: string[] = [];
  for (const leaseId of acks) {
    const lease = toLease(leaseId);
    if (lease === null) refused.push(leaseId);
    else {
      leases.push(lease);
      named.push(leaseId);
    }
  }
  const acknowledged = await messages.acknowledge(queue, leases);
  acknowledged.forEach((done, index) => {
    if (!done) refused.push(named[index] ?? '');
  });
  let retried = 0;
  for (const { leaseId, delaySeconds } of retries) {
    const lease = toLease(leaseId);
    const delay = { now: clock.now(), delayMs: delaySeconds * 1000 };
    if (lease !== null && (await messages.release(queue, lease, delay))) retried += 1;
    else refused.push(leaseId);
  }
  return ok({ acknowledged: acknowledged.filter(Boolean).length, retried, refused });
}

async function extend(
  { messages, clock }: QueueDependencies,
  queue: string,
  { leaseId, visibilityTimeoutMs }: Parameters<Queue['extend']>[1],
): ReturnType<Queue['extend']> {
  if (queue !== imageQueue) return unknownQueue(queue);
  const lease = toLease(leaseId);
  const now = clock.now();
  const held = lease !== null && (await messages.extend(queue, lease, { now, leaseMs: visibilityTimeoutMs }));
  if (held) return ok({ expiresAt: now + visibilityTimeoutMs });
  return refuse('lease_lost', 'The lease on this message has expired: another worker has it, or it is done.');
}

function toLease(leaseId: string): MessageLease | null {
  const parsed = parseLeaseId(leaseId);
  return parsed && { messageId: parsed.thingId, token: parsed.token };
}

function unknownQueue(queue: string): ReturnType<typeof refuse> {
  return refuse('not_found', `There is no queue ${JSON.stringify(queue)}.`);
}
