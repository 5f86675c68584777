import type { Account, Reservation } from '../../domain/account/account.ts';
import type { Job } from '../../domain/job/job.ts';
import type { IdempotencyRecord, Loaded, LoadRequest } from '../../ports/store/commit.ts';
import type { Database } from './database.ts';
import {
  accountColumns, idempotencyColumns, itemColumns, jobColumns, reservationColumns, toAccount, toJob,
  toReservation, type AccountRow, type ItemRow, type JobRow, type ReservationRow,
} from './rows.ts';
import { loadRecords } from './records.ts';
import { statement, type Call, type SqlValue, type Statement } from './statement.ts';

const selectJobs = statement('load_jobs', `SELECT ${jobColumns} FROM jobs WHERE id = ANY($1::text[])`);
const selectItems = statement(
  'load_items',
  `SELECT ${itemColumns} FROM job_items WHERE job_id = ANY($1::text[]) ORDER BY job_id, idx`,
);
const selectAccounts = statement('load_accounts', `SELECT ${accountColumns} FROM accounts WHERE id = ANY($1::text[])`);
const selectReservations = statement(
  'load_reservations',
  `SELECT ${reservationColumns} FROM reservations WHERE job_id = ANY($1::text[])`,
);
const selectIdempotency = statement(
  'load_idempotency',
  `SELECT k.* FROM unnest($1::text[], $2::text[]) AS c (scope, key), LATERAL (
      SELECT ${idempotencyColumns} FROM idempotency_keys WHERE scope = c.scope AND key = c.key OFFSET 0
    ) k`,
);

/** One statement for each sort of things, all in one snapshot and one round trip. */
export async function load(database: Database, request: LoadRequest): Promise<Loaded> {
  const calls: Call[] = [];
  let rows: readonly (readonly unknown[])[] = [];
  /** What reads the answer, once it is there. */
  const ask = <Row>(select: Statement, ids: readonly unknown[], ...values: readonly SqlValue[]): (() => Row[]) => {
    if (ids.length === 0) return () => [];
    const place = calls.push({ statement: select, values }) - 1;
    return () => rows[place] as Row[];
  };
  const { jobs, accounts, reservations, records, idempotency } = request;
  const jobRows = ask<JobRow>(selectJobs, jobs, jobs);
  const itemRows = ask<ItemRow>(selectItems, jobs, jobs);
  const accountRows = ask<AccountRow>(selectAccounts, accounts, accounts);
  const reservationRows = ask<ReservationRow>(selectReservations, reservations, reservations);
  const scopes = idempotency.map(({ scope }) => scope);
  const keys = idempotency.map(({ key }) => key);
  const keyRows = ask<IdempotencyRecord>(selectIdempotency, idempotency, scopes, keys);
  const recordRows = loadRecords(records).map(({ call, read }) => {
    const place = calls.push(call) - 1;
    return () => read(rows[place] ?? []);
  });
  if (calls.length > 0) rows = await database.snapshot(calls);
  return {
    jobs: toJobs(jobRows(), itemRows()),
    accounts: accountRows().map(toAccount) satisfies Account[],
    reservations: reservationRows().map(toReservation) satisfies Reservation[],
    records: recordRows.flatMap((read) => read()),
    idempotency: keyRows(),
  };
}

/** The items of jobs that were just selected, by job id; asks only if there are any. */
export async function itemsOf(
  database: Database,
  jobs: readonly Pick<JobRow, 'id' | 'itemsRecorded'>[],
): Promise<ReadonlyMap<string, readonly ItemRow[]>> {
  const ids = jobs.flatMap(({ id, itemsRecorded }) => (itemsRecorded > 0 ? [id] : []));
  const rows = ids.length === 0 ? [] : await database.read<ItemRow>(selectItems, [ids]);
  return Map.groupBy(rows, ({ jobId }) => jobId);
}

function toJobs(jobs: readonly JobRow[], items: readonly ItemRow[]): Job[] {
  const byJob = Map.groupBy(items, ({ jobId }) => jobId);
  return jobs.map((job) => toJob(job, byJob.get(job.id) ?? []));
}
