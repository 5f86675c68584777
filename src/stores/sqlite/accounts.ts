import type { AccountReads } from '../../ports/store/store.ts';
import type { SqliteDriver } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { selects } from './load.ts';
import {
  toAccount, toLedgerEntry, toReservation,
  type AccountRow, type LedgerRow, type ReservationRow,
} from './rows.ts';

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
    async ledger(accountId, { after, limit }) {
      assertLimit(limit, 1_000);
      const found = await rows<LedgerRow>(
        'SELECT * FROM ledger WHERE account_id = ? AND sequence > ? ORDER BY sequence LIMIT +?',
        [accountId, after, limit],
      );
      return found.map(toLedgerEntry);
    },
  };
}
