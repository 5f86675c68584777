import { InvariantViolation } from '../../domain/errors.ts';
import type { Work } from '../../domain/job/work.ts';
import type { WorkChange, WorkStage } from '../../ports/store/work-store.ts';
import { workKey } from '../../ports/store/work-key.ts';
import type { SqliteDriver } from './driver.ts';
import { WorkCounter } from './work-counts.ts';
import { TouchedKeys } from './work-fronts.ts';
import { limitedTypes } from './work-types.ts';

const selectStage = 'SELECT type, stage, concurrency_key FROM work WHERE job_id = ?';
const put = `INSERT INTO work (job_id, kind, type, stage, owner_id, place, priority, due_at, pause_ms, concurrency_key,
    slot, timeout_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (job_id) DO UPDATE SET kind = excluded.kind, type = excluded.type, stage = excluded.stage,
    owner_id = excluded.owner_id, place = excluded.place, priority = excluded.priority,
    due_at = excluded.due_at, pause_ms = excluded.pause_ms, concurrency_key = excluded.concurrency_key,
    slot = excluded.slot, timeout_ms = excluded.timeout_ms,
    token = NULL, lease_ms = NULL, leased_until = NULL, timeout_at = NULL, cancel_requested = 0`;

const lease = `UPDATE work SET stage = 'leased', token = ?, lease_ms = ?, leased_until = ?, timeout_ms = ?,
    timeout_at = ?, cancel_requested = 0
  WHERE job_id = ?`;

interface Row {
  type: string;
  stage: WorkStage;
  concurrency_key: string;
}

/** The `work` of a commit, in its transaction. */
export function changeWork(driver: SqliteDriver, changes: readonly WorkChange[]): void {
  if (changes.length === 0) return;
  const counter = new WorkCounter();
  const touched = new TouchedKeys();
  const limited = limitedTypes(driver);
  for (const change of changes) {
    if (change.type === 'request-cancel') {
      driver.run('UPDATE work SET cancel_requested = 1 WHERE job_id = ?', [change.jobId]);
      continue;
    }
    const [before] = driver.all<Row>(selectStage, [change.jobId]);
    if (before !== undefined) {
      counter.add(before.type, before.stage, -1);
      touched.add(before.type, before.concurrency_key);
    }
    if (change.type === 'remove') {
      if (before !== undefined) driver.run('DELETE FROM work WHERE job_id = ?', [change.jobId]);
      continue;
    }
    if (change.type === 'lease') {
      if (before === undefined) throw new InvariantViolation(`job ${change.jobId} is leased, and nobody offers it`);
      counter.add(before.type, 'leased', 1);
      const { jobId, token, leaseMs, timeoutMs, now } = change;
      const timeoutAt = timeoutMs === null ? null : now + timeoutMs;
      const leasedUntil = Math.min(now + leaseMs, timeoutAt ?? Infinity);
      driver.run(lease, [token, leaseMs, leasedUntil, timeoutMs, timeoutAt, jobId]);
      continue;
    }
    const { jobId, jobType, kind, candidate, work, now } = change;
    const type = workKey(kind, jobType);
    const slot = work.concurrencyKey !== null || limited(type);
    const stage = stageOf(work, slot, now);
    counter.add(type, stage, 1);
    if (stage === 'queued') touched.add(type, work.concurrencyKey ?? '');
    driver.run(put, [
      jobId, kind, type, stage, candidate?.ownerId ?? null, candidate?.place ?? null, work.priority, work.dueAt,
      work.pauseMs, work.concurrencyKey ?? '', slot ? 1 : 0, work.timeoutMs,
    ]);
  }
  counter.write(driver);
  touched.refresh(driver, null);
}

function stageOf({ blocked, dueAt }: Work, slot: boolean, now: number): WorkStage {
  if (blocked) return 'blocked';
  if (dueAt > now) return 'scheduled';
  return slot ? 'queued' : 'ready';
}
