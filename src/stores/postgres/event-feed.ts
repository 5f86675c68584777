import { InvariantViolation } from '../../domain/errors.ts';
import type { EventFeed } from '../../ports/store/event-feed.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { eventColumns, toEvent, toLabels, type EventRow } from './rows.ts';
import { statement } from './statement.ts';

/*
 * A position is the number of a transaction and the place of an event in it (see `domain_events` in the part `jobs`).
 * Everything below the oldest transaction that is still running is there to stay, and what is still to come is above
 * it: so that is how far anyone reads. A long transaction that writes, of whomever in the same PostgreSQL, holds the
 * feed up while it lasts, and makes nobody miss anything.
 *
 * The events of one job are in their order because the transaction of each is numbered after that of the one before
 * was committed: a commit is decided on what was stored before its transaction began. A claim decides in its own
 * transaction, and may have its number when another one of the same job is committed; so it takes its events' number
 * from `event_tx()` once the job is locked. That is not below its own, and readers are never past that.
 */

interface Row extends EventRow {
  readonly tx: number;
  readonly id: number;
  readonly bytes: number;
  readonly ownerId: string;
  readonly jobType: string;
  readonly labels: string | null;
}

const horizon = '(SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + shift FROM event_clock WHERE id = 1)';
// Sizes are known without reading what is large, so that only the page itself is read.
const next = statement(
  'feed_read',
  `WITH next AS MATERIALIZED (
      SELECT tx, id, bytes, sum(bytes) OVER (ORDER BY tx, id) - bytes AS bytes_before FROM (
        SELECT e.tx, e.id, octet_length(e.payload) + COALESCE(input.bytes, 0) AS bytes FROM (
          SELECT tx, id, aggregate_id, sequence, payload FROM domain_events
          WHERE (tx, id) > ($1::bigint, $2::bigint) AND tx < ${horizon} ORDER BY tx, id LIMIT $3
        ) e LEFT JOIN LATERAL (
          SELECT octet_length(input) + COALESCE(octet_length(input_large), 0) AS bytes
          FROM jobs WHERE e.sequence = 1 AND jobs.id = e.aggregate_id OFFSET 0
        ) input ON TRUE
      ) sized
    )
    SELECT n.tx, n.id, n.bytes, e.*, j.* FROM next n,
      LATERAL (SELECT ${eventColumns} FROM domain_events WHERE tx = n.tx AND id = n.id OFFSET 0) e,
      LATERAL (
        SELECT owner_id AS "ownerId", type AS "jobType", labels, CASE e.sequence WHEN 1 THEN input END AS input,
          CASE e.sequence WHEN 1 THEN input_large END AS "inputLarge"
        FROM jobs WHERE id = e."jobId" OFFSET 0
      ) j
    WHERE n.bytes_before < $4::bigint ORDER BY n.tx, n.id`,
);
const upToNow = statement('feed_end', `SELECT ${horizon} AS tx`);

const position = /^(\d{1,15})\.(\d{1,15})$/;

export function createEventFeed(database: Database): EventFeed {
  return {
    async read(after, { limit, maxBytes }) {
      assertLimit(limit, 1_000);
      const rows = await database.read<Row>(next, [...parse(after), limit, maxBytes]);
      return rows.map((row) => {
        const { tx, id, bytes, ownerId, jobType, labels, ...event } = row;
        const job = { ownerId, jobType, labels: toLabels(labels) };
        return { position: `${tx}.${id}`, event: toEvent(event), bytes, ...job };
      });
    },
    async end() {
      const [row] = await database.read<{ tx: number }>(upToNow, []);
      // The places of events in a transaction are above 0.
      return `${row?.tx ?? 0}.0`;
    },
    isPosition: (text) => position.test(text),
  };
}

function parse(after: string | null): [tx: number, id: number] {
  if (after === null) return [0, 0];
  const match = position.exec(after);
  if (match === null) throw new InvariantViolation(`${JSON.stringify(after)} is no position in the feed`);
  return [Number(match[1]), Number(match[2])];
}
