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
    async ledger(accountId, { after, limit }) {
      assertLimit(limit, 1_000);
      return (await database.read<LedgerRow>(selectLedger, [accountId, after, limit])).map(toLedgerEntry);
    },
  };
}
