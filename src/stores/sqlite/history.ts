import type { Movement } from '../../domain/account/account.ts';
import type { JobHistory } from '../../domain/job/history.ts';
import type { SqliteDriver } from './driver.ts';
import { toItemLog, toJobLog, type ItemLogTableRow, type JobLogTableRow } from './rows.ts';

const insert = `INSERT INTO job_history (job_id, kind, owner_id, state, items_total, items_done, items_failed,
  cost_estimate, credits_spent, created_at, started_at, ended_at, error, cost_micro_usd, labels, parent_id,
  input_keys, fields) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id) DO NOTHING`;

/**
 * The job's own row, once, however often it is said. Its items and billing events are views of
 * rows that are stored already and never change (see the part `history` of the schema).
 */
export function writeHistory(driver: SqliteDriver, { job }: JobHistory): void {
  driver.run(insert, [
    job.jobId, job.kind, job.ownerId, job.state, job.itemsTotal, job.itemsDone, job.itemsFailed, job.costEstimate,
    job.creditsSpent, job.createdAt, job.startedAt, job.endedAt, job.error, job.costMicroUsd,
    JSON.stringify(job.labels), job.parentId, job.inputKeys && JSON.stringify(job.inputKeys),
    JSON.stringify(job.fields),
  ]);
}

const selectItems = 'SELECT * FROM job_item_history WHERE job_id = ? ORDER BY idx';

export function readHistory(driver: SqliteDriver, jobId: string): JobHistory | null {
  return driver.snapshot(() => {
    const [job] = driver.all<JobLogTableRow>('SELECT * FROM job_history WHERE job_id = ?', [jobId]);
    if (job === undefined) return null;
    const items = driver.all<ItemLogTableRow>(selectItems, [jobId]);
    return { job: toJobLog(job), items: items.map(toItemLog), billing: billingOf(driver, jobId) };
  });
}

interface Row {
  account_id: string;
  movements: string;
}

/** The ledger has no index by job: the job's reservation names its movements. */
function billingOf(driver: SqliteDriver, jobId: string): JobHistory['billing'] {
  const [row] = driver.all<Row>('SELECT account_id, movements FROM reservations WHERE job_id = ?', [jobId]);
  if (row === undefined) return [];
  return (JSON.parse(row.movements) as Movement[]).map(({ sequence, type, amount, at }) => ({
    accountId: row.account_id,
    sequence,
    jobId,
    type,
    amount,
    occurredAt: at,
  }));
}
