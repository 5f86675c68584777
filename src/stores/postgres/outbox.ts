import { clockToleranceMs } from '../../domain/job/start.ts';
import type { Outbox, OutboxMessage } from '../../ports/store/outbox.ts';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

/*
 * A row is not claimed while an older one of its job is there. Rows of one job get their ids in the order of their
 * commits, since those wait for each other at the job. Whether an older one is there is looked up when claiming and
 * not kept with the row: what a commit adds while the older row leaves would not hear of it, and wait for ever.
 *
 * So that rows behind one that cannot be delivered are not looked at again and again, `retry` puts all that are there
 * off with it.
 */

interface Row {
  readonly id: number;
  readonly topic: string;
  readonly jobId: string;
  readonly payload: string;
  readonly createdAt: number;
  readonly attempt: number;
  readonly wasDueAt: number;
}

const oldest = `NOT EXISTS (
  SELECT 1 FROM outbox_events older WHERE older.job_id = o.job_id AND older.id < o.id OFFSET 0
)`;

// A row that another relay is just claiming is skipped; one that it has claimed since is not due any more when its lock
// is free, which PostgreSQL looks at again.
const claim = statement(
  'outbox_claim',
  `WITH due AS MATERIALIZED (
      SELECT id, due_at FROM outbox_events o WHERE due_at <= $1::bigint AND ${oldest}
      ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox_events o SET due_at = $2::bigint, attempts = attempts + 1 FROM due
    WHERE o.id = due.id AND o.id = ANY(ARRAY(SELECT id FROM due))
    RETURNING o.id, o.topic, o.job_id AS "jobId", o.payload, o.created_at AS "createdAt", o.attempts AS attempt,
      due.due_at AS "wasDueAt"`,
);
const anyDue = statement(
  'outbox_any_due',
  'SELECT 1 FROM outbox_events WHERE due_at <= $1::bigint ORDER BY due_at LIMIT 1',
);
const remove = statement('outbox_done', 'DELETE FROM outbox_events WHERE id = ANY($1::bigint[])');
const putOff = statement(
  'outbox_retry',
  `UPDATE outbox_events SET due_at = CASE WHEN id = $1::bigint THEN $2::bigint ELSE greatest(due_at, $2::bigint) END,
      last_error = CASE WHEN id = $1::bigint THEN $3 ELSE last_error END
    WHERE job_id = (SELECT job_id FROM outbox_events WHERE id = $1::bigint)`,
);
// One that a relay has locked is left to it.
const heal = statement(
  'outbox_heal',
  `UPDATE outbox_events SET created_at = least(created_at, $1::bigint),
      due_at = CASE WHEN due_at > $2::bigint THEN $1::bigint ELSE due_at END
    WHERE id = ANY(ARRAY(
      SELECT id FROM outbox_events WHERE id > 0 AND (due_at > $2::bigint OR created_at > $3::bigint)
      ORDER BY id FOR UPDATE SKIP LOCKED
    ))`,
);
const nextDue = statement(
  'outbox_next_due',
  `SELECT due_at AS due FROM outbox_events o WHERE ${oldest} ORDER BY due_at LIMIT 1`,
);
const count = statement('outbox_size', 'SELECT count(*) AS size FROM outbox_events');

export function createOutbox(database: Database): Outbox {
  return {
    async claim({ now, leaseMs, limit }) {
      // A relay looks often and mostly in vain: that must not cost a transaction that writes.
      if ((await database.read(anyDue, [now])).length === 0) return [];
      const [answer] = await database.write<Row>([{ statement: claim, values: [now, now + leaseMs, limit] }]);
      const rows = [...(answer?.rows ?? [])];
      return rows.sort((a, b) => a.wasDueAt - b.wasDueAt || a.id - b.id).map(toMessage);
    },
    async done(ids) {
      if (ids.length > 0) await database.write([{ statement: remove, values: [ids] }]);
    },
    async retry(id, at, error) {
      await database.write([{ statement: putOff, values: [id, at, error] }]);
    },
    async heal({ now, latestDueAt }) {
      const values = [now, latestDueAt, now + clockToleranceMs];
      const [answer] = await database.write([{ statement: heal, values }]);
      return answer?.count ?? 0;
    },
    async nextDueAt() {
      return (await database.read<{ due: number }>(nextDue, []))[0]?.due ?? null;
    },
    async size() {
      return (await database.read<{ size: number }>(count, []))[0]?.size ?? 0;
    },
  };
}

function toMessage({ id, topic, jobId, payload, createdAt, attempt }: Row): OutboxMessage {
  return { id, topic, jobId, payload: JSON.parse(payload), createdAt, attempt };
}
