import { assertLimit } from '../../ports/store/limits.ts';
import type {
  ClaimDeliveries, ClaimedDelivery, DeliveryClaim, StoredDelivery,
} from '../../ports/store/webhook-store.ts';
import type { Database } from './database.ts';
import { maxOwners, ownersInTurn } from './owner-turns.ts';
import { bigint, integer, selectionOf, statement, text, type Column } from './statement.ts';

export const columns: readonly Column<StoredDelivery>[] = [
  text('id', ({ id }) => id),
  text('job_id', ({ jobId }) => jobId),
  text('owner_id', ({ ownerId }) => ownerId),
  text('url', ({ url }) => url),
  text('event_type', ({ eventType }) => eventType),
  text('body', ({ body }) => body),
  text('traceparent', ({ traceparent }) => traceparent),
  text('state', ({ state }) => state),
  integer('attempt', ({ attempt }) => attempt),
  bigint('due_at', ({ dueAt }) => dueAt),
  bigint('created_at', ({ createdAt }) => createdAt),
  bigint('ended_at', ({ endedAt }) => endedAt),
];

/** Owners that have a turn in one claim. */
const maxDueOwners = 64;
/** Rows of one owner that are looked at, and of those the ones whose host has room. */
const maxLooked = 10_000;
const maxFound = 200;

