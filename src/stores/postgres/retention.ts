import { firstPlaceAt } from '../../domain/job/id.ts';
import type { Retention } from '../../ports/store/store.ts';
import type { Table } from '../../ports/store/tables.ts';
import type { Database } from './database.ts';
import { forgetEvents } from './event-batches.ts';
import { addToCounts, type CountShares } from './job-counts.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { addToUsage } from './usage.ts';
import { jobBytes } from './rows.ts';
import { statement, type Statement } from './statement.ts';

// Rows that another server is just forgetting are left to it. They never change, so that the place at which one was
// found (its ctid) is still its own when it is deleted.
const forget = (table: string, age: string): string =>
  `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ${table} WHERE ${age} < $1::bigint ORDER BY ${age} LIMIT $2 FOR UPDATE SKIP LOCKED
  ))`;
const purgeIdempotency = statement('forget_idempotency', forget('idempotency_keys', 'created_at'));
const purgeMessages = statement('forget_messages', forget('queue_tombstones', 'due_at'));

// Those that are over may be replayed: so they are found again by their id, and looked at again.
const purgeDeliveries = statement(
  'forget_deliveries',
  `WITH found AS MATERIALIZED (
      SELECT id FROM webhook_deliveries WHERE due_at IS NULL AND created_at < $1::bigint
      ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM webhook_deliveries WHERE id = ANY(ARRAY(SELECT id FROM found)) RETURNING id
    ), attempts AS (
      DELETE FROM webhook_attempts WHERE delivery_id = ANY(ARRAY(SELECT id FROM found))
    )
    SELECT id FROM gone`,
);

/** Of a row of `jobs_ended`. What a saga still has to undo, or a worker of it, would be found by nobody. */
const isWithoutOpenPart = `NOT EXISTS (
      SELECT 1 FROM jobs_open s WHERE s.parent_id = jobs_ended.id OFFSET 0
    )`;

/** A part goes with the job that it is a part of; one that was left behind goes by itself. */
const isNoPart = `(parent_id IS NULL OR NOT EXISTS (
      SELECT 1 FROM jobs p WHERE p.id = jobs_ended.parent_id OFFSET 0
    ))`;

/**
 * With their parts. `found`: the ids of jobs that have ended, and of which no part is open, locked. `$1` is the share
 * that the counts are taken from.
 */
const remove = (found: string): string =>
  `WITH found AS MATERIALIZED (${found}), parts AS MATERIALIZED (
      SELECT s.id FROM found f, LATERAL (
        SELECT id FROM jobs_ended WHERE parent_id = f.id OFFSET 0
      ) s
    ), gone AS (
      DELETE FROM jobs_ended WHERE id = ANY(ARRAY(SELECT id FROM found UNION ALL SELECT id FROM parts))
        RETURNING id, place, kind, type, state, phase, owner_id, labels, event_batches,
          ${jobBytes} AS bytes
    ), ${forgetEvents('gone')}, logs AS (
      DELETE FROM job_logs WHERE job_id = ANY(ARRAY(SELECT id FROM gone))
    ), log_lines AS (
      DELETE FROM log_chunks WHERE job_id = ANY(ARRAY(SELECT id FROM gone))
    ), files AS (
      DELETE FROM log_files WHERE job_id = ANY(ARRAY(SELECT id FROM gone)) RETURNING object_key
    ), loose AS (
      INSERT INTO log_objects (object_key, due_at, leaving) SELECT object_key, 0, TRUE FROM files
    ), items AS (
      DELETE FROM job_items WHERE job_id = ANY(ARRAY(SELECT id FROM gone))
    ), labels AS (
      DELETE FROM job_labels WHERE ctid = ANY(ARRAY(
        SELECT l.ctid FROM gone g, json_each_text(g.labels::json) d, LATERAL (
          SELECT ctid FROM job_labels
          WHERE kind = g.kind AND name = d.key AND value = d.value AND place = g.place OFFSET 0
        ) l
      ))
    ), history AS (
      DELETE FROM job_history WHERE job_id = ANY(ARRAY(SELECT id FROM gone))
    ), objects AS (
      DELETE FROM ended_objects WHERE job_id = ANY(ARRAY(SELECT id FROM gone))
    ), settled AS (
      -- The ledger is kept: its lines are what balances are proved by.
      DELETE FROM reservations WHERE job_id = ANY(ARRAY(SELECT id FROM gone)) AND state <> 'held'
    ), differences AS MATERIALIZED (
      SELECT kind, type, state, max(phase) AS phase, TRUE AS ended, $1::integer AS share, -count(*) AS count FROM gone
      GROUP BY kind, type, state ORDER BY kind, type, state
    ), ${addToCounts('differences')}, used AS MATERIALIZED (
      SELECT owner_id, kind, $1::integer AS share, 0 AS unfinished, -count(*) AS kept, -sum(bytes) AS bytes FROM gone
      GROUP BY owner_id, kind ORDER BY owner_id, kind
    ), usage AS (${addToUsage('used c')})
    SELECT id FROM gone WHERE id = ANY(ARRAY(SELECT id FROM found))`;
