import { clockToleranceMs } from '../../domain/job/start.ts';
import type { Outbox, OutboxMessage } from '../../ports/store/outbox.ts';
import type { Database } from './database.ts';
import { ownersInTurn } from './owner-turns.ts';
import { statement } from './statement.ts';

/*
 * A row is not claimed while an older one of its job is there. Rows of one job get their ids in the order of their
 * commits, since those wait for each other at the job. Whether an older one is there is looked up when claiming and
 * not kept with the row: what a commit adds while the older row leaves would not hear of it, and wait for ever.
 *
 * So that rows behind one that cannot be delivered are not looked at again and again, `retry` puts all that are there
 * off with it.
 *
 * Where all that is due fits into one claim, it is claimed as it stands; otherwise owners take turns.
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
/** Owners that have a turn in one claim, and rows that are looked at for it. */
const maxInTurn = 64;
const maxLooked = 1_024;
// Chosen without a lock, then locked as above; an owner whose rows another relay is just claiming has its turn there.
const claimInTurn = statement(
  'outbox_claim_in_turn',
  `WITH RECURSIVE ${ownersInTurn('outbox_events', 'TRUE', '$4')}, due AS MATERIALIZED (
      SELECT o.number, o.owner_id FROM owners o
      WHERE o.number > 0 AND o.owner_id <> '' AND EXISTS (
        SELECT 1 FROM outbox_events d WHERE d.owner_id = o.owner_id AND d.due_at <= $1::bigint
      )
      ORDER BY o.number LIMIT ${maxInTurn}
    ), found AS (
      SELECT u.number, u.owner_id, f.id, row_number() OVER (PARTITION BY u.number ORDER BY f.due_at, f.id) AS turn
      FROM due u, LATERAL (
        SELECT id, due_at FROM outbox_events o
        WHERE o.owner_id = u.owner_id AND o.due_at <= $1::bigint AND ${oldest} ORDER BY o.due_at, o.id
        LIMIT (SELECT least($3::bigint, 1 + ${maxLooked} / greatest(count(*), 1)) FROM due)
      ) f
    ), chosen AS MATERIALIZED (
      SELECT id, number, owner_id, row_number() OVER (ORDER BY turn, number) AS place FROM found
      ORDER BY turn, number LIMIT $3
    ), locked AS MATERIALIZED (
      SELECT id FROM outbox_events WHERE id = ANY(ARRAY(SELECT id FROM chosen)) AND due_at <= $1::bigint
      FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE outbox_events o SET due_at = $2::bigint, attempts = attempts + 1 FROM locked l, chosen c
      WHERE o.id = l.id AND c.id = l.id AND o.id = ANY(ARRAY(SELECT id FROM locked))
      RETURNING o.id, o.topic, o.job_id AS "jobId", o.payload, o.created_at AS "createdAt", o.attempts AS attempt,
        c.place
    )
    SELECT c.*, COALESCE(
        (SELECT owner_id FROM chosen ORDER BY number DESC LIMIT 1),
        (SELECT owner_id FROM owners ORDER BY number DESC LIMIT 1)
      ) AS after
    FROM (SELECT 1) one LEFT JOIN claimed c ON TRUE ORDER BY c.place`,
);
// Counted up to where owners would have to take turns.
const anyDue = statement(
  'outbox_any_due',
  `SELECT count(*) AS count FROM (
    SELECT 1 FROM outbox_events WHERE due_at <= $1::bigint ORDER BY due_at LIMIT $2
  ) due`,
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
const count = statement('outbox_size', 'SELECT count(*) AS size FROM outbox_events');

type RowInTurn = Omit<Row, 'wasDueAt'> & { readonly after: string };

export function createOutbox(database: Database): Outbox {
  let turns = '';
  const claimTurns = async (values: readonly number[]): Promise<readonly OutboxMessage[]> => {
    const [answer] = await database.write<RowInTurn>([{ statement: claimInTurn, values: [...values, turns] }]);
    const rows = answer?.rows ?? [];
    turns = rows[0]?.after ?? turns;
    return rows.filter(({ id }) => id !== null).map(toMessage);
  };
  return {
    async claim({ now, leaseMs, limit }) {
      // A relay looks often and mostly in vain: that must not cost a transaction that writes.
      const [due] = await database.read<{ count: number }>(anyDue, [now, limit]);
      if (due === undefined || due.count === 0) return [];
      if (due.count >= limit) {
        const messages = await claimTurns([now, now + leaseMs, limit]);
        if (messages.length > 0) return messages;
      }
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
    async size() {
      return (await database.read<{ size: number }>(count, []))[0]?.size ?? 0;
    },
  };
}

function toMessage({ id, topic, jobId, payload, createdAt, attempt }: Omit<Row, 'wasDueAt'>): OutboxMessage {
  return { id, topic, jobId, payload: JSON.parse(payload), createdAt, attempt };
}