const anyDue = statement(
  'webhooks_any_due',
  "SELECT 1 FROM webhook_deliveries WHERE state = 'pending' AND due_at <= $1::bigint ORDER BY due_at LIMIT 1",
);
// Claims wait for each other, each until the one before has committed: so that together they keep to the shares.
const oneAtATime = statement('webhooks_claim_alone', 'SELECT pg_advisory_xact_lock(7241996350118027)');
const shares = { perOwner: '$5::bigint', perHost: '$6::bigint', perOwnerAndHost: '$7::bigint', silent: '$8::bigint' };
const laneShare = `CASE WHEN lane = '' THEN ${shares.silent} ELSE ${shares.perOwnerAndHost} END`;
const lease = statement(
  'webhooks_claim',
  `WITH RECURSIVE leased AS MATERIALIZED (
      SELECT l.*, CASE WHEN s.host IS NULL THEN l.host ELSE '' END AS lane FROM (
        SELECT owner_id, host, count(*) AS count FROM webhook_deliveries WHERE leased AND due_at > $1::bigint
        GROUP BY owner_id, host
      ) l LEFT JOIN unnest($9::text[], $10::text[]) AS s (owner_id, host)
        ON s.owner_id = l.owner_id AND s.host = l.host
    ), silent AS MATERIALIZED (
      -- All silent receivers of an owner are one lane, each other host is one of its own.
      SELECT * FROM unnest($9::text[], $10::text[]) AS s (owner_id, host)
    ), ${ownersInTurn('webhook_deliveries', "state = 'pending'", '$4')}, due AS MATERIALIZED (
      SELECT o.number, o.owner_id, COALESCE(l.count, 0) AS used FROM owners o
      LEFT JOIN (SELECT owner_id, sum(count) AS count FROM leased GROUP BY owner_id) l ON l.owner_id = o.owner_id
      WHERE o.number > 0 AND o.owner_id <> '' AND COALESCE(l.count, 0) < ${shares.perOwner} AND EXISTS (
        SELECT 1 FROM webhook_deliveries d
        WHERE d.state = 'pending' AND d.owner_id = o.owner_id AND d.due_at <= $1::bigint
      )
      ORDER BY o.number LIMIT ${maxDueOwners}
    ), full_hosts AS MATERIALIZED (
      SELECT host FROM leased GROUP BY host HAVING sum(count) >= ${shares.perHost}
    ), lanes AS MATERIALIZED (
      SELECT owner_id, lane, sum(count) AS used FROM leased GROUP BY owner_id, lane
    ), full_lanes AS MATERIALIZED (
      SELECT owner_id, lane FROM lanes WHERE used >= ${laneShare}
    ), found AS (
      SELECT u.number, u.owner_id, u.used, f.* FROM due u, LATERAL (
        SELECT * FROM (
          SELECT w.id, w.due_at, w.host, CASE WHEN s.host IS NULL THEN w.host ELSE '' END AS lane FROM (
            SELECT id, due_at, host FROM webhook_deliveries
            WHERE state = 'pending' AND owner_id = u.owner_id AND due_at <= $1::bigint
            ORDER BY due_at, id LIMIT ${maxLooked}
          ) w LEFT JOIN silent s ON s.owner_id = u.owner_id AND s.host = w.host
        ) w
        WHERE w.host NOT IN (SELECT host FROM full_hosts)
          AND w.lane NOT IN (SELECT l.lane FROM full_lanes l WHERE l.owner_id = u.owner_id)
        ORDER BY w.due_at, w.id LIMIT ${maxFound}
      ) f
    ), in_lanes AS (
      SELECT f.*, COALESCE(l.used, 0)
        + row_number() OVER (PARTITION BY f.owner_id, f.lane ORDER BY f.due_at, f.id) AS lane_turn
      FROM found f LEFT JOIN lanes l ON l.owner_id = f.owner_id AND l.lane = f.lane
    ), turns AS (
      SELECT *, used + row_number() OVER (PARTITION BY owner_id ORDER BY due_at, id) AS turn FROM in_lanes
      WHERE lane_turn <= ${laneShare}
    ), at_hosts AS (
      SELECT t.*, COALESCE(h.used, 0)
        + row_number() OVER (PARTITION BY t.host ORDER BY t.turn, t.number) AS host_turn
      FROM turns t LEFT JOIN (SELECT host, sum(count) AS used FROM leased GROUP BY host) h ON h.host = t.host
      WHERE t.turn <= ${shares.perOwner}
    ), chosen AS MATERIALIZED (
      SELECT id, owner_id, row_number() OVER (ORDER BY turn, number) AS place FROM at_hosts
      WHERE host_turn <= ${shares.perHost} ORDER BY turn, number LIMIT $3
    ), claimed AS (
      UPDATE webhook_deliveries d SET due_at = $2::bigint, attempt = attempt + 1, token = token + 1, leased = TRUE
      FROM chosen c
      WHERE d.id = c.id AND d.id = ANY(ARRAY(SELECT id FROM chosen)) AND d.state || '' = 'pending'
        AND d.due_at <= $1::bigint
      RETURNING ${selectionOf(columns, 'd.')}, d.token, c.place
    ), looked AS (
      SELECT (SELECT count(*) FROM chosen) = $3 AS full, (SELECT count(*) FROM due) = ${maxDueOwners} AS many,
        (SELECT max(number) FROM owners) AS last
    )
    SELECT c.*, CASE
        WHEN l.full THEN (SELECT owner_id FROM chosen ORDER BY place DESC LIMIT 1)
        WHEN l.many THEN (SELECT owner_id FROM due ORDER BY number DESC LIMIT 1)
        ELSE (SELECT owner_id FROM owners WHERE number = l.last)
      END AS "after", l.full OR NOT (l.many OR l.last >= ${maxOwners}) AS "isWhole"
    FROM looked l LEFT JOIN claimed c ON TRUE ORDER BY c.place`,
);

type Row = ClaimedDelivery & Pick<DeliveryClaim, 'after' | 'isWhole'> & { readonly place: number };

export async function claimDeliveries(database: Database, options: ClaimDeliveries): Promise<DeliveryClaim> {
  const { now, leaseMs, limit, after, shares: share, silent } = options;
  assertLimit(limit, 1_000);
  // Senders look often and mostly in vain: that must not cost a transaction that writes.
  if ((await database.read(anyDue, [now])).length === 0) return { deliveries: [], after, isWhole: true };
  const values = [
    now, now + leaseMs, limit, after, share.perOwner, share.perHost, share.perOwnerAndHost, share.perOwnerSilent,
    silent.map(({ ownerId }) => ownerId), silent.map(({ host }) => host),
  ];
  const [, answer] = await database.write<Row>([
    { statement: oneAtATime, values: [] },
    { statement: lease, values },
  ]);
  const rows = answer?.rows ?? [];
  const deliveries = rows.filter(({ id }) => id !== null);
  return {
    deliveries: deliveries.map(({ place: _, after: __, isWhole: ___, ...delivery }) => delivery),
    after: rows[0]?.after ?? after,
    isWhole: rows[0]?.isWhole ?? true,
  };
}
