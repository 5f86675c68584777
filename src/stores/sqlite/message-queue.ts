import { clockToleranceMs } from '../../domain/job/start.ts';
import type { MessageLease, MessageQueue, Pulled, PullOptions, QueueMessage } from '../../ports/store/message-queue.ts';
import type { SqliteDriver } from './driver.ts';

/*
 * A message is `waiting` (due at `due_at`), `leased` (until `due_at`) or `gone`. Its fencing token is the
 * number of its deliveries, so each delivery has the next one; `lost` counts those
 * whose lease ran out, the first of which began at `since`. A gone message stays as a tombstone, so that a late
 * repetition of its `put` finds it.
 */

interface Row {
  message_id: string;
  job_id: string;
  state: 'waiting' | 'leased';
  deliveries: number;
  lost: number;
  since: number;
}

const insert = `INSERT INTO queue_messages (queue, message_id, job_id, state, due_at, deliveries, lost, since)
  VALUES (?, ?, ?, 'waiting', ?, 0, 0, 0) ON CONFLICT (queue, message_id) DO NOTHING`;
const selectDue = `SELECT message_id, job_id, state, deliveries, lost, since FROM queue_messages
  WHERE queue = ? AND state <> 'gone' AND due_at <= ? ORDER BY due_at, message_id LIMIT +?`;
const lease = `UPDATE queue_messages SET state = 'leased', due_at = ?, hold_ms = ?, deliveries = ?, lost = ?, since = ?
  WHERE queue = ? AND message_id = ?`;
const exhaust = `UPDATE queue_messages SET state = 'gone' WHERE queue = ? AND message_id = ?`;
// Matches a repeated acknowledgement too, which changes nothing.
const acknowledge = `UPDATE queue_messages SET state = 'gone'
  WHERE queue = ? AND message_id = ? AND deliveries = ? AND state <> 'waiting'`;
const moveLease = `UPDATE queue_messages SET state = ?, due_at = ?, hold_ms = ?
  WHERE queue = ? AND message_id = ? AND deliveries = ? AND state = 'leased'`;
const forgive = `UPDATE queue_messages SET lost = 0, since = ?
  WHERE queue = ? AND message_id = ? AND deliveries = ? AND state = 'leased'`;
const heal = "UPDATE queue_messages SET due_at = ? + hold_ms WHERE state <> 'gone' AND due_at > ? + hold_ms";
const depth = `SELECT count(*) FILTER (WHERE due_at <= ?) AS ready, count(*) FILTER (WHERE due_at > ?) AS held
  FROM queue_messages WHERE queue = ? AND state <> 'gone'`;
const readySince = `SELECT due_at AS dueAt FROM queue_messages WHERE queue = ? AND state <> 'gone' AND due_at <= ?
  ORDER BY due_at LIMIT 1`;

export function createMessageQueue(driver: SqliteDriver): MessageQueue {
  const written = async <T>(work: () => T): Promise<T> => {
    const result = driver.transaction(work);
    await driver.durable();
    return result;
  };
  const move = (queue: string, { messageId, token }: MessageLease, state: string, now: number, holdMs: number) =>
    written(() => driver.run(moveLease, [state, now + holdMs, holdMs, queue, messageId, token]) === 1);
  return {
    put: (queue, messages) =>
      written(() => {
        for (const { messageId, jobId, availableAt } of messages) {
          driver.run(insert, [queue, messageId, jobId, availableAt]);
        }
      }),
    async pull(queue, options) {
      // Workers ask often and mostly in vain: that must not cost a write.
      if (driver.all(selectDue, [queue, options.now, 1]).length === 0) return { messages: [], exhausted: [] };
      return written(() => pull(driver, queue, options));
    },
    acknowledge: (queue, leases) =>
      written(() => leases.map(({ messageId, token }) => driver.run(acknowledge, [queue, messageId, token]) === 1)),
    release: (queue, held, { now, delayMs }) => move(queue, held, 'waiting', now, delayMs),
    extend: (queue, held, { now, leaseMs }) => move(queue, held, 'leased', now, leaseMs),
    heal: (now) => written(() => driver.run(heal, [now, now + clockToleranceMs])),
    forgive: (queue, { messageId, token }, now) =>
      written(() => driver.run(forgive, [now, queue, messageId, token]) === 1),
    async depth(queue, now) {
      return driver.all<{ ready: number; held: number }>(depth, [now, now, queue])[0] ?? { ready: 0, held: 0 };
    },
    async readySince(queue, now) {
      return driver.all<{ dueAt: number }>(readySince, [queue, now])[0]?.dueAt ?? null;
    },
  };
}

/** Goes on past exhausted messages, so that they keep nobody from the others; at most `limit` of each. */
function pull(driver: SqliteDriver, queue: string, { now, limit, leaseMs, maxDeliveries }: PullOptions): Pulled {
  const messages: QueueMessage[] = [];
  const exhausted: { messageId: string; jobId: string }[] = [];
  while (messages.length < limit && exhausted.length < limit) {
    const due = driver.all<Row>(selectDue, [queue, now, limit - Math.max(messages.length, exhausted.length)]);
    if (due.length === 0) break;
    for (const { message_id: messageId, job_id: jobId, state, deliveries, ...row } of due) {
      if (deliveries >= maxDeliveries) {
        driver.run(exhaust, [queue, messageId]);
        exhausted.push({ messageId, jobId });
      } else {
        const delivery = deliveries + 1;
        const lost = row.lost + (state === 'leased' ? 1 : 0);
        const since = lost === 0 ? now : row.since;
        driver.run(lease, [now + leaseMs, leaseMs, delivery, lost, since, queue, messageId]);
        messages.push({ messageId, jobId, token: delivery, delivery, lost, since });
      }
    }
  }
  return { messages, exhausted };
}
