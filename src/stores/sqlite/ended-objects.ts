import { objectPolicies, type EndedObjects, type ObjectPart } from '../../domain/job/ended-objects.ts';
import { clockToleranceMs } from '../../domain/job/start.ts';
import type { EndedObjectStore } from '../../ports/store/ended-objects.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import type { SqliteDriver } from './driver.ts';

/** A job that was retried has ended again: its objects are kept from then on. */
const sinceLastEnd = `ON CONFLICT (job_id, part) DO UPDATE
  SET policy = excluded.policy, ended_at = excluded.ended_at, purged_at = NULL, due_at = NULL
  WHERE excluded.ended_at > ended_objects.ended_at`;
const insert = `INSERT INTO ended_objects (job_id, kind, part, owner_id, policy, ended_at)
  VALUES (?, ?, ?, ?, ?, ?) ${sinceLastEnd}`;
const begin = `UPDATE ended_objects SET purged_at = ?, due_at = ? WHERE (job_id, part) IN
  (SELECT job_id, part FROM ended_objects WHERE purged_at IS NULL AND policy = ? AND ended_at < ?
    ORDER BY ended_at LIMIT +?)`;
const selectDue = `SELECT job_id AS jobId, kind, part, owner_id AS ownerId, policy, ended_at AS endedAt
  FROM ended_objects WHERE due_at <= ? ORDER BY due_at LIMIT +?`;
const putOff = 'UPDATE ended_objects SET due_at = ? WHERE job_id = ? AND part = ? AND purged_at IS NOT NULL';
const selectPurged = `SELECT part, purged_at AS purgedAt FROM ended_objects
  WHERE job_id = ? AND purged_at IS NOT NULL`;
const healDue = 'UPDATE ended_objects SET ended_at = min(ended_at, ?), due_at = ? WHERE due_at > ?';
const healKept = `UPDATE ended_objects SET ended_at = ?
  WHERE purged_at IS NULL AND policy IN (SELECT value FROM json_each(?)) AND ended_at > ?`;

export function writeEndedObjects(driver: SqliteDriver, objects: EndedObjects): void {
  const { jobId, kind, part, ownerId, policy, endedAt } = objects;
  driver.run(insert, [jobId, kind, part, ownerId, policy, endedAt]);
}

export function createEndedObjectStore(driver: SqliteDriver): EndedObjectStore {
  const durably = async <T>(work: () => T): Promise<T> => {
    const result = work();
    await driver.durable();
    return result;
  };
  return {
    begin(policy, endedBefore, { now, dueAt, limit }) {
      assertLimit(limit, 1_000);
      return durably(() => driver.run(begin, [now, dueAt, policy, endedBefore, limit]));
    },
    due({ now, leaseMs, limit }) {
      assertLimit(limit, 1_000);
      // Looked at without a write, which is nearly always in vain.
      if (driver.all(selectDue, [now, 1]).length === 0) return Promise.resolve([]);
      return durably(() =>
        driver.transaction(() => {
          const due = driver.all<EndedObjects>(selectDue, [now, limit]);
          for (const { jobId, part } of due) driver.run(putOff, [now + leaseMs, jobId, part]);
          return due;
        }),
      );
    },
    putOff: ({ jobId, part }, dueAt) => durably(() => void driver.run(putOff, [dueAt, jobId, part])),
    heal: ({ now, latestDueAt }) =>
      durably(() =>
        driver.transaction(() =>
          driver.run(healDue, [now, now, latestDueAt]) +
          driver.run(healKept, [now, JSON.stringify(objectPolicies), now + clockToleranceMs]),
        ),
      ),
    async nextDueAt() {
      const select = 'SELECT min(due_at) AS due FROM ended_objects WHERE due_at IS NOT NULL';
      return driver.all<{ due: number | null }>(select)[0]?.due ?? null;
    },
    purged: (jobId) =>
      durably(() => driver.all<{ part: ObjectPart; purgedAt: number }>(selectPurged, [jobId])),
  };
}
