import type { StoredToken, TokenStore } from '../../ports/store/token-store.ts';
import type { SqliteDriver } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';

export interface TokenRow {
  id: string;
  hash: string;
  user_id: string;
  roles: string;
  name: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

/** D1 runs them too. */
export const tokenStatements = {
  insert: `INSERT INTO api_keys (id, hash, user_id, roles, name, created_at, expires_at, revoked_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  findByHash: 'SELECT * FROM api_keys WHERE hash = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)',
  list: 'SELECT * FROM api_keys ORDER BY created_at DESC, id DESC LIMIT ?',
  listOfUser: 'SELECT * FROM api_keys WHERE user_id = ? ORDER BY created_at DESC, id DESC LIMIT ?',
  revoke: `UPDATE api_keys SET revoked_at = ?
    WHERE id = ? AND user_id = COALESCE(?, user_id) AND revoked_at IS NULL`,
  revokeAll: 'UPDATE api_keys SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL',
};

export function tokenValues(token: StoredToken): (string | number | null)[] {
  const { id, hash, userId, roles, name, createdAt, expiresAt, revokedAt } = token;
  return [id, hash, userId, JSON.stringify(roles), name, createdAt, expiresAt, revokedAt];
}

export function createTokenStore(driver: SqliteDriver): TokenStore {
  return {
    async insert(token) {
      driver.run(tokenStatements.insert, tokenValues(token));
      await driver.durable();
    },
    async findByHash(hash, now) {
      const [row] = driver.all<TokenRow>(tokenStatements.findByHash, [hash, now]);
      return row === undefined ? null : toToken(row);
    },
    async list(userId, limit) {
      assertLimit(limit, 1_000);
      const rows =
        userId === null
          ? driver.all<TokenRow>(tokenStatements.list, [limit])
          : driver.all<TokenRow>(tokenStatements.listOfUser, [userId, limit]);
      return rows.map(toToken);
    },
    async revoke(id, userId, now) {
      const revoked = driver.run(tokenStatements.revoke, [now, id, userId]);
      await driver.durable();
      return revoked === 1;
    },
    async revokeAll(userId, now) {
      driver.run(tokenStatements.revokeAll, [now, userId]);
      await driver.durable();
    },
  };
}

export function toToken(row: TokenRow): StoredToken {
  return {
    id: row.id,
    hash: row.hash,
    userId: row.user_id,
    roles: JSON.parse(row.roles) as string[],
    name: row.name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
