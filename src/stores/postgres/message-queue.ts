import { clockToleranceMs } from '../../domain/job/start.ts';
import type { MessageLease, MessageQueue, Pulled, PullOptions, QueueMessage } from '../../ports/store/message-queue.ts';
import type { Database } from './database.ts';
import { arraysOf, bigint, insertAll, statement, text, unnest, type Column } from './statement.ts';

/*
 * A message is waiting (due at `due_at`) or leased (until `due_at`) in `queue_messages`, or gone, with a tombstone in
 * `queue_tombstones` that a late repetition of its `put` finds. Its fencing token is the number of its deliveries,
 * so each delivery has the next one; `lost` counts those whose lease ran out, the first of which began at `since`.
 */

interface NewRow {
  readonly queue: string;
  readonly messageId: string;
  readonly jobId: string;
  readonly availableAt: number;
}

const newColumns: readonly Column<NewRow>[] = [
  text('queue', ({ queue }) => queue),
  text('message_id', ({ messageId }) => messageId),
  text('job_id', ({ jobId }) => jobId),
  bigint('due_at', ({ availableAt }) => availableAt),
];
const insert = statement(
  'queue_put',
  insertAll('queue_messages', newColumns, 'ON CONFLICT (queue, message_id) DO NOTHING'),
);
// After the insert, which waits for an acknowledgement of the same message under way: only then its tombstone is there.
const dropKnown = statement(
  'queue_put_known',
  `DELETE FROM queue_messages m USING queue_tombstones t
    WHERE m.queue = $1 AND m.message_id = ANY($2::text[])
      AND t.queue = $1 AND t.message_id = ANY($2::text[]) AND t.message_id = m.message_id`,
);

const anyDue = statement(
  'queue_any_due',
  `SELECT 1 FROM queue_messages WHERE queue = $1 AND due_at <= $2::bigint AND message_id <> ''
    ORDER BY due_at LIMIT 1`,
);
const pullDue = statement(
  'queue_pull',
  `WITH due AS MATERIALIZED (
      SELECT message_id, due_at, lost + leased::integer AS lost FROM queue_messages
      WHERE queue = $1 AND due_at <= $2::bigint AND message_id <> ''
      ORDER BY due_at, message_id LIMIT $3 FOR UPDATE SKIP LOCKED
    ), leased AS (
      UPDATE queue_messages m SET leased = TRUE, due_at = $2::bigint + $4::bigint, hold_ms = $4::bigint,
        deliveries = m.deliveries + 1,
        lost = due.lost, since = CASE WHEN due.lost = 0 THEN $2::bigint ELSE m.since END
      FROM due WHERE m.queue = $1 AND m.message_id = ANY(ARRAY(SELECT message_id FROM due))
        AND m.message_id = due.message_id AND m.deliveries < $5::integer
      RETURNING m.message_id, m.job_id, m.deliveries, m.lost, m.since, due.due_at
    ), exhausted AS (
      DELETE FROM queue_messages m
      WHERE m.queue = $1 AND m.message_id = ANY(ARRAY(SELECT message_id FROM due)) AND m.deliveries >= $5::integer
      RETURNING m.message_id, m.job_id, m.deliveries, m.lost, m.since, m.due_at
    ), buried AS (
      INSERT INTO queue_tombstones (queue, message_id, due_at, deliveries)
      SELECT $1, message_id, due_at, deliveries FROM exhausted
    )
    SELECT message_id AS "messageId", job_id AS "jobId", deliveries, lost, since, due_at AS "wasDueAt",
      FALSE AS exhausted FROM leased
    UNION ALL SELECT message_id, job_id, deliveries, lost, since, due_at, TRUE FROM exhausted`,
);

interface DueRow {
  readonly messageId: string;
  readonly jobId: string;
  readonly deliveries: number;
  readonly lost: number;
  readonly since: number;
  readonly wasDueAt: number;
  readonly exhausted: boolean;
}

/** Tokens are named by workers: one that was never given out is no live one, however large it is. */
const leaseColumns: readonly Column<MessageLease>[] = [
  text('message_id', ({ messageId }) => messageId),
  bigint('token', ({ token }) => token),
];
const bury = statement(
  'queue_acknowledge',
  `WITH gone AS (
      DELETE FROM queue_messages m USING ${unnest(leaseColumns)}
      WHERE m.queue = $3 AND m.message_id = ANY($1::text[])
        AND m.message_id = c.message_id AND m.deliveries = c.token AND m.leased
      RETURNING m.message_id, m.due_at, m.deliveries
    )
    INSERT INTO queue_tombstones (queue, message_id, due_at, deliveries)
    SELECT $3, message_id, due_at, deliveries FROM gone`,
);
// In a statement of its own, which sees what was acknowledged by the same lease a moment ago.
const buried = statement(
  'queue_acknowledged',
  `SELECT c.message_id AS "messageId", c.token FROM ${unnest(leaseColumns)}
    JOIN queue_tombstones t ON t.queue = $3 AND t.message_id = ANY($1::text[])
      AND t.message_id = c.message_id AND t.deliveries = c.token`,
);

