import type { TokenStore } from '../../ports/store/token-store.ts';
import { tokenStatements, tokenValues, toToken, type TokenRow } from '../sqlite/tokens.ts';
import { rowsOf, type D1Database } from './database.ts';

export function createD1TokenStore(database: D1Database): TokenStore {
  return {
    async insert(token) {
      await database.prepare(tokenStatements.insert).bind(...tokenValues(token)).all();
    },
    async findByHash(hash, now) {
      const [row] = await rowsOf<TokenRow>(database, tokenStatements.findByHash, [hash, now]);
      return row === undefined ? null : toToken(row);
    },
    async list(userId, limit) {
      const rows =
        userId === null
          ? await rowsOf<TokenRow>(database, tokenStatements.list, [limit])
          : await rowsOf<TokenRow>(database, tokenStatements.listOfUser, [userId, limit]);
      return rows.map(toToken);
    },
    async revoke(id, userId, now) {
      const { meta } = await database.prepare(tokenStatements.revoke).bind(now, id, userId).all();
      return meta.changes === 1;
    },
    async revokeAll(userId, now) {
      await database.prepare(tokenStatements.revokeAll).bind(now, userId).all();
    },
  };
}
