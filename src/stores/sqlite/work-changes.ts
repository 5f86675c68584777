import type { Work } from '../../domain/job/work.ts';
import type { WorkChange, WorkStage } from '../../ports/store/work-store.ts';
import { workKey } from '../../ports/store/work-key.ts';
import type { SqliteDriver } from './driver.ts';
import { WorkCounter } from './work-counts.ts';
import { TouchedKeys } from './work-fronts.ts';
import { limitedTypes } from './work-types.ts';

const selectPlace = 'SELECT type, stage, concurrency_key FROM work WHERE job_id = ?';
const put = `INSERT INTO work (job_id, kind, type, stage, priority, due_at, pause_ms, concurrency_key, slot, timeout_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (job_id) DO UPDATE SET kind = excluded.kind, type = excluded.type, stage = excluded.stage,
    priority = excluded.priority, due_at = excluded.due_at, pause_ms = excluded.pause_ms,
    concurrency_key = excluded.concurrency_key, slot = excluded.slot, timeout_ms = excluded.timeout_ms,
    token = NULL, lease_ms = NULL, leased_until = NULL, timeout_at = NULL, cancel_requested = 0`;

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
    const [before] = driver.all<Row>(selectPlace, [change.jobId]);
    if (before !== undefined) {
      counter.add(before.type, before.stage, -1);
      touched.add(before.type, before.concurrency_key);
    }
    if (change.type === 'remove') {
      if (before !== undefined) driver.run('DELETE FROM work WHERE job_id = ?', [change.jobId]);
      continue;
    }
    const { jobId, jobType, kind, work, now } = change;
    const type = workKey(kind, jobType);
    const slot = work.concurrencyKey !== null || limited(type);
    const stage = placeOf(work, slot, now);
    counter.add(type, stage, 1);
    if (stage === 'queued') touched.add(type, work.concurrencyKey ?? '');
    driver.run(put, [
      jobId, kind, type, stage, work.priority, work.dueAt, work.pauseMs, work.concurrencyKey ?? '', slot ? 1 : 0,
      work.timeoutMs,
    ]);
  }
  counter.write(driver);
  touched.refresh(driver, null);
}

function placeOf({ blocked, dueAt }: Work, slot: boolean, now: number): WorkStage {
  if (blocked) return 'blocked';
  if (dueAt > now) return 'scheduled';
  return slot ? 'queued' : 'ready';
}
