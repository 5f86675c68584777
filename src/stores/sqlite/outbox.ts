import { clockToleranceMs } from '../../domain/job/start.ts';
import type { NewOutboxMessage } from '../../ports/store/commit.ts';
import type { Outbox, OutboxMessage } from '../../ports/store/outbox.ts';
import type { SqliteDriver } from './driver.ts';

/*
 * Only the oldest row of each job has a `due_at`; the others wait with none, and `done` passes it on.
 * So a claim reads as many rows of one index as it returns, however many wait behind a row that
 * cannot be delivered, and `nextDueAt` never names a row that nobody may claim. A claim is a lease:
 * it moves `due_at` to the lease's end.
 */

const insert = `INSERT INTO outbox_events (topic, job_id, payload, created_at, due_at)
  SELECT ?, ?, ?, ?, iif(EXISTS (SELECT 1 FROM outbox_events WHERE job_id = ?), NULL, ?)`;

export function appendToOutbox(driver: SqliteDriver, message: NewOutboxMessage): void {
  const { topic, jobId, payload, createdAt } = message;
  driver.run(insert, [topic, jobId, JSON.stringify(payload ?? null), createdAt, jobId, createdAt]);
}

interface Row {
  id: number;
  topic: string;
  job_id: string;
  payload: string;
  created_at: number;
  attempts: number;
}

const selectDue = `SELECT id, topic, job_id, payload, created_at, attempts FROM outbox_events
  WHERE due_at <= ? ORDER BY due_at, id LIMIT +?`;
const lease = `UPDATE outbox_events SET due_at = ?, attempts = attempts + 1
  WHERE id IN (SELECT value FROM json_each(?))`;
const remove = 'DELETE FROM outbox_events WHERE id IN (SELECT value FROM json_each(?)) RETURNING job_id';
const passOn = `UPDATE outbox_events SET due_at = created_at WHERE due_at IS NULL AND id IN
  (SELECT (SELECT min(id) FROM outbox_events WHERE job_id = ended.value) FROM json_each(?) ended)`;

const heal = `UPDATE outbox_events SET created_at = min(created_at, ?), due_at = iif(due_at > ?, ?, due_at)
  WHERE due_at > ? OR created_at > ?`;

export function createOutbox(driver: SqliteDriver): Outbox {
  const nextDue = (): number | null =>
    driver.all<{ due: number | null }>('SELECT min(due_at) AS due FROM outbox_events')[0]?.due ?? null;
  return {
    async claim({ now, leaseMs, limit }) {
      // A relay looks often and mostly in vain: that must not cost a write.
      const due = nextDue();
      if (due === null || due > now) return [];
      const rows = driver.transaction(() => {
        const found = driver.all<Row>(selectDue, [now, limit]);
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
      driver.run('UPDATE outbox_events SET due_at = ?, last_error = ? WHERE id = ? AND due_at IS NOT NULL', [
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
    async nextDueAt() {
      return nextDue();
    },
    async size() {
      return driver.all<{ size: number }>('SELECT count(*) AS size FROM outbox_events')[0]?.size ?? 0;
    },
  };
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
