import { firstPlaceAt } from '../../domain/job/id.ts';
import type { BillingEventRow, JobHistory, JobLogRow } from '../../domain/job/history.ts';
import { movementDirections, type MovementType } from '../../domain/account/account.ts';
import { InvariantViolation } from '../../domain/errors.ts';
import { toItemLog, toJobLog, type ItemLogTableRow, type JobLogTableRow } from '../sqlite/rows.ts';
import { rowsOf, type D1Database, type D1Statement } from './database.ts';

/*
 * A job's history is one row, since every row and every entry of an index is paid for: its items and its lines of the
 * ledger are JSON in it, which views unfold. Lines of no job, and of jobs that are gone, are rows of their own.
 */

const columns = `job_id, kind, owner_id, state, items_total, items_done, items_failed, cost_estimate, credits_spent,
  created_at, started_at, ended_at, error, cost_micro_usd, labels, parent_id, input_keys, fields`;
const insertJob = `INSERT INTO job_history (${columns}, items, billing)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id) DO NOTHING`;
const insertBilling = `INSERT OR IGNORE INTO billing_rows (account_id, sequence, job_id, type, amount, occurred_at)
  SELECT value ->> 'accountId', value ->> 'sequence', value ->> 'jobId', value ->> 'type', value ->> 'amount',
    value ->> 'occurredAt' FROM json_each(?)`;
const keepBilling = `INSERT OR IGNORE INTO billing_rows (account_id, sequence, job_id, type, amount, occurred_at)
  SELECT owner_id, line.value ->> 'sequence', job_id, line.value ->> 'type', line.value ->> 'amount',
    line.value ->> 'occurredAt'
  FROM job_history, json_each(billing) line WHERE job_id IN (SELECT value FROM json_each(?))`;

/**
 * The history of a job that ended. Said again, changes nothing. `isOpenJob`: it is, or may be, in the index of open
 * jobs, and leaves it in the same transaction.
 */
export async function writeHistory(
  database: D1Database,
  { job, items, billing }: JobHistory,
  isOpenJob: boolean,
): Promise<void> {
  const insert = database.prepare(insertJob).bind(
    job.jobId, job.kind, job.ownerId, job.state, job.itemsTotal, job.itemsDone, job.itemsFailed, job.costEstimate,
    job.creditsSpent, job.createdAt, job.startedAt, job.endedAt, job.error, job.costMicroUsd,
    JSON.stringify(job.labels), job.parentId, job.inputKeys && JSON.stringify(job.inputKeys),
    JSON.stringify(job.fields),
    // The job says the rest.
    JSON.stringify(items.map(({ jobId: _, inputKey: __, ...item }) => withoutNulls(item))),
    JSON.stringify(billing.map(({ jobId: _, accountId: __, ...line }) => line)),
  );
  if (!isOpenJob) return void (await insert.all());
  await database.batch([insert, database.prepare('DELETE FROM open_jobs WHERE job_id = ?').bind(job.jobId)]);
}

function withoutNulls(item: object): object {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null));
}

/** Of jobs that are gone. What they cost stays. Said again, changes nothing. */
export async function removeHistories(database: D1Database, jobIds: readonly string[]): Promise<void> {
  const these = JSON.stringify(jobIds);
  await database.batch([
    database.prepare(keepBilling).bind(these),
    ...['job_history', 'open_jobs'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE job_id IN (SELECT value FROM json_each(?))`).bind(these)),
  ]);
}

/**
 * Jobs that ended before a time, and are still here; the first made first. Ids sort by creation, and none ends before
 * it is made: so no index by the end is needed.
 */
export async function endedBefore(database: D1Database, before: number, limit: number): Promise<readonly string[]> {
  const sql = 'SELECT job_id FROM job_history WHERE job_id < ? AND ended_at < ? ORDER BY job_id LIMIT ?';
  const rows = await rowsOf<{ job_id: string }>(database, sql, [firstPlaceAt(before), before, limit]);
  return rows.map(({ job_id }) => job_id);
}

/** Lines of the ledger that belong to no job. Said again, changes nothing. */
export async function writeBilling(database: D1Database, rows: readonly BillingEventRow[]): Promise<void> {
  await database.prepare(insertBilling).bind(JSON.stringify(rows)).all();
}

/** Null until it is written. */
export async function readHistory(database: D1Database, jobId: string): Promise<JobHistory | null> {
  const select = (sql: string): D1Statement => database.prepare(sql).bind(jobId);
  const [jobs, items, billing] = await database.batch([
    select(`SELECT ${columns} FROM job_history WHERE job_id = ?`),
    select('SELECT * FROM job_item_history WHERE job_id = ? ORDER BY idx'),
    select('SELECT * FROM billing_history WHERE job_id = ? ORDER BY sequence'),
  ]);
  const [job] = (jobs?.results ?? []) as readonly JobLogTableRow[];
  if (job === undefined) return null;
  return {
    job: toJobLog(job),
    items: ((items?.results ?? []) as readonly ItemLogTableRow[]).map(toItemLog),
    billing: ((billing?.results ?? []) as readonly BillingTableRow[]).map(toBillingEvent),
  };
}

/** Those of the jobs whose history is written. */
export async function readJobLogs(database: D1Database, ids: readonly string[]): Promise<readonly JobLogRow[]> {
  if (ids.length === 0) return [];
  const sql = `SELECT ${columns} FROM job_history WHERE job_id IN (SELECT value FROM json_each(?))`;
  return (await rowsOf<JobLogTableRow>(database, sql, [JSON.stringify(ids)])).map(toJobLog);
}

interface BillingTableRow {
  account_id: string;
  sequence: number;
  job_id: string | null;
  type: string;
  amount: number;
  occurred_at: number;
}

function toBillingEvent(row: BillingTableRow): BillingEventRow {
  const { account_id: accountId, sequence, job_id: jobId, type, amount, occurred_at: occurredAt } = row;
  if (!Object.hasOwn(movementDirections, type)) {
    throw new InvariantViolation(`billing event ${sequence} of ${accountId} is a ${type}`);
  }
  return { accountId, sequence, jobId, type: type as MovementType, amount, occurredAt };
}
