import { assertLimit } from '../../ports/store/limits.ts';
import type { JobRequest, JobRequests } from '../../ports/store/job-requests.ts';
import type { Database } from './database.ts';
import { ownersInTurn } from './owner-turns.ts';
import { statement } from './statement.ts';

/*
 * A row is claimed by putting off when it is due, so that servers share what is there: one that another is just
 * claiming is skipped. It goes in the commit that makes its job, which fails where another server was first.
 */

interface Row {
  readonly id: string;
  readonly ownerId: string;
  readonly body: string;
  readonly createdAt: number;
  readonly refusal: string | null;
  readonly refusedAt: number | null;
}

const columns = (from = ''): string =>
  `${from}id, ${from}owner_id AS "ownerId", ${from}body::text AS body, ${from}refusal,
    ${from}refused_at AS "refusedAt", (extract(epoch FROM ${from}created_at) * 1000)::bigint AS "createdAt"`;
const isDue = 'refused_at IS NULL AND kind = $1 AND due_at <= $2::bigint';

const schema = statement(
  'request_schema',
  `SELECT nspname AS name FROM pg_namespace
    WHERE oid = (SELECT relnamespace FROM pg_class WHERE oid = 'job_requests'::regclass)`,
);
// A server looks often and mostly in vain: that must not cost a transaction that writes.
const anyDue = statement(
  'request_any_due',
  `SELECT count(*) AS count FROM (SELECT 1 FROM job_requests WHERE ${isDue} ORDER BY due_at LIMIT $3) due`,
);
const claim = statement(
  'request_claim',
  `WITH due AS MATERIALIZED (
      SELECT id FROM job_requests WHERE ${isDue} ORDER BY due_at, created_at LIMIT $4 FOR UPDATE SKIP LOCKED
    )
    UPDATE job_requests r SET due_at = $3::bigint WHERE r.id = ANY(ARRAY(SELECT id FROM due))
    RETURNING ${columns('r.')}`,
);
/** Owners that have a turn in one claim, and rows that are looked at for it. */
const maxInTurn = 64;
const maxLooked = 1_024;
// Chosen without a lock, then locked as above: by id, which adding 0 keeps the planner to, here and below. A plan that
// was made while the table was empty would go through the whole of an index of those that wait.
const claimInTurn = statement(
  'request_claim_in_turn',
  `WITH RECURSIVE ${ownersInTurn('job_requests', 'refused_at IS NULL AND kind = $1', '$5')}, due AS MATERIALIZED (
      SELECT o.number, o.owner_id
      FROM owners o, LATERAL (SELECT 1 FROM job_requests WHERE owner_id = o.owner_id AND ${isDue} LIMIT 1) d
      WHERE o.number > 0 AND o.owner_id <> ''
      ORDER BY o.number LIMIT ${maxInTurn}
    ), found AS (
      SELECT u.number, f.id, row_number() OVER (PARTITION BY u.number ORDER BY f.due_at, f.created_at) AS turn
      FROM due u, LATERAL (
        SELECT id, due_at, created_at FROM job_requests WHERE owner_id = u.owner_id AND ${isDue}
        ORDER BY due_at, created_at LIMIT (SELECT least($4::bigint, 1 + ${maxLooked} / greatest(count(*), 1)) FROM due)
      ) f
    ), chosen AS MATERIALIZED (SELECT id, number FROM found ORDER BY turn, number LIMIT $4),
    locked AS MATERIALIZED (
      SELECT id FROM job_requests
      WHERE id = ANY(ARRAY(SELECT id FROM chosen)) AND refused_at + 0 IS NULL AND due_at + 0 <= $2::bigint
      FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE job_requests r SET due_at = $3::bigint WHERE r.id = ANY(ARRAY(SELECT id FROM locked))
      RETURNING ${columns('r.')}
    )
    SELECT c.*, COALESCE(
        (SELECT u.owner_id FROM chosen h JOIN due u USING (number) ORDER BY number DESC LIMIT 1),
        (SELECT owner_id FROM owners ORDER BY number DESC LIMIT 1)
      ) AS after
    FROM (SELECT 1) one LEFT JOIN claimed c ON TRUE`,
);
const putOff = statement(
  'request_put_off',
  'UPDATE job_requests SET due_at = $2::bigint WHERE id = ANY($1::text[]) AND refused_at + 0 IS NULL',
);
const refuse = statement(
  'request_refuse',
  'UPDATE job_requests SET refusal = $2, refused_at = $3::bigint WHERE id = $1 AND refused_at + 0 IS NULL',
);
const retry = statement(
  'request_retry',
  `UPDATE job_requests SET refusal = NULL, refused_at = NULL, due_at = 0 WHERE id = $1 AND refused_at + 0 IS NOT NULL
    RETURNING ${columns()}`,
);
const remove = statement('request_remove', 'DELETE FROM job_requests WHERE id = $1');
const get = statement('request_get', `SELECT ${columns()} FROM job_requests WHERE kind = $1 AND id = $2`);
const list = statement(
  'request_list',
  `SELECT ${columns()} FROM job_requests
    WHERE kind = $1 AND ($2::text IS NULL OR owner_id = $2) AND (refused_at IS NOT NULL) = $3::boolean AND id > $4
    ORDER BY id LIMIT $5`,
);
const counts = statement(
  'request_counts',
  `SELECT count(*) FILTER (WHERE refused_at IS NULL) AS waiting, count(refused_at) AS refused
    FROM job_requests WHERE kind = $1`,
);
const purge = statement(
  'request_purge',
  `DELETE FROM job_requests WHERE id = ANY(ARRAY(
    SELECT id FROM job_requests WHERE refused_at < $1::bigint ORDER BY refused_at LIMIT $2 FOR UPDATE SKIP LOCKED
  ))`,
);

