import type { Job } from '../../domain/job/job.ts';
import type { Loaded, LoadRequest } from '../../ports/store/commit.ts';
import type { SqliteDriver } from './driver.ts';
import { loadRecords } from './records.ts';
import {
  jobColumns, toAccount, toIdempotencyRecord, toJob, toReservation,
  type AccountRow, type IdempotencyRow, type ItemRow, type JobRow, type ReservationRow,
} from './rows.ts';

const selectJob = `SELECT ${jobColumns} FROM job_rows WHERE id = ?`;
const selectItems = `SELECT idx, state, output_key, preview_key, error, error_code, confidence, recorded_at
  FROM job_items WHERE job_id = ? ORDER BY idx`;
const selectAccount = 'SELECT * FROM accounts WHERE id = ?';
const selectReservation = 'SELECT * FROM reservations WHERE job_id = ?';
const selectIdempotency = 'SELECT * FROM idempotency_keys WHERE scope = ? AND key = ?';

/** Point by point: for the few aggregates of a batch that is faster than one statement with a list. */
export function load(driver: SqliteDriver, request: LoadRequest): Loaded {
  return driver.snapshot(() => ({
    jobs: request.jobs.flatMap((id) => findJob(driver, id) ?? []),
    accounts: find<AccountRow>(driver, selectAccount, request.accounts).map(toAccount),
    reservations: find<ReservationRow>(driver, selectReservation, request.reservations).map(toReservation),
    records: loadRecords(driver, request.records),
    idempotency: request.idempotency.flatMap(({ scope, key }) =>
      driver.all<IdempotencyRow>(selectIdempotency, [scope, key]).map(toIdempotencyRecord),
    ),
  }));
}

function find<Row>(driver: SqliteDriver, select: string, ids: readonly string[]): Row[] {
  return ids.flatMap((id) => driver.all<Row>(select, [id]));
}

/** To be called in a transaction or a snapshot: a job and its items are two reads. */
export function findJob(driver: SqliteDriver, id: string): Job | null {
  const [row] = driver.all<JobRow>(selectJob, [id]);
  return row === undefined ? null : toJob(row, itemsOf(driver, row));
}

export function itemsOf(driver: SqliteDriver, { id, items_recorded }: JobRow): ItemRow[] {
  return items_recorded === 0 ? [] : driver.all<ItemRow>(selectItems, [id]);
}

export const selects = { account: selectAccount, reservation: selectReservation };
