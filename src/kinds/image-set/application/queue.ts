import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { imageQueue } from '../domain/decide.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob } from '../domain/types.ts';
import { formatLeaseId, parseLeaseId } from '../../../domain/lease.ts';
import type { MessageLease, QueueMessage } from '../../../ports/store/message-queue.ts';
import { elapsedTime } from '../../../ports/world.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { imageSetMessage, type ImageSetMessage } from './message.ts';
import { expireJob } from '../../../application/jobs/expire.ts';

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

/** How often a waiting pull looks by itself: messages may come from another server. */
const pollMs = 1_000;

/** The queues of job messages, as workers from outside see them. */
export function createQueue(deps: Dependencies): Queue {
  return {
    pull: (queue, options) => pull(deps, queue, options),
    acknowledge: (queue, input) => acknowledge(deps, queue, input),
    extend: (queue, input) => extend(deps, queue, input),
  };
}

async function pull(
  deps: Dependencies,
  queue: string,
  { batchSize, visibilityTimeoutMs, waitMs, signal }: Parameters<Queue['pull']>[1],
): Promise<Result<readonly PulledMessage[]>> {
  if (queue !== imageQueue) return unknownQueue(queue);
  const wakeUp = deps.signals.messages;
  const until = elapsedTime(deps.clock) + waitMs;
  for (;;) {
    // A message leased to a client that has gone would be stuck until its lease runs out.
    if (signal?.aborted) return ok([]);
    const seen = wakeUp.count;
    const messages = await pullOnce(deps, queue, batchSize, visibilityTimeoutMs);
    const left = until - elapsedTime(deps.clock);
    if (messages.length > 0 || left <= 0 || wakeUp.closed) return ok(messages);
    await wakeUp.wait(Math.min(left, pollMs), seen, signal);
  }
}

async function pullOnce(
  deps: Dependencies,
  queue: string,
  limit: number,
  leaseMs: number,
): Promise<readonly PulledMessage[]> {
  const { store, clock, settings, logger } = deps;
  const { maxDeliveries } = settings;
  const pulled = await store.queue.pull(queue, { now: clock.now(), limit, leaseMs, maxDeliveries });
  for (const { jobId, messageId } of pulled.exhausted) {
    logger.warn('queue message given up', { queue, messageId, jobId, deliveries: maxDeliveries });
    await expireJob(deps, jobId, `No worker finished this item in ${maxDeliveries} deliveries.`, { early: true });
  }
  const messages = await Promise.all(pulled.messages.map((message) => toDeliver(deps, queue, message)));
  return messages.filter((message) => message !== null);
}

/** Null, and acknowledged, when the job has ended or is ended here: there is nothing left to do for it. */
async function toDeliver(deps: Dependencies, queue: string, message: QueueMessage): Promise<PulledMessage | null> {
  const job = (await deps.store.jobs.get(message.jobId)) as ImageSetJob | null;
  if (job === null || imageSet.lifecycle.isTerminal(job.state)) {
    await deps.store.queue.acknowledge(queue, [message]);
    return null;
  }
  if (message.lost >= deps.settings.maxLostDeliveries) {
    if (!hasProgressed(job, message.since)) return giveUp(deps, queue, message);
    await deps.store.queue.forgive(queue, message, deps.clock.now());
  }
  const { messageId, token, delivery } = message;
  const body = await imageSetMessage(deps, job);
  return { id: messageId, leaseId: formatLeaseId(messageId, token), attempts: delivery, body };
}

/** Whether an item got its result since then: what workers did that died meanwhile was not in vain. */
function hasProgressed({ items }: ImageSetJob, since: number): boolean {
  return [...items.values()].some(({ recordedAt }) => recordedAt >= since);
}

/** The next worker would most likely die of the same as those before: what is missing has failed. */
async function giveUp(deps: Dependencies, queue: string, message: QueueMessage): Promise<null> {
  const { messageId, jobId, lost } = message;
  deps.logger.warn('queue message given up: its workers died', { queue, messageId, jobId, lost });
  await expireJob(deps, jobId, `This item was not finished: ${lost} workers in a row died with it.`, { early: true });
  await deps.store.queue.acknowledge(queue, [message]);
  return null;
}

async function acknowledge(
  { store, clock }: Dependencies,
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
  const acknowledged = await store.queue.acknowledge(queue, leases);
  acknowledged.forEach((done, index) => {
    if (!done) refused.push(named[index] ?? '');
  });
  let retried = 0;
  for (const { leaseId, delaySeconds } of retries) {
    const lease = toLease(leaseId);
    const delay = { now: clock.now(), delayMs: delaySeconds * 1000 };
    if (lease !== null && (await store.queue.release(queue, lease, delay))) retried += 1;
    else refused.push(leaseId);
  }
  return ok({ acknowledged: acknowledged.filter(Boolean).length, retried, refused });
}

async function extend(
  { store, clock }: Dependencies,
  queue: string,
  { leaseId, visibilityTimeoutMs }: Parameters<Queue['extend']>[1],
): ReturnType<Queue['extend']> {
  if (queue !== imageQueue) return unknownQueue(queue);
  const lease = toLease(leaseId);
  const now = clock.now();
  const held = lease !== null && (await store.queue.extend(queue, lease, { now, leaseMs: visibilityTimeoutMs }));
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
