import { objectPolicies, type EndedObjects, type ObjectPart } from '../../domain/job/ended-objects.ts';
import { clockToleranceMs } from '../../domain/job/start.ts';
import type { EndedObjectStore } from '../../ports/store/ended-objects.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import type { Database } from './database.ts';
import { arraysOf, bigint, insertAll, selectionOf, statement, text, type Call, type Column } from './statement.ts';

const columns: readonly Column<EndedObjects>[] = [
  text('job_id', ({ jobId }) => jobId),
  text('kind', ({ kind }) => kind),
  text('part', ({ part }) => part),
  text('owner_id', ({ ownerId }) => ownerId),
  text('policy', ({ policy }) => policy),
  bigint('ended_at', ({ endedAt }) => endedAt),
];
/** A job that was retried has ended again: its objects are kept from then on. */
const sinceLastEnd = `ON CONFLICT (job_id, part) DO UPDATE
  SET policy = excluded.policy, ended_at = excluded.ended_at, purged_at = NULL, due_at = NULL
  WHERE excluded.ended_at > ended_objects.ended_at`;
const insert = statement(
  'ended_objects_insert', insertAll('ended_objects', columns, sinceLastEnd),
);
// What another server has just taken is left to it.
const begin = statement(
  'ended_objects_begin',
  `UPDATE ended_objects SET purged_at = $1, due_at = $2 WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ended_objects WHERE purged_at IS NULL AND policy = $3 AND ended_at < $4::bigint
    ORDER BY ended_at LIMIT $5 FOR UPDATE SKIP LOCKED
  ))`,
);
const due = statement(
  'ended_objects_due',
  `UPDATE ended_objects SET due_at = $1::bigint + $2::bigint WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ended_objects WHERE due_at <= $1::bigint ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
  )) RETURNING ${selectionOf(columns)}`,
);
const nextDue = statement(
  'ended_objects_next', 'SELECT min(due_at) AS due FROM ended_objects WHERE due_at IS NOT NULL',
);
const putOff = statement(
  'ended_objects_put_off',
  'UPDATE ended_objects SET due_at = $1 WHERE job_id = $2 AND part = $3 AND purged_at IS NOT NULL',
);
const purged = statement(
  'ended_objects_purged',
  'SELECT part, purged_at AS "purgedAt" FROM ended_objects WHERE job_id = $1 AND purged_at IS NOT NULL',
);
const heal = statement(
  'ended_objects_heal',
  `WITH due AS (
      UPDATE ended_objects SET ended_at = least(ended_at, $1::bigint), due_at = $1::bigint WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM ended_objects WHERE due_at > $2::bigint FOR UPDATE SKIP LOCKED
      )) RETURNING 1
    ), kept AS (
      UPDATE ended_objects SET ended_at = $1::bigint WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM ended_objects
          WHERE purged_at IS NULL AND policy = ANY($3::text[]) AND ended_at > $1::bigint + $4::bigint
          FOR UPDATE SKIP LOCKED
      )) RETURNING 1
    )
    SELECT 1 AS healed FROM due UNION ALL SELECT 1 FROM kept`,
);

export function writeEndedObjects(objects: readonly EndedObjects[]): Call[] {
  return objects.length === 0 ? [] : [{ statement: insert, values: arraysOf(columns, objects) }];
}

export function createEndedObjectStore(database: Database): EndedObjectStore {
  return {
    async begin(policy, endedBefore, { now, dueAt, limit }) {
      assertLimit(limit, 1_000);
      const values = [now, dueAt, policy, endedBefore, limit];
      const [answer] = await database.write([{ statement: begin, values }]);
      return answer?.count ?? 0;
    },
    async due({ now, leaseMs, limit }) {
      assertLimit(limit, 1_000);
      const [answer] = await database.write<EndedObjects>([{ statement: due, values: [now, leaseMs, limit] }]);
      return answer?.rows ?? [];
    },
    async putOff({ jobId, part }, dueAt) {
      await database.write([{ statement: putOff, values: [dueAt, jobId, part] }]);
    },
    async heal({ now, latestDueAt }) {
      const values = [now, latestDueAt, objectPolicies, clockToleranceMs];
      const [answer] = await database.write([{ statement: heal, values }]);
      return answer?.rows.length ?? 0;
    },
    async nextDueAt() {
      const [row] = await database.read<{ due: number | null }>(nextDue, []);
      return row?.due ?? null;
    },
    purged: (jobId) => database.read<{ part: ObjectPart; purgedAt: number }>(purged, [jobId]),
  };
}
