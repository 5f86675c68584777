import type { BillingEventRow, JobHistory, JobLogRow } from '../../domain/job/history.ts';
import { movementDirections, type MovementType } from '../../domain/account/account.ts';
import { InvariantViolation } from '../../domain/errors.ts';
import { toItemLog, toJobLog, type ItemLogTableRow, type JobLogTableRow } from '../sqlite/rows.ts';
import { rowsOf, type D1Database, type D1Statement } from './database.ts';

/*
 * One statement for all rows of a table, unpacked from JSON: D1 takes 100 parameters a statement, and counts
 * statements (50 or 1,000 for one call of a Worker). Rows that are there already stay as they are.
 */

const insertJob = `INSERT INTO job_history (job_id, kind, owner_id, state, items_total, items_done, items_failed,
  cost_estimate, credits_spent, created_at, started_at, ended_at, error, cost_micro_usd, labels, parent_id,
  input_keys, fields) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id) DO NOTHING`;
const insertItems = `INSERT OR IGNORE INTO job_item_history
  (job_id, idx, state, input_key, output_key, preview_key, error, error_code, confidence, recorded_at)
  SELECT value ->> 'jobId', value ->> 'idx', value ->> 'state', value ->> 'inputKey', value ->> 'outputKey',
    value ->> 'previewKey', value ->> 'error', value ->> 'errorCode', value ->> 'confidence',
    value ->> 'recordedAt' FROM json_each(?)`;
const insertBilling = `INSERT OR IGNORE INTO billing_history (account_id, sequence, job_id, type, amount, occurred_at)
  SELECT value ->> 'accountId', value ->> 'sequence', value ->> 'jobId', value ->> 'type', value ->> 'amount',
    value ->> 'occurredAt' FROM json_each(?)`;

/** In one batch: the history of a job that ended, which is then no open one any longer. Said again, changes nothing. */
export async function writeHistory(database: D1Database, { job, items, billing }: JobHistory): Promise<void> {
  await database.batch([
    database.prepare(insertJob).bind(
      job.jobId, job.kind, job.ownerId, job.state, job.itemsTotal, job.itemsDone, job.itemsFailed, job.costEstimate,
      job.creditsSpent, job.createdAt, job.startedAt, job.endedAt, job.error, job.costMicroUsd,
      JSON.stringify(job.labels), job.parentId, job.inputKeys && JSON.stringify(job.inputKeys),
      JSON.stringify(job.fields),
    ),
    database.prepare(insertItems).bind(JSON.stringify(items)),
    billingInsert(database, billing),
    database.prepare('DELETE FROM open_jobs WHERE job_id = ?').bind(job.jobId),
  ]);
}

/** Of a job that is gone. What it cost stays. Said again, changes nothing. */
export async function removeHistory(database: D1Database, jobId: string): Promise<void> {
  await database.batch(
    ['job_item_history', 'job_history', 'open_jobs'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE job_id = ?`).bind(jobId),
    ),
  );
}

export async function writeBilling(database: D1Database, rows: readonly BillingEventRow[]): Promise<void> {
  await billingInsert(database, rows).all();
}

function billingInsert(database: D1Database, rows: readonly BillingEventRow[]): D1Statement {
  return database.prepare(insertBilling).bind(JSON.stringify(rows));
}

/** Null until it is written. */
export async function readHistory(database: D1Database, jobId: string): Promise<JobHistory | null> {
  const select = (sql: string): D1Statement => database.prepare(sql).bind(jobId);
  const [jobs, items, billing] = await database.batch([
    select('SELECT * FROM job_history WHERE job_id = ?'),
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
  const sql = 'SELECT * FROM job_history WHERE job_id IN (SELECT value FROM json_each(?))';
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
