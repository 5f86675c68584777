import type { AccountDay } from '../../domain/account/days.ts';
import type { AccountReads } from '../../ports/store/store.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import {
  accountColumns, ledgerColumns, reservationColumns, toAccount, toLedgerEntry, toReservation,
  type AccountRow, type LedgerRow, type ReservationRow,
} from './rows.ts';
import { statement } from './statement.ts';

const selectAccount = statement('account', `SELECT ${accountColumns} FROM accounts WHERE id = $1`);
const selectReservation = statement('reservation', `SELECT ${reservationColumns} FROM reservations WHERE job_id = $1`);
const selectLedger = statement(
  'account_ledger',
  `SELECT ${ledgerColumns} FROM ledger WHERE account_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
);

const maxSequence = Number.MAX_SAFE_INTEGER;
const selectNewest = statement(
  'account_ledger_newest',
  `SELECT ${ledgerColumns} FROM ledger WHERE account_id = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3`,
);
const selectAccounts = statement(
  'accounts_list',
  `SELECT ${accountColumns} FROM accounts WHERE id > $1 AND id >= $2 AND id < $3 ORDER BY id LIMIT $4`,
);
const selectDays = statement(
  'account_days',
  `SELECT account_id AS "accountId", day, granted, held, spent, returned FROM account_days
    WHERE account_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day`,
);

export function createAccountReads(database: Database): AccountReads {
  return {
    async get(id) {
      const [row] = await database.read<AccountRow>(selectAccount, [id]);
      return row === undefined ? null : toAccount(row);
    },
    async reservation(jobId) {
      const [row] = await database.read<ReservationRow>(selectReservation, [jobId]);
      return row === undefined ? null : toReservation(row);
    },
    async list({ after, prefix, limit }) {
      assertLimit(limit, 1_000);
      // Ids are ASCII: all that begin with the prefix sort before it with a character above them all.
      const last = `${prefix}\u{10FFFF}`;
      return (await database.read<AccountRow>(selectAccounts, [after ?? '', prefix, last, limit])).map(toAccount);
    },
    async ledger(accountId, { after, limit, newestFirst = false }) {
      assertLimit(limit, 1_000);
      const rows = newestFirst
        ? await database.read<LedgerRow>(selectNewest, [accountId, after === 0 ? maxSequence : after, limit])
        : await database.read<LedgerRow>(selectLedger, [accountId, after, limit]);
      return rows.map(toLedgerEntry);
    },
    async days(accountId, { from, to }) {
      assertLimit(to - from + 1, 366);
      return database.read<AccountDay>(selectDays, [accountId, from, to]);
    },
  };
}
