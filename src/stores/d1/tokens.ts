import { usedEveryMs, type TokenStore } from '../../ports/store/token-store.ts';
import type { SqlValue } from '../sqlite/driver.ts';
import {
  insertValues, pageOf, revocation, toFound, tokenStatements, toToken, type FoundTokenRow, type TokenRow,
} from '../sqlite/tokens.ts';
import { rowsOf, type D1Database, type D1Statement } from './database.ts';

export function createD1TokenStore(database: D1Database): TokenStore {
  const bound = (sql: string, values: readonly SqlValue[]): D1Statement =>
    database.prepare(sql).bind(...values);
  const revokeThose = async (sql: string, params: SqlValue[], now: number): Promise<number> => {
    const rows = await rowsOf<Pick<TokenRow, 'lineage'>>(database, sql, params);
    if (rows.length === 0) return 0;
    const ends = rows.map(({ lineage }) => bound(tokenStatements.revoke, revocation(lineage, now)));
    return (await database.batch(ends)).reduce((count, { meta }) => count + meta.changes, 0);
  };
  return {
    async insert(token, limits) {
      const [, inserted] = await database.batch([
        bound(tokenStatements.purgeDead, [token.userId, limits.now, limits.keepDead]),
        bound(tokenStatements.insert, insertValues(token, limits)),
      ]);
      return inserted?.meta.changes === 1;
    },
    async findByHash(hash, now) {
      return toFound((await rowsOf<FoundTokenRow>(database, tokenStatements.findByHash, [hash, now]))[0]);
    },
    isLive: async (id, now) => (await rowsOf(database, tokenStatements.isLive, [id, now])).length > 0,
    async used(id, now) {
      await database.batch([bound(tokenStatements.used, [now, id, now - usedEveryMs])]);
    },
    async list(filter) {
      return (await rowsOf<TokenRow>(database, ...pageOf(filter))).map(toToken);
    },
    revoke: async (id, userId, now) => (await revokeThose(tokenStatements.find, [id, userId], now)) > 0,
    revokeAll: (userId, now) => revokeThose(tokenStatements.findOfUser, [userId], now),
  };
}