const move = statement(
  'queue_move_lease',
  `UPDATE queue_messages SET leased = $4::boolean, due_at = $5::bigint + $6::bigint, hold_ms = $6::bigint
    WHERE queue = $1 AND message_id = $2 AND deliveries = $3::bigint AND leased`,
);
const forgive = statement(
  'queue_forgive',
  `UPDATE queue_messages SET lost = 0, since = $4::bigint
    WHERE queue = $1 AND message_id = $2 AND deliveries = $3 AND leased`,
);
// Few messages wait: a look at each.
const heal = statement(
  'queue_heal',
  `UPDATE queue_messages SET due_at = $1::bigint + hold_ms WHERE message_id <> '' AND (queue, message_id) IN (
      SELECT queue, message_id FROM queue_messages WHERE message_id <> '' AND due_at > $2::bigint + hold_ms
      ORDER BY queue, message_id FOR UPDATE SKIP LOCKED
    )`,
);
const depth = statement(
  'queue_depth',
  `SELECT count(*) FILTER (WHERE due_at <= $2::bigint) AS ready, count(*) FILTER (WHERE due_at > $2::bigint) AS held
    FROM queue_messages WHERE queue = $1 AND message_id <> ''`,
);
const readySince = statement(
  'queue_ready_since',
  `SELECT due_at AS "dueAt" FROM queue_messages WHERE queue = $1 AND due_at <= $2::bigint ORDER BY due_at LIMIT 1`,
);

export function createMessageQueue(database: Database): MessageQueue {
  const moved = async (
    queue: string,
    { messageId, token }: MessageLease,
    leased: boolean,
    { now, holdMs }: { readonly now: number; readonly holdMs: number },
  ): Promise<boolean> => {
    const values = [queue, messageId, token, leased, now, holdMs];
    const [answer] = await database.write([{ statement: move, values }]);
    return answer?.count === 1;
  };
  return {
    async put(queue, messages) {
      if (messages.length === 0) return;
      // In one order, so that two who put the same messages cannot wait for each other.
      const rows = messages
        .map((message) => ({ ...message, queue }))
        .sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
      await database.write([
        { statement: insert, values: arraysOf(newColumns, rows) },
        { statement: dropKnown, values: [queue, rows.map(({ messageId }) => messageId)] },
      ]);
    },
    pull: (queue, options) => pull(database, queue, options),
    async acknowledge(queue, leases) {
      if (leases.length === 0) return [];
      const inOrder = leases.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1));
      const values = [...arraysOf(leaseColumns, inOrder), queue];
      const [, answer] = await database.write<MessageLease>([
        { statement: bury, values },
        { statement: buried, values },
      ]);
      const done = new Set((answer?.rows ?? []).map(({ messageId, token }) => `${token} ${messageId}`));
      return leases.map(({ messageId, token }) => done.has(`${token} ${messageId}`));
    },
    release: (queue, lease, { now, delayMs }) => moved(queue, lease, false, { now, holdMs: delayMs }),
    extend: (queue, lease, { now, leaseMs }) => moved(queue, lease, true, { now, holdMs: leaseMs }),
    async heal(now) {
      const [answer] = await database.write([{ statement: heal, values: [now, now + clockToleranceMs] }]);
      return answer?.count ?? 0;
    },
    async forgive(queue, { messageId, token }, now) {
      const [answer] = await database.write([{ statement: forgive, values: [queue, messageId, token, now] }]);
      return answer?.count === 1;
    },
    async depth(queue, now) {
      const [found] = await database.read<{ ready: number; held: number }>(depth, [queue, now]);
      return found ?? { ready: 0, held: 0 };
    },
    async readySince(queue, now) {
      return (await database.read<{ dueAt: number }>(readySince, [queue, now]))[0]?.dueAt ?? null;
    },
  };
}

/** Goes on past exhausted messages, so that they keep nobody from the others; at most `limit` of each. */
async function pull(database: Database, queue: string, options: PullOptions): Promise<Pulled> {
  const { now, limit, leaseMs, maxDeliveries } = options;
  const messages: QueueMessage[] = [];
  const exhausted: { messageId: string; jobId: string }[] = [];
  // Workers ask often and mostly in vain: that must not cost a transaction that writes.
  if ((await database.read(anyDue, [queue, now])).length === 0) return { messages, exhausted };
  while (messages.length < limit && exhausted.length < limit) {
    const wanted = limit - Math.max(messages.length, exhausted.length);
    const values = [queue, now, wanted, leaseMs, maxDeliveries];
    const [answer] = await database.write<DueRow>([{ statement: pullDue, values }]);
    const rows = [...(answer?.rows ?? [])];
    rows.sort((a, b) => a.wasDueAt - b.wasDueAt || (a.messageId < b.messageId ? -1 : 1));
    for (const { messageId, jobId, deliveries, lost, since, exhausted: inVain } of rows) {
      if (inVain) exhausted.push({ messageId, jobId });
      else messages.push({ messageId, jobId, token: deliveries, delivery: deliveries, lost, since });
    }
    if (!rows.some((row) => row.exhausted)) break;
  }
  return { messages, exhausted };
}