const lockEnded = 'FROM jobs_ended WHERE id = ANY';
const removeJobs = statement(
  'jobs_remove',
  remove(`SELECT id ${lockEnded}($2::text[]) AND ${isWithoutOpenPart} FOR UPDATE SKIP LOCKED`),
);
// What was made after a time has not ended before it: so no index of jobs is read further than that.
const purgeJobs = statement(
  'jobs_forget',
  remove(
    `SELECT id ${lockEnded}(ARRAY(
      SELECT old.id FROM job_groups g, LATERAL (
        SELECT id, place FROM jobs_ended WHERE place <> '' AND kind = g.kind AND type = g.type AND state = g.state
          AND place < $4 AND ended_at < $3::bigint AND ${isNoPart} AND NOT EXISTS (
            SELECT 1 FROM ended_objects o WHERE o.job_id = jobs_ended.id
              AND (o.purged_at IS NULL OR o.due_at IS NOT NULL) OFFSET 0
          ) AND ${isWithoutOpenPart}
        ORDER BY place LIMIT $5
      ) old WHERE g.kind = $2 AND g.ended ORDER BY old.place LIMIT $5
    )) AND ended_at < $3::bigint FOR UPDATE SKIP LOCKED`,
  ),
);
const purges = new WeakMap<Table, Statement>();

function purgeOf(table: Table): Statement {
  const known = purges.get(table);
  if (known !== undefined) return known;
  const first = table.columns.find(({ property }) => property === table.key[0])!.name;
  const made = statement(
    `forget_records_${table.name}`,
    `DELETE FROM ${table.name} WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM ${table.name} WHERE ${first} < $1 ORDER BY ${first} LIMIT $2 FOR UPDATE SKIP LOCKED
    ))`,
  );
  purges.set(table, made);
  return made;
}

/** Jobs that go in one transaction, which takes some ten milliseconds. */
const jobsAtOnce = 500;

export function createRetention(database: Database, shares: CountShares): Retention {
  const forgetting = (which: Statement) => async (before: number, limit: number): Promise<number> => {
    assertLimit(limit, 10_000);
    const [answer] = await database.write([{ statement: which, values: [before, limit] }]);
    return answer?.count ?? 0;
  };
  return {
    purgeIdempotency: forgetting(purgeIdempotency),
    purgeMessages: forgetting(purgeMessages),
    purgeDeliveries: forgetting(purgeDeliveries),
    async purgeRecords(table, before, limit) {
      assertLimit(limit, 10_000);
      const [answer] = await database.write([{ statement: purgeOf(table), values: [before, limit] }]);
      return answer?.count ?? 0;
    },
    async purgeJobs(kind, before, limit) {
      assertLimit(limit, 10_000);
      for (let gone = 0; ; ) {
        const batch = Math.min(limit - gone, jobsAtOnce);
        const [answer] = await shares.use((share) =>
          database.write([{ statement: purgeJobs, values: [share, kind, before, firstPlaceAt(before), batch] }]),
        );
        gone += answer?.count ?? 0;
        if ((answer?.count ?? 0) < batch || gone === limit) return gone;
      }
    },
    async removeJobs(ids) {
      const gone: string[] = [];
      for (let from = 0; from < ids.length; from += jobsAtOnce) {
        const batch = ids.slice(from, from + jobsAtOnce);
        const [answer] = await shares.use((share) =>
          database.write<{ id: string }>([{ statement: removeJobs, values: [share, batch] }]),
        );
        gone.push(...(answer?.rows ?? []).map(({ id }) => id));
      }
      return gone;
    },
  };
}
