import type { BillingEventRow } from '../../domain/job/history.ts';
import type { UsageReads } from '../../ports/store/usage.ts';
import type { SqliteDriver } from '../sqlite/driver.ts';
import { toLedgerEntry, type LedgerRow } from '../sqlite/rows.ts';

/** What only an account's own object asks of its store. */

/** Looked at with every write, and a user's reservations and ledger are kept for good. */
export function prepareReservations(driver: SqliteDriver): void {
  driver.exec(`
    CREATE INDEX IF NOT EXISTS reservations_held ON reservations (created_at) WHERE state = 'held';
    CREATE INDEX IF NOT EXISTS ledger_grants ON ledger (sequence) WHERE job_id IS NULL;
    CREATE TABLE IF NOT EXISTS grants_sent (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL) STRICT;
    INSERT OR IGNORE INTO grants_sent (id, sequence) VALUES (1, 0);
  `);
}

/** Reservations of jobs that have not ended, the oldest first. A plan's slots bound them. */
export function heldReservations(
  driver: SqliteDriver,
): readonly { readonly jobId: string; readonly createdAt: number }[] {
  return driver.all(
    `SELECT job_id AS jobId, created_at AS createdAt FROM reservations WHERE state = 'held' ORDER BY created_at`,
  );
}

/** The account's jobs, newest first: each has a reservation for as long as it is kept. */
export function reservedJobIds(driver: SqliteDriver, before: string | undefined, limit: number): readonly string[] {
  const rows = driver.all<{ job_id: string }>(
    'SELECT job_id FROM reservations WHERE job_id < ? ORDER BY job_id DESC LIMIT ?',
    // Above every id: a UUID in lower case begins with a hexadecimal digit.
    [before ?? '~', limit],
  );
  return rows.map(({ job_id }) => job_id);
}

/**
 * Billing events that belong to no job (grants) and are not in the common table yet, oldest first. Those of a job
 * come with its history.
 */
export function waitingGrants(driver: SqliteDriver, limit: number): readonly BillingEventRow[] {
  const rows = driver.all<LedgerRow>(
    `SELECT * FROM ledger WHERE job_id IS NULL AND sequence > (SELECT sequence FROM grants_sent)
      ORDER BY sequence LIMIT ?`,
    [limit],
  );
  return rows.map(toLedgerEntry).map(({ accountId, sequence, jobId, type, amount, at }) => ({
    accountId, sequence, jobId, type, amount, occurredAt: at,
  }));
}

/** All of them up to this one are in the common table. */
export function grantsAreSent(driver: SqliteDriver, sequence: number): void {
  driver.run('UPDATE grants_sent SET sequence = max(sequence, ?)', [sequence]);
}

/** Of a job that is gone, unless it holds something. */
export function purgeReservation(driver: SqliteDriver, jobId: string): void {
  driver.run("DELETE FROM reservations WHERE job_id = ? AND state <> 'held'", [jobId]);
}

/** How many jobs of the paid kind the account has. They are in objects of their own: each has a reservation here. */
export function reservationUsage(driver: SqliteDriver, paidKind: string): UsageReads {
  return {
    async of(_, kind) {
      const none = { unfinished: 0, kept: 0, bytes: 0 };
      if (kind !== paidKind) return none;
      const count = "SELECT count(*) AS kept, count(*) FILTER (WHERE state = 'held') AS unfinished FROM reservations";
      return { ...none, ...driver.all<{ kept: number; unfinished: number }>(count)[0] };
    },
  };
}
