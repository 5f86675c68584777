import {
  ancestorsIn, lineageOf, usedEveryMs, type StoredToken, type TokenFilter, type TokenLimits, type TokenStore,
} from '../../ports/store/token-store.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';

export interface TokenRow {
  id: string;
  hash: string;
  user_id: string;
  roles: string;
  name: string;
  lineage: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
}

export interface FoundTokenRow extends TokenRow {
  owner_id: string | null;
  owner_roles: string;
  owner_disabled: number;
}

const isLive = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)';
const isDead = '(revoked_at IS NOT NULL OR expires_at <= ?)';
const page = '(created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT +?';

/** D1 runs them too. */
export const tokenStatements = {
  insert: `INSERT INTO api_keys (id, hash, user_id, roles, name, lineage, created_at, expires_at, revoked_at,
      last_used_at)
    SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
    WHERE (SELECT count(*) FROM api_keys WHERE user_id = ? AND ${isLive}) < ?`,
  purgeDead: `DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE user_id = ? AND ${isDead}
    ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?)`,
  findByHash: `SELECT k.*, u.id AS owner_id, u.roles AS owner_roles, u.disabled AS owner_disabled
    FROM api_keys k LEFT JOIN users u ON u.key = lower(k.user_id) WHERE k.hash = ? AND ${isLive}`,
  isLive: `SELECT 1 FROM api_keys WHERE id = ? AND ${isLive}`,
  listLive: `SELECT * FROM api_keys WHERE ${isLive} AND ${page}`,
  listDead: `SELECT * FROM api_keys WHERE ${isDead} AND ${page}`,
  listLiveOfUser: `SELECT * FROM api_keys WHERE user_id = ? AND ${isLive} AND ${page}`,
  listDeadOfUser: `SELECT * FROM api_keys WHERE user_id = ? AND ${isDead} AND ${page}`,
  used: 'UPDATE api_keys SET last_used_at = ? WHERE id = ? AND COALESCE(last_used_at, 0) <= ?',
  find: `SELECT lineage FROM api_keys WHERE id = ? AND user_id = COALESCE(?, user_id) AND revoked_at IS NULL`,
  findOfUser: 'SELECT lineage FROM api_keys WHERE user_id = ? AND revoked_at IS NULL',
  revoke: 'UPDATE api_keys SET revoked_at = ? WHERE revoked_at IS NULL AND lineage >= ? AND lineage < ?',
};

export function insertValues(token: StoredToken, { now, maxLive }: TokenLimits): SqlValue[] {
  const { id, hash, userId, roles, name, createdAt, expiresAt, revokedAt, lastUsedAt } = token;
  const times = [createdAt, expiresAt, revokedAt, lastUsedAt];
  return [id, hash, userId, JSON.stringify(roles), name, lineageOf(token), ...times, userId, now, maxLive];
}

/** The statement of a page and what is bound to it. */
export function pageOf({ userId, live, now, before, limit }: TokenFilter): readonly [sql: string, values: SqlValue[]] {
  assertLimit(limit, 1_000);
  const { listLive, listDead, listLiveOfUser, listDeadOfUser } = tokenStatements;
  const values = [now, before?.createdAt ?? Number.MAX_SAFE_INTEGER, before?.id ?? '', limit];
  if (userId === null) return [live ? listLive : listDead, values];
  return [live ? listLiveOfUser : listDeadOfUser, [userId, ...values]];
}

/** Bound to `revoke`: the key and all that were made with it. An id is followed by nothing, or by a slash. */
export function revocation(lineage: string, now: number): SqlValue[] {
  return [now, lineage, `${lineage}0`];
}

export function createTokenStore(driver: SqliteDriver): TokenStore {
  const { insert, purgeDead, find, findOfUser, revoke } = tokenStatements;
  const revokeThose = (sql: string, params: readonly SqlValue[], now: number): number =>
    driver.transaction(() => {
      let count = 0;
      for (const { lineage } of driver.all<Pick<TokenRow, 'lineage'>>(sql, params)) {
        count += driver.run(revoke, revocation(lineage, now));
      }
      return count;
    });
  return {
    async insert(token, limits) {
      const inserted = driver.transaction(() => {
        driver.run(purgeDead, [token.userId, limits.now, limits.keepDead]);
        return driver.run(insert, insertValues(token, limits)) === 1;
      });
      await driver.durable();
      return inserted;
    },
    async findByHash(hash, now) {
      return toFound(driver.all<FoundTokenRow>(tokenStatements.findByHash, [hash, now])[0]);
    },
    isLive: async (id, now) => driver.all(tokenStatements.isLive, [id, now]).length > 0,
    async used(id, now) {
      if (driver.run(tokenStatements.used, [now, id, now - usedEveryMs]) > 0) await driver.durable();
    },
    async list(filter) {
      return driver.all<TokenRow>(...pageOf(filter)).map(toToken);
    },
    async revoke(id, userId, now) {
      const revoked = revokeThose(find, [id, userId], now);
      await driver.durable();
      return revoked > 0;
    },
    async revokeAll(userId, now) {
      const revoked = revokeThose(findOfUser, [userId], now);
      await driver.durable();
      return revoked;
    },
  };
}

export function toFound(row: FoundTokenRow | undefined): Awaited<ReturnType<TokenStore['findByHash']>> {
  if (row === undefined) return null;
  const { owner_id: id, owner_roles: roles, owner_disabled: disabled } = row;
  const owner = id === null ? null : { id, roles: JSON.parse(roles) as string[], disabled: disabled === 1 };
  return { token: toToken(row), owner };
}

export function toToken(row: TokenRow): StoredToken {
  return {
    id: row.id,
    hash: row.hash,
    userId: row.user_id,
    roles: JSON.parse(row.roles) as string[],
    name: row.name,
    madeWith: ancestorsIn(row.lineage),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  };
}
