import type { SqliteDriver } from '../sqlite/driver.ts';

/*
 * What only a job's own object asks of its store. A job that is still open a while after it was created is put into
 * the common index of open jobs: most have ended by then, and cost nothing.
 */

const indexAfterMs = 60_000;

export function prepareIndexing(driver: SqliteDriver): void {
  driver.exec('CREATE TABLE IF NOT EXISTS indexed_jobs (job_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID');
}

const toBeIndexed = `FROM jobs WHERE ended_at IS NULL AND id NOT IN (SELECT job_id FROM indexed_jobs)`;

/** When something is next to be done: null when nothing is. Milliseconds since 1970. */
export function nextDue(driver: SqliteDriver): number | null {
  const [row] = driver.all<{ due: number | null }>(
    `SELECT min(due) AS due FROM (
      SELECT min(due_at) AS due FROM outbox_events WHERE due_at IS NOT NULL
      UNION ALL SELECT min(deadline_at) FROM jobs WHERE deadline_at IS NOT NULL
      UNION ALL SELECT min(created_at) + ${indexAfterMs} ${toBeIndexed})`,
  );
  return row?.due ?? null;
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