export function createJobRequests(database: Database): JobRequests {
  let turns = '';
  const claimTurns = async (values: readonly (string | number)[]): Promise<readonly Row[]> => {
    const [answer] = await database.write<Row & { readonly after: string }>([
      { statement: claimInTurn, values: [...values, turns] },
    ]);
    const rows = answer?.rows ?? [];
    turns = rows[0]?.after ?? turns;
    return rows.filter(({ id }) => id !== null);
  };
  return {
    async schema() {
      return (await database.read<{ name: string }>(schema, []))[0]?.name ?? 'public';
    },
    async claim({ kind, now, leaseMs, limit }) {
      const [due] = await database.read<{ count: number }>(anyDue, [kind, now, limit]);
      if (due === undefined || due.count === 0) return [];
      const values = [kind, now, now + leaseMs, limit];
      let rows = due.count < limit ? [] : await claimTurns(values);
      if (rows.length === 0) [{ rows } = { rows }] = await database.write<Row>([{ statement: claim, values }]);
      return rows.map(toRequest).sort((a, b) => a.createdAt - b.createdAt);
    },
    async putOff(ids, until) {
      await database.write([{ statement: putOff, values: [ids, until] }]);
    },
    async refuse(id, { code, message, details }, now) {
      const refusal = JSON.stringify({ code, message, ...(details && { details }) });
      await database.write([{ statement: refuse, values: [id, refusal, now] }]);
    },
    async retry(id) {
      const [answer] = await database.write<Row>([{ statement: retry, values: [id] }]);
      const [row] = answer?.rows ?? [];
      return row === undefined ? null : toRequest(row);
    },
    async remove(id) {
      const [answer] = await database.write([{ statement: remove, values: [id] }]);
      return (answer?.count ?? 0) > 0;
    },
    async get(kind, id) {
      const [row] = await database.read<Row>(get, [kind, id]);
      return row === undefined ? null : toRequest(row);
    },
    async list({ kind, ownerId, isRefused, after, limit }) {
      assertLimit(limit, 1_000);
      return (await database.read<Row>(list, [kind, ownerId, isRefused, after ?? '', limit])).map(toRequest);
    },
    async counts(kind) {
      const [row] = await database.read<{ waiting: number; refused: number }>(counts, [kind]);
      return row ?? { waiting: 0, refused: 0 };
    },
    async purge(before, limit) {
      assertLimit(limit, 10_000);
      const [answer] = await database.write([{ statement: purge, values: [before, limit] }]);
      return answer?.count ?? 0;
    },
  };
}

function toRequest({ id, ownerId, body, createdAt, refusal, refusedAt }: Row): JobRequest {
  const refused = refusal === null || refusedAt === null ? null : { at: refusedAt, refusal: JSON.parse(refusal) };
  return { id, ownerId, body, createdAt, refused };
}
