import type { AccountDay } from '../../domain/account/days.ts';
import type { AccountReads } from '../../ports/store/store.ts';
import type { SqliteDriver } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { selects } from './load.ts';
import {
  toAccount, toLedgerEntry, toReservation,
  type AccountRow, type LedgerRow, type ReservationRow,
} from './rows.ts';

const selectAccounts = 'SELECT * FROM accounts WHERE id > ? AND id >= ? AND id < ? ORDER BY id LIMIT +?';
const selectOldest = 'SELECT * FROM ledger WHERE account_id = ? AND sequence > ? ORDER BY sequence LIMIT +?';
const selectNewest = 'SELECT * FROM ledger WHERE account_id = ? AND sequence < ? ORDER BY sequence DESC LIMIT +?';
const selectDays = `SELECT account_id AS accountId, day, granted, held, spent, returned FROM account_days
  WHERE account_id = ? AND day BETWEEN ? AND ? ORDER BY day`;

export function createAccountReads(driver: SqliteDriver): AccountReads {
  const rows = async <Row>(sql: string, params: readonly (string | number)[]): Promise<Row[]> => {
    const found = driver.all<Row>(sql, params);
    await driver.durable();
    return found;
  };
  return {
    async get(id) {
      const [row] = await rows<AccountRow>(selects.account, [id]);
      return row === undefined ? null : toAccount(row);
    },
    async reservation(jobId) {
      const [row] = await rows<ReservationRow>(selects.reservation, [jobId]);
      return row === undefined ? null : toReservation(row);
    },
    async list({ after, prefix, limit }) {
      assertLimit(limit, 1_000);
      // Ids are ASCII: all that begin with the prefix sort before it with a character above them all.
      const found = await rows<AccountRow>(selectAccounts, [after ?? '', prefix, `${prefix}\u{10FFFF}`, limit]);
      return found.map(toAccount);
    },
    async ledger(accountId, { after, limit, newestFirst = false }) {
      assertLimit(limit, 1_000);
      const found = newestFirst
        ? await rows<LedgerRow>(selectNewest, [accountId, after === 0 ? Number.MAX_SAFE_INTEGER : after, limit])
        : await rows<LedgerRow>(selectOldest, [accountId, after, limit]);
      return found.map(toLedgerEntry);
    },
    async days(accountId, { from, to }) {
      assertLimit(to - from + 1, 366);
      return rows<AccountDay>(selectDays, [accountId, from, to]);
    },
  };
}
