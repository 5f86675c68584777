import { clockToleranceMs } from '../../domain/job/start.ts';
import type { NewOutboxMessage } from '../../ports/store/commit.ts';
import type { Outbox, OutboxMessage } from '../../ports/store/outbox.ts';
import type { SqliteDriver } from './driver.ts';
import { ownersInTurn } from './owner-turns.ts';

/*
 * Only the oldest row of each job has a `due_at`; the others wait with none, and `done` passes it on.
 * So a claim reads as many rows of one index as it returns, however many wait behind a row that
 * cannot be delivered, and no look is for a row that nobody may claim. A claim is a lease:
 * it moves `due_at` to the lease's end.
 *
 * Where all that is due fits into one claim, it is claimed as it stands; otherwise owners take turns.
 */

const insert = `INSERT INTO outbox_rows (topic, job_id, owner_id, payload, created_at, due_at)
  SELECT ?, ?, ?, ?, ?, iif(EXISTS (SELECT 1 FROM outbox_rows WHERE job_id = ?), NULL, ?)`;

export function appendToOutbox(driver: SqliteDriver, message: NewOutboxMessage): void {
  const { topic, jobId, ownerId, payload, createdAt } = message;
  driver.run(insert, [topic, jobId, ownerId, JSON.stringify(payload ?? null), createdAt, jobId, createdAt]);
}

interface Row {
  id: number;
  topic: string;
  job_id: string;
  payload: string;
  created_at: number;
  attempts: number;
}

const columns = 'id, topic, job_id, payload, created_at, attempts';
const selectDue = `SELECT ${columns} FROM outbox_rows WHERE due_at <= ? ORDER BY due_at, id LIMIT +?`;
const selectThese = `SELECT ${columns} FROM outbox_rows WHERE id IN (SELECT value FROM json_each(?))`;
const selectOfOwner = `SELECT id FROM outbox_rows INDEXED BY outbox_events_turn
  WHERE owner_id = ? AND due_at <= ? ORDER BY due_at, id LIMIT +?`;
const lease = `UPDATE outbox_rows SET due_at = ?, attempts = attempts + 1
  WHERE id IN (SELECT value FROM json_each(?))`;
const remove = 'DELETE FROM outbox_rows WHERE id IN (SELECT value FROM json_each(?)) RETURNING job_id';
const passOn = `UPDATE outbox_rows SET due_at = created_at WHERE due_at IS NULL AND id IN
  (SELECT (SELECT min(id) FROM outbox_rows WHERE job_id = ended.value) FROM json_each(?) ended)`;

const heal = `UPDATE outbox_rows SET created_at = min(created_at, ?), due_at = iif(due_at > ?, ?, due_at)
  WHERE due_at > ? OR created_at > ?`;

export function createOutbox(driver: SqliteDriver): Outbox {
  const nextDue = (): number | null =>
    driver.all<{ due: number | null }>('SELECT min(due_at) AS due FROM outbox_rows')[0]?.due ?? null;
  let turns = '';
  const inTurn = (now: number, limit: number): Row[] | null => {
    const chosen = chooseInTurn(driver, { now, limit, after: turns });
    turns = chosen.after;
    if (chosen.ids.length === 0) return null;
    const rows = new Map(driver.all<Row>(selectThese, [JSON.stringify(chosen.ids)]).map((row) => [row.id, row]));
    return chosen.ids.flatMap((id) => rows.get(id) ?? []);
  };
  return {
    async claim({ now, leaseMs, limit }) {
      // A relay looks often and mostly in vain: that must not cost a write.
      const due = nextDue();
      if (due === null || due > now) return [];
      const rows = driver.transaction(() => {
        const oldest = driver.all<Row>(selectDue, [now, limit]);
        const found = oldest.length < limit ? oldest : (inTurn(now, limit) ?? oldest);
        driver.run(lease, [now + leaseMs, JSON.stringify(found.map(({ id }) => id))]);
        return found;
      });
      await driver.durable();
      return rows.map(toMessage);
    },
    async done(ids) {
      if (ids.length === 0) return;
      driver.transaction(() => {
        const ended = driver.all<{ job_id: string }>(remove, [JSON.stringify(ids)]);
        driver.run(passOn, [JSON.stringify(ended.map(({ job_id }) => job_id))]);
      });
      await driver.durable();
    },
    async retry(id, at, error) {
      driver.run('UPDATE outbox_rows SET due_at = ?, last_error = ? WHERE id = ? AND due_at IS NOT NULL', [
        at, error, id,
      ]);
      await driver.durable();
    },
    async heal({ now, latestDueAt }) {
      const healed = driver.transaction(() =>
        driver.run(heal, [now, latestDueAt, now, latestDueAt, now + clockToleranceMs]));
      await driver.durable();
      return healed;
    },
    async size() {
      return driver.all<{ size: number }>('SELECT count(*) AS size FROM outbox_rows')[0]?.size ?? 0;
    },
  };
}

/** Owners that have a turn in one claim, and rows that are looked at for it. */
const maxInTurn = 64;
const maxLooked = 1_024;

const owners = ownersInTurn('outbox_rows', 'outbox_events_turn', 'due_at IS NOT NULL');

/** Ids in the order of turns: one of each owner that has something due, one more of each, and so on. */
function chooseInTurn(
  driver: SqliteDriver,
  { now, limit, after }: { readonly now: number; readonly limit: number; readonly after: string },
): { readonly ids: readonly number[]; readonly after: string } {
  const looked = owners(driver, after, now);
  const due = looked.filter(({ due: isDue }) => isDue === 1).slice(0, maxInTurn);
  const each = Math.min(limit, Math.ceil(maxLooked / Math.max(1, due.length)));
  const found = due.map(({ ownerId }) => driver.all<{ id: number }>(selectOfOwner, [ownerId, now, each]));
  const ids: number[] = [];
  for (let turn = 0; turn < each && ids.length < limit; turn++) {
    ids.push(...found.flatMap((rows) => rows[turn]?.id ?? []));
  }
  const last = due[Math.min(limit, due.length) - 1] ?? looked.at(-1);
  return { ids: ids.slice(0, limit), after: last?.ownerId ?? after };
}

function toMessage(row: Row): OutboxMessage {
  return {
    id: row.id,
    topic: row.topic,
    jobId: row.job_id,
    payload: JSON.parse(row.payload),
    createdAt: row.created_at,
    attempt: row.attempts + 1,
  };
}
