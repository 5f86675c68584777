import type { WorkLimits } from '../../domain/job/work.ts';
import { readWorkKey } from '../../ports/store/work-key.ts';
import type { SqliteDriver } from './driver.ts';
import { limitsOf } from './work-types.ts';

/*
 * `work_fronts` has a row for each key (of a type) that has rows in the line and fewer in use than may run. Whatever
 * moves a row with a key brings its front up to date before its transaction ends. A key with a rate is looked at anew
 * when it is admitted from: a commit does not know the time.
 */

export interface LineRow {
  id: string;
  priority: number;
}

export interface Front extends LineRow {
  type: string;
  concurrency_key: string;
}

const selectNext = `SELECT id, priority FROM job_rows
  WHERE stage = 'queued' AND kind = +? AND type = +? AND concurrency_key = +? ORDER BY priority DESC, id LIMIT 1`;
const countSlots = `SELECT count(*) AS used, count(*) FILTER (WHERE stage = 'ready') AS ready FROM job_rows
  WHERE slot = 1 AND stage IN ('ready', 'leased') AND kind = ? AND type = ? AND concurrency_key = ?`;
const put = `INSERT INTO work_fronts (type, concurrency_key, priority, job_id, free_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (type, concurrency_key) DO UPDATE SET priority = excluded.priority, job_id = excluded.job_id,
  free_at = excluded.free_at WHERE job_id <> excluded.job_id OR free_at IS NOT excluded.free_at`;
const remove = 'DELETE FROM work_fronts WHERE type = ? AND concurrency_key = ?';
const countStarts = 'SELECT count(*) AS starts FROM work_starts WHERE type = ? AND concurrency_key = ? AND at > ?';
const selectStart = `SELECT at FROM work_starts WHERE type = ? AND concurrency_key = ? AND at > ?
  ORDER BY at LIMIT 1 OFFSET ?`;

/** Keys whose rows one transaction moves. */
export class TouchedKeys {
  readonly #keys = new Map<string, Set<string>>();

  add(type: string, key: string): void {
    if (key === '') return;
    const keys = this.#keys.get(type);
    if (keys === undefined) this.#keys.set(type, new Set([key]));
    else keys.add(key);
  }

  /** Null: the time is not known. */
  refresh(driver: SqliteDriver, now: number | null): void {
    for (const [type, keys] of this.#keys) {
      const limits = limitsOf(driver, type);
      for (const key of keys) refreshFront(driver, type, key, limits, now);
    }
  }
}

export function refreshFront(
  driver: SqliteDriver,
  type: string,
  key: string,
  { maxRunningPerKey, ratePerKey }: WorkLimits,
  now: number | null,
): void {
  const of = readWorkKey(type);
  const ofKey = [of.kind, of.type, key];
  const [next] = driver.all<LineRow>(selectNext, ofKey);
  const [slots] = next === undefined ? [] : driver.all<{ used: number; ready: number }>(countSlots, ofKey);
  if (next === undefined || slots === undefined || slots.used >= maxRunningPerKey) {
    driver.run(remove, [type, key]);
    return;
  }
  let freeAt: number | null = null;
  if (ratePerKey !== null) {
    const { count, windowMs } = ratePerKey;
    freeAt = now === null ? 0 : freeFrom(driver, { type, key, count, windowMs, now, ready: slots.ready });
  }
  driver.run(put, [type, key, next.priority, next.id, freeAt]);
}

/** When the key's rate has room; null: it has now. */
function freeFrom(
  driver: SqliteDriver,
  { type, key, count, windowMs, now, ready }: {
    readonly type: string;
    readonly key: string;
    readonly count: number;
    readonly windowMs: number;
    readonly now: number;
    readonly ready: number;
  },
): number | null {
  const since = now - windowMs;
  const starts = driver.all<{ starts: number }>(countStarts, [type, key, since])[0]?.starts ?? 0;
  const left = count - starts - ready;
  if (left > 0) return null;
  // So many have to leave the window; those that have not begun leave it a window from now at the earliest.
  const [start] = driver.all<{ at: number }>(selectStart, [type, key, since, -left]);
  return (start?.at ?? now) + windowMs;
}

const selectFirst = `SELECT type, concurrency_key, job_id AS id, priority FROM work_fronts
  WHERE type = ? AND free_at IS NULL ORDER BY priority DESC, job_id LIMIT 1`;

/** The first row that may go on of all keys of a type. */
export function firstFront(driver: SqliteDriver, type: string): Front | null {
  return driver.all<Front>(selectFirst, [type])[0] ?? null;
}

const selectDue = `SELECT type, concurrency_key, job_id AS id, priority FROM work_fronts
  WHERE free_at <= ? ORDER BY free_at LIMIT +?`;

/** Looks again at keys whose rates may have room now; returns how many. */
export function refreshDueFronts(driver: SqliteDriver, now: number, limit: number): number {
  const due = driver.all<Front>(selectDue, [now, limit]);
  const touched = new TouchedKeys();
  for (const { type, concurrency_key } of due) touched.add(type, concurrency_key);
  touched.refresh(driver, now);
  return due.length;
}

export function nextFrontAt(driver: SqliteDriver): number | null {
  const select = 'SELECT min(free_at) AS at FROM work_fronts WHERE free_at IS NOT NULL';
  return driver.all<{ at: number | null }>(select)[0]?.at ?? null;
}

/** From one key to the next, however many rows stand between. */
const selectKeys = `WITH RECURSIVE keys(key) AS (
    SELECT min(concurrency_key) FROM job_rows WHERE stage = 'queued' AND kind = ? AND type = ? AND concurrency_key > ''
    UNION ALL
    SELECT (SELECT min(concurrency_key) FROM job_rows
      WHERE stage = 'queued' AND kind = ? AND type = ? AND concurrency_key > keys.key)
    FROM keys WHERE keys.key IS NOT NULL
  ) SELECT key FROM keys WHERE key IS NOT NULL`;

/** After the limits of a type have changed. */
export function refreshFrontsOf(driver: SqliteDriver, type: string, limits: WorkLimits): void {
  driver.run('DELETE FROM work_fronts WHERE type = ?', [type]);
  const of = readWorkKey(type);
  for (const { key } of driver.all<{ key: string }>(selectKeys, [of.kind, of.type, of.kind, of.type])) {
    refreshFront(driver, type, key, limits, null);
  }
}
