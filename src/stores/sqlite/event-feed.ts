import { InvariantViolation } from '../../domain/errors.ts';
import type { EventFeed } from '../../ports/store/event-feed.ts';
import type { SqliteDriver } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { toEvent, type EventRow } from './rows.ts';

/*
 * A position is an event's id. Only one transaction writes at a time, so that ids are in the order of commits.
 */

const next = `SELECT id, occurred_at, aggregate_kind, aggregate_id, sequence, correlation_id, actor, payload
  FROM domain_events WHERE id > ? ORDER BY id LIMIT +?`;

export function createEventFeed(driver: SqliteDriver): EventFeed {
  return {
    async read(after, limit) {
      assertLimit(limit, 1_000);
      const rows = driver.all<EventRow & { id: number }>(next, [parse(after), limit]);
      await driver.durable();
      return rows.map((row) => ({ position: String(row.id), event: toEvent(row) }));
    },
    async end() {
      const [row] = driver.all<{ id: number | null }>('SELECT max(id) AS id FROM domain_events');
      await driver.durable();
      return row?.id == null ? null : String(row.id);
    },
  };
}

function parse(position: string | null): number {
  if (position === null) return 0;
  if (!/^\d{1,15}$/.test(position)) {
    throw new InvariantViolation(`${JSON.stringify(position)} is no position in the feed`);
  }
  return Number(position);
}
