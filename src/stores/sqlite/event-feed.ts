import { InvariantViolation } from '../../domain/errors.ts';
import type { EventFeed } from '../../ports/store/event-feed.ts';
import type { SqliteDriver } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { toEvent, toLabels, type EventRow } from './rows.ts';

/*
 * A position is an event's id. Only one transaction writes at a time, so that ids are in the order of commits; and an
 * id is never given again, whatever is deleted.
 */

interface Row extends EventRow {
  readonly id: number;
  readonly bytes: number;
  readonly owner_id: string;
  readonly job_type: string;
  readonly labels: string | null;
}

// Sizes are known without reading what is large, so that only the page itself is read.
const next = `SELECT e.id, e.occurred_at, e.aggregate_kind, e.aggregate_id, e.sequence, e.correlation_id, e.actor,
    e.payload, n.bytes, j.owner_id, j.type AS job_type, j.labels, iif(e.sequence = 1, j.input, NULL) AS input,
    iif(e.sequence = 1, j.input_large, NULL) AS input_large
  FROM (
    SELECT id, bytes, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before
    FROM (
      SELECT r.id, octet_length(r.payload) + iif(r.sequence = 1, coalesce((
          SELECT octet_length(input) + coalesce(octet_length(input_large), 0) FROM job_rows WHERE id = r.aggregate_id
        ), 0), 0) AS bytes
      FROM event_rows r WHERE r.id > ? ORDER BY r.id LIMIT +?
    )
  ) n
  CROSS JOIN event_rows e ON e.id = n.id CROSS JOIN job_rows j ON j.id = e.aggregate_id
  WHERE n.bytes_before < ?`;

const position = /^\d{1,15}$/;

export function createEventFeed(driver: SqliteDriver): EventFeed {
  return {
    async read(after, { limit, maxBytes }) {
      assertLimit(limit, 1_000);
      const rows = driver.all<Row>(next, [parse(after), limit, maxBytes]);
      await driver.durable();
      return rows.toSorted((a, b) => a.id - b.id).map((row) => ({
        position: String(row.id),
        event: toEvent(row),
        bytes: row.bytes,
        ownerId: row.owner_id,
        jobType: row.job_type,
        labels: toLabels(row.labels),
      }));
    },
    async end() {
      const [row] = driver.all<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'event_rows'");
      await driver.durable();
      return String(row?.seq ?? 0);
    },
    isPosition: (text) => position.test(text),
  };
}

function parse(after: string | null): number {
  if (after === null) return 0;
  if (!position.test(after)) throw new InvariantViolation(`${JSON.stringify(after)} is no position in the feed`);
  return Number(after);
}
