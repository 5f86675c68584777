import type { Account, LedgerEntry, Reservation } from '../../domain/account/account.ts';
import { daySumsOf, type AccountDay } from '../../domain/account/days.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Job } from '../../domain/job/job.ts';
import {
  CommitAborted, UsageExceeded,
  type AccountRowChange, type Commit, type CommitResult, type IdempotencyRecord, type ReleasedKey,
} from '../../ports/store/commit.ts';
import { usageChanges } from '../../ports/store/usage.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { writeEndedObjects } from './ended-objects.ts';
import { noteBatchOf, writeEvents } from './event-batches.ts';
import { writeHistory } from './history.ts';
import { countJobs } from './job-counts.ts';
import { addToCredits } from './measures.ts';
import { appendToOutbox } from './outbox.ts';
import { changeRecords } from './records.ts';
import { changeUsage, isExceeded } from './usage.ts';
import { WorkChanges } from './work-changes.ts';
import { writeJob } from './write-jobs.ts';

/** Takes the transaction back when versions have moved; never leaves this file. */
class Conflict extends Error {}

/**
 * Stores a commit in one transaction. Rows go in one by one through cached statements: measured, that
 * is as fast as inserting many with one statement and twice as fast as unpacking JSON in SQL. `lists`: whether the
 * database keeps what lists go by beside the jobs, their counts and labels.
 */
export function commit(driver: SqliteDriver, changes: Commit, { lists }: { readonly lists: boolean }): CommitResult {
  const conflicts: string[] = [];
  try {
    driver.transaction(() => {
      const work = new WorkChanges(driver, changes.work);
      conflicts.push(...writeJobs(driver, changes, work));
      for (const change of changes.accounts) {
        if (!writeAccount(driver, change)) conflicts.push(`account:${change.account.id}`);
      }
      for (const key of changes.released) releaseKey(driver, key);
      for (const record of changes.idempotency) {
        if (!insertIdempotency(driver, record)) conflicts.push(`idempotency:${record.scope} ${record.key}`);
      }
      conflicts.push(...changeRecords(driver, changes.records));
      if (conflicts.length > 0) throw new Conflict();
      if (lists) {
        for (const { job, before } of changes.jobs) if (before === null) insertLabels(driver, job);
        countJobs(driver, changes.jobs);
        changeUsage(driver, usageChanges(changes.jobs));
        addToCredits(driver, changes.ledger);
      }
      for (const reservation of changes.reservations) putReservation(driver, reservation);
      for (const entry of changes.ledger) appendToLedger(driver, entry);
      for (const sums of daySumsOf(changes.ledger)) addToDay(driver, sums);
      work.write();
      for (const message of changes.outbox) appendToOutbox(driver, message);
      for (const history of changes.history) writeHistory(driver, history);
      for (const objects of changes.objects) writeEndedObjects(driver, objects);
      if (changes.caps?.some((cap) => isExceeded(driver, cap))) throw new UsageExceeded();
    });
  } catch (error) {
    if (error instanceof Conflict) return { ok: false, conflicts };
    // The driver has rolled back.
    throw error instanceof UsageExceeded ? error : new CommitAborted(String(error), { cause: error });
  }
  return { ok: true };
}

/** With their events. Answers the names of those that are not at the expected version. */
function writeJobs(driver: SqliteDriver, { jobs, events }: Commit, work: WorkChanges): string[] {
  const told = new Set(events.map(({ jobId }) => jobId));
  const batch = writeEvents(driver, events, jobs);
  const conflicts: string[] = [];
  for (const change of jobs) {
    const { id } = change.job;
    if (!writeJob(driver, change, work, told.delete(id) ? batch : null)) conflicts.push(`job:${id}`);
  }
  if (batch !== null) noteBatchOf(driver, batch, told);
  return conflicts;
}

const insertLabel = 'INSERT INTO job_labels (kind, name, value, place, owner_id) VALUES (?, ?, ?, ?, ?)';

/** For good: no event changes a job's labels. */
function insertLabels(driver: SqliteDriver, job: Job): void {
  const { kind, ownerId, labels } = job;
  const place = placeOf(job);
  for (const [name, value] of Object.entries(labels)) driver.run(insertLabel, [kind, name, value, place, ownerId]);
}

const insertAccount = `INSERT INTO accounts (plan, granted, available, reserved, spent, active_jobs, used_rule_slots,
  failed_items, failures_since, ledger_sequence, version, updated_at, id, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;

const updateAccount = `UPDATE accounts SET plan = ?, granted = ?, available = ?, reserved = ?, spent = ?,
  active_jobs = ?, used_rule_slots = ?, failed_items = ?, failures_since = ?, ledger_sequence = ?, version = ?,
  updated_at = ? WHERE id = ? AND version = ?`;

/** False when the account is not at the expected version. */
function writeAccount(driver: SqliteDriver, { account, expectedVersion }: AccountRowChange): boolean {
  const values = accountValues(account);
  if (expectedVersion === 0) return driver.run(insertAccount, [...values, account.createdAt]) === 1;
  return driver.run(updateAccount, [...values, expectedVersion]) === 1;
}

function accountValues(account: Account): SqlValue[] {
  return [
    account.plan, account.granted, account.available, account.reserved, account.spent, account.activeJobs,
    account.usedRuleSlots, account.failedItems, account.failuresSince, account.ledgerSequence, account.version,
    account.updatedAt, account.id,
  ];
}

function releaseKey(driver: SqliteDriver, { scope, key, resourceId }: ReleasedKey): void {
  driver.run('DELETE FROM idempotency_keys WHERE scope = ? AND key = ? AND resource_id = ?', [scope, key, resourceId]);
}

/** False when the key was used before. */
function insertIdempotency(driver: SqliteDriver, record: IdempotencyRecord): boolean {
  const { scope, key, fingerprint, resourceId, createdAt } = record;
  const written = driver.run(
    `INSERT INTO idempotency_keys (scope, key, fingerprint, resource_id, created_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (scope, key) DO NOTHING`,
    [scope, key, fingerprint, resourceId, createdAt],
  );
  return written === 1;
}

const upsertReservation = `INSERT INTO reservations
  (job_id, account_id, state, held, spent, created_at, settled_at, movements) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (job_id) DO UPDATE SET state = excluded.state, held = excluded.held, spent = excluded.spent,
  settled_at = excluded.settled_at, movements = excluded.movements`;

function putReservation(driver: SqliteDriver, reservation: Reservation): void {
  const { jobId, accountId, state, held, spent, createdAt, settledAt, movements } = reservation;
  driver.run(upsertReservation, [
    jobId, accountId, state, held, spent, createdAt, settledAt, JSON.stringify(movements),
  ]);
}

const insertLedger = `INSERT INTO ledger (account_id, sequence, job_id, type, debit, credit, amount, note, at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

function appendToLedger(driver: SqliteDriver, entry: LedgerEntry): void {
  const { accountId, sequence, jobId, type, debit, credit, amount, note, at } = entry;
  driver.run(insertLedger, [accountId, sequence, jobId, type, debit, credit, amount, note, at]);
}

const upsertDay = `INSERT INTO account_days (account_id, day, granted, held, spent, returned) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (account_id, day) DO UPDATE SET granted = granted + excluded.granted, held = held + excluded.held,
  spent = spent + excluded.spent, returned = returned + excluded.returned`;

function addToDay(driver: SqliteDriver, { accountId, day, granted, held, spent, returned }: AccountDay): void {
  driver.run(upsertDay, [accountId, day, granted, held, spent, returned]);
}
