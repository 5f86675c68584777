import { rowsOf, type D1Database } from './database.ts';

/** The index of jobs whose history is not written yet. */

interface OpenJob {
  readonly jobId: string;
  readonly kind: string;
  readonly ownerId: string;
  readonly createdAt: number;
}

// It may have ended, and its history be written, while this was under way.
const insert = `INSERT OR IGNORE INTO open_jobs (job_id, kind, owner_id, created_at, check_at)
  SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM job_history WHERE job_id = ?)`;

/** Said again, changes nothing. */
export async function addOpenJob(database: D1Database, job: OpenJob, checkAt: number): Promise<void> {
  const { jobId, kind, ownerId, createdAt } = job;
  await database.prepare(insert).bind(jobId, kind, ownerId, createdAt, checkAt, jobId).all();
}

/** When these are to be looked at again; null: never, they leave the index. */
export async function putOffJobs(
  database: D1Database,
  jobs: readonly { readonly jobId: string; readonly checkAt: number | null }[],
): Promise<void> {
  if (jobs.length === 0) return;
  await database.batch(jobs.map(({ jobId, checkAt }) =>
    checkAt === null
      ? database.prepare('DELETE FROM open_jobs WHERE job_id = ?').bind(jobId)
      : database.prepare('UPDATE open_jobs SET check_at = ? WHERE job_id = ?').bind(checkAt, jobId)));
}

/** Jobs to be looked at, the longest overdue first. They are due again at `again`, unless they end before. */
export async function takeDueJobs(
  database: D1Database,
  now: number,
  again: number,
  limit: number,
): Promise<readonly string[]> {
  const sql = `UPDATE open_jobs SET check_at = ? WHERE job_id IN
    (SELECT job_id FROM open_jobs WHERE check_at <= ? ORDER BY check_at LIMIT ?) RETURNING job_id`;
  return (await rowsOf<{ job_id: string }>(database, sql, [again, now, limit])).map(({ job_id }) => job_id);
}

/** Everybody's jobs, open and ended, newest first. */
export async function allJobIds(
  database: D1Database,
  before: string | undefined,
  limit: number,
): Promise<readonly string[]> {
  const sql = `SELECT job_id FROM (SELECT job_id FROM open_jobs WHERE job_id < ?
    UNION SELECT job_id FROM job_history WHERE job_id < ?) ORDER BY job_id DESC LIMIT ?`;
  // Above every id: a UUID in lower case begins with a hexadecimal digit.
  const from = before ?? '~';
  return (await rowsOf<{ job_id: string }>(database, sql, [from, from, limit])).map(({ job_id }) => job_id);
}
