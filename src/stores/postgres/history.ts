import type { Movement } from '../../domain/account/account.ts';
import type { JobHistory, JobLogRow } from '../../domain/job/history.ts';
import type { Database } from './database.ts';
import {
  itemLogColumns, jobLogColumns, toItemLog, toJobLog, type ItemLogTableRow, type JobLogTableRow,
} from './rows.ts';
import { bigint, integer, statement, text, type Column } from './statement.ts';

/**
 * The job's own row, written once, however often it is said. Its items and billing events are views of
 * rows that are stored already and never change (see the part `history` of the schema).
 */
export const logColumns: readonly Column<JobLogRow>[] = [
  text('job_id', ({ jobId }) => jobId),
  text('kind', ({ kind }) => kind),
  text('owner_id', ({ ownerId }) => ownerId),
  text('state', ({ state }) => state),
  integer('items_total', ({ itemsTotal }) => itemsTotal),
  integer('items_done', ({ itemsDone }) => itemsDone),
  integer('items_failed', ({ itemsFailed }) => itemsFailed),
  bigint('cost_estimate', ({ costEstimate }) => costEstimate),
  bigint('credits_spent', ({ creditsSpent }) => creditsSpent),
  bigint('created_at', ({ createdAt }) => createdAt),
  bigint('started_at', ({ startedAt }) => startedAt),
  bigint('ended_at', ({ endedAt }) => endedAt),
  text('error', ({ error }) => error),
  bigint('cost_micro_usd', ({ costMicroUsd }) => costMicroUsd),
  text('labels', ({ labels }) => JSON.stringify(labels)),
  text('parent_id', ({ parentId }) => parentId),
  text('input_keys', ({ inputKeys }) => inputKeys && JSON.stringify(inputKeys)),
  text('fields', ({ fields }) => JSON.stringify(fields)),
];

const selectJob = statement('history_job', `SELECT ${jobLogColumns} FROM job_history WHERE job_id = $1`);
const selectItems = statement(
  'history_items',
  `SELECT ${itemLogColumns} FROM job_item_history WHERE job_id = $1 ORDER BY idx`,
);
// The ledger has no index by job: the job's reservation names its movements.
const selectMovements = statement(
  'history_movements',
  'SELECT account_id AS "accountId", movements FROM reservations WHERE job_id = $1',
);

export async function readHistory(database: Database, jobId: string): Promise<JobHistory | null> {
  const selects = [selectJob, selectItems, selectMovements];
  const [jobs, items, reservations] = await database.snapshot(
    selects.map((each) => ({ statement: each, values: [jobId] })),
  );
  const [job] = (jobs ?? []) as JobLogTableRow[];
  if (job === undefined) return null;
  const billing = ((reservations ?? []) as { accountId: string; movements: string }[]).flatMap(
    ({ accountId, movements }) =>
      (JSON.parse(movements) as Movement[]).map(({ sequence, type, amount, at }) => ({
        accountId, sequence, jobId, type, amount, occurredAt: at,
      })),
  );
  return { job: toJobLog(job), items: ((items ?? []) as ItemLogTableRow[]).map(toItemLog), billing };
}
