import { InvariantViolation } from '../../domain/errors.ts';
import type { EventFeed } from '../../ports/store/event-feed.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { eventColumns, toEvent, type EventRow } from './rows.ts';
import { statement } from './statement.ts';

/*
 * A position is the number of a transaction and the place of an event in it (see `domain_events` in the part `jobs`).
 * Everything below the oldest transaction that is still running is there to stay, and what is still to come is above
 * it: so that is how far anyone reads. A long transaction, of whomever in the same PostgreSQL, holds the feed up
 * while it lasts, and makes nobody miss anything.
 */

interface Row extends EventRow {
  readonly tx: number;
  readonly id: number;
}

const horizon = '(SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + shift FROM event_clock WHERE id = 1)';
const next = statement(
  'feed_read',
  `SELECT tx, id, ${eventColumns} FROM domain_events
    WHERE (tx, id) > ($1::bigint, $2::bigint) AND tx < ${horizon} ORDER BY tx, id LIMIT $3`,
);
const newest = statement(
  'feed_end',
  `SELECT tx, id FROM domain_events WHERE tx < ${horizon} ORDER BY tx DESC, id DESC LIMIT 1`,
);

export function createEventFeed(database: Database): EventFeed {
  return {
    async read(after, limit) {
      assertLimit(limit, 1_000);
      const rows = await database.read<Row>(next, [...parse(after), limit]);
      return rows.map((row) => ({ position: format(row), event: toEvent(row) }));
    },
    async end() {
      const [row] = await database.read<Row>(newest, []);
      return row === undefined ? null : format(row);
    },
  };
}

function format({ tx, id }: Pick<Row, 'tx' | 'id'>): string {
  return `${tx}.${id}`;
}

function parse(position: string | null): [tx: number, id: number] {
  if (position === null) return [0, 0];
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(position);
  if (match === null) throw new InvariantViolation(`${JSON.stringify(position)} is no position in the feed`);
  return [Number(match[1]), Number(match[2])];
}
