import { InvariantViolation } from '../../domain/errors.ts';
import type { EventFeed } from '../../ports/store/event-feed.ts';
import type { Database } from './database.ts';
import { linesOf, ofKey } from './event-batches.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { toEvent, toLabels, type EventRow } from './rows.ts';
import { statement } from './statement.ts';

/*
 * A position is the number of a transaction, of a batch that it wrote (see `event_batches` in the part `jobs`), and of
 * a line in that.
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
  readonly number: number;
  readonly place: number;
  readonly bytes: number;
  readonly ownerId: string;
  readonly jobType: string;
  readonly labels: string | null;
}

const horizon = '(SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + shift FROM event_clock WHERE id = 1)';
// No more batches are read than have as many events as are wanted, beside the one in which the page begins: perhaps
// nothing is left in that. Sizes of events are known without reading what is large, so that only the page itself is.
const next = statement(
  'feed_read',
  `WITH batches AS MATERIALIZED (
      SELECT tx, number FROM (
        SELECT tx, number, sum(count) OVER (ORDER BY tx, number) - count AS before FROM (
          SELECT tx, number, CASE number WHEN $2::bigint THEN 0 ELSE count END AS count
          FROM event_batches WHERE (tx, number) >= ($1::bigint, $2::bigint) AND tx < ${horizon}
          ORDER BY tx, number LIMIT $4::bigint + 1
        ) following
      ) counted WHERE before < $4::bigint
    ), told AS MATERIALIZED (
      SELECT n.tx, n.number, l.place, ${ofKey.sequence} AS sequence, ${ofKey.jobId} AS id, l.line
      FROM batches n, LATERAL (SELECT keys, lines FROM event_batches WHERE number = n.number OFFSET 0) b,
        ${linesOf('b')}
      WHERE l.key <> '' AND (n.tx, n.number, l.place) > ($1::bigint, $2::bigint, $3::bigint)
      ORDER BY n.tx, n.number, l.place LIMIT $4
    ), sized AS MATERIALIZED (
      SELECT tx, number, place, bytes, sum(bytes) OVER (ORDER BY tx, number, place) - bytes AS before FROM (
        SELECT t.tx, t.number, t.place, octet_length(t.line) + COALESCE(input.bytes, 0) AS bytes
        FROM told t LEFT JOIN LATERAL (
          SELECT octet_length(input) + COALESCE(octet_length(input_large), 0) AS bytes
          FROM jobs WHERE t.sequence = 1 AND jobs.id = t.id OFFSET 0
        ) input ON TRUE
      ) each
    )
    SELECT t.tx, t.number, t.place::integer AS place, s.bytes, t.id AS "jobId", t.sequence, t.line, j.*
    FROM sized s JOIN told t ON t.tx = s.tx AND t.number = s.number AND t.place = s.place, LATERAL (
        SELECT kind, owner_id AS "ownerId", type AS "jobType", labels, CASE t.sequence WHEN 1 THEN input END AS input,
          CASE t.sequence WHEN 1 THEN input_large END AS "inputLarge"
        FROM jobs WHERE id = t.id OFFSET 0
      ) j
    WHERE s.before < $5::bigint ORDER BY t.tx, t.number, t.place`,
);
const upToNow = statement('feed_end', `SELECT ${horizon} AS tx`);

const position = /^(\d{1,15})\.(\d{1,15})\.(\d{1,9})$/;

export function createEventFeed(database: Database): EventFeed {
  return {
    async read(after, { limit, maxBytes }) {
      assertLimit(limit, 1_000);
      const rows = await database.read<Row>(next, [...parse(after), limit, maxBytes]);
      return rows.map((row) => {
        const { tx, number, place, bytes, ownerId, jobType, labels, ...event } = row;
        const job = { ownerId, jobType, labels: toLabels(labels) };
        return { position: `${tx}.${number}.${place}`, event: toEvent(event), bytes, ...job };
      });
    },
    async end() {
      const [row] = await database.read<{ tx: number }>(upToNow, []);
      // Numbers of batches and places are above 0.
      return `${row?.tx ?? 0}.0.0`;
    },
    isPosition: (text) => position.test(text),
  };
}

function parse(after: string | null): [tx: number, number: number, place: number] {
  if (after === null) return [0, 0, 0];
  const match = position.exec(after);
  if (match === null) throw new InvariantViolation(`${JSON.stringify(after)} is no position in the feed`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}
