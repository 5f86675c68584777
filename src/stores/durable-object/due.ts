import { objectPolicies, type ObjectPolicy } from '../../domain/job/ended-objects.ts';
import type { SqliteDriver } from '../sqlite/driver.ts';

/*
 * What only a job's own object asks of its store. A job that is still open a while after it was created is put into
 * the common index of open jobs: most have ended by then, and cost nothing.
 */

const indexAfterMs = 60_000;

export function prepareIndexing(driver: SqliteDriver): void {
  driver.exec('CREATE TABLE IF NOT EXISTS indexed_jobs (job_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID');
}

const toBeIndexed = `FROM job_rows WHERE ended_at IS NULL AND id NOT IN (SELECT job_id FROM indexed_jobs)`;

/** How long objects are kept after the job's end, by policy; null: for ever. */
type ObjectRetention = Readonly<Record<ObjectPolicy, number | null>>;

/** Nothing is left to be said or deleted of the job: only it itself. */
const isOver = `ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outbox_rows)
  AND NOT EXISTS (SELECT 1 FROM ended_objects WHERE purged_at IS NULL OR due_at IS NOT NULL)`;

/** The job, if it ended before and nothing is left to be done for it. */
export function endedBefore(
  driver: SqliteDriver,
  before: number,
): { readonly jobId: string; readonly ownerId: string } | null {
  const select = `SELECT id AS jobId, owner_id AS ownerId FROM job_rows WHERE ended_at < ? AND ${isOver}`;
  return driver.all<{ jobId: string; ownerId: string }>(select, [before])[0] ?? null;
}

/** When something is next to be done: null when nothing is. Milliseconds since 1970. */
export function nextDue(driver: SqliteDriver, retention: ObjectRetention, keepMs: number | null): number | null {
  const dues = [
    'SELECT min(due_at) FROM outbox_rows WHERE due_at IS NOT NULL',
    'SELECT min(deadline_at) FROM job_rows WHERE deadline_at IS NOT NULL',
    `SELECT min(created_at) + ${indexAfterMs} ${toBeIndexed}`,
    ...objectsDue(retention),
    ...(keepMs === null ? [] : [`SELECT min(ended_at) + ${keepMs + 1} FROM job_rows WHERE ${isOver}`]),
  ];
  return earliest(driver, dues);
}

/** Whether there are objects to be deleted now, or to be said to be gone. */
export function hasObjectsDue(driver: SqliteDriver, retention: ObjectRetention, now: number): boolean {
  const due = earliest(driver, objectsDue(retention));
  return due !== null && due <= now;
}

function objectsDue(retention: ObjectRetention): string[] {
  const kept = objectPolicies.flatMap((policy) => {
    const keptMs = retention[policy];
    const from = `FROM ended_objects WHERE purged_at IS NULL AND policy = '${policy}'`;
    return keptMs === null ? [] : [`SELECT min(ended_at) + ${keptMs + 1} ${from}`];
  });
  return ['SELECT min(due_at) FROM ended_objects WHERE due_at IS NOT NULL', ...kept];
}

/** In one statement, since it is asked with every write; compound selects have at most five terms here. */
function earliest(driver: SqliteDriver, dues: readonly string[]): number | null {
  const select = dues.map((sql, at) => `(${sql}) AS due${at}`).join(', ');
  const [row] = driver.all<Record<string, number | null>>(`SELECT ${select}`);
  const found = Object.values(row ?? {}).filter((due) => due !== null);
  return found.length === 0 ? null : Math.min(...found);
}

/** Jobs to be put into the index now. */
export function jobsToIndex(
  driver: SqliteDriver,
  now: number,
): readonly { readonly jobId: string; readonly kind: string; readonly ownerId: string; readonly createdAt: number }[] {
  return driver.all(
    `SELECT id AS jobId, kind, owner_id AS ownerId, created_at AS createdAt ${toBeIndexed} AND created_at <= ?`,
    [now - indexAfterMs],
  );
}

export function jobIsIndexed(driver: SqliteDriver, jobId: string): void {
  driver.run('INSERT INTO indexed_jobs (job_id) VALUES (?) ON CONFLICT (job_id) DO NOTHING', [jobId]);
}

/** Whether the object's database was ever made: it is not for those that were only asked about. */
export function hasSchema(driver: SqliteDriver): boolean {
  return driver.all(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'`).length > 0;
}
