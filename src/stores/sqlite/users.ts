import { userKey, type StoredUser, type UserStore } from '../../ports/store/user-store.ts';
import type { SqliteDriver } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';

interface Row {
  id: string;
  password_hash: string;
  roles: string;
  disabled: number;
  created_at: number;
  updated_at: number;
  tokens_from: number;
}

const columns = 'id, password_hash, roles, disabled, created_at, updated_at, tokens_from';
const insert = `INSERT INTO users (key, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`;
const find = `SELECT ${columns} FROM users WHERE key = ?`;
const list = `SELECT ${columns} FROM users WHERE key > ? ORDER BY key LIMIT ?`;
const update = `UPDATE users SET password_hash = COALESCE(?, password_hash), roles = COALESCE(?, roles),
    disabled = COALESCE(?, disabled), tokens_from = COALESCE(?, tokens_from), updated_at = ?
  WHERE key = ?`;
const isAdmin = `roles LIKE '%"admin"%' AND disabled = 0`;
const onlyAdmin = `SELECT 1 FROM users WHERE key = ? AND ${isAdmin}
  AND NOT EXISTS (SELECT 1 FROM users AS other WHERE other.key <> users.key AND ${isAdmin})`;
const remove = 'DELETE FROM users WHERE key = ?';

const count = `INSERT INTO login_attempts (key, count, ends_at) VALUES (?, 1, ?)
  ON CONFLICT (key) DO UPDATE SET count = iif(ends_at <= ?, 1, count + 1),
    ends_at = iif(ends_at <= ?, excluded.ends_at, ends_at)`;
const counted = 'SELECT count, ends_at AS endsAt FROM login_attempts WHERE key = ?';
/** More than one count can leave behind, so that they go faster than they come. */
const forgottenAtOnce = 20;
const forgetEnded = `DELETE FROM login_attempts
  WHERE key IN (SELECT key FROM login_attempts WHERE ends_at <= ? ORDER BY ends_at LIMIT ${forgottenAtOnce})`;
const forget = 'DELETE FROM login_attempts WHERE key IN (SELECT value FROM json_each(?))';

export function createUserStore(driver: SqliteDriver): UserStore {
  const durably = async <T>(work: () => T): Promise<T> => {
    const result = work();
    await driver.durable();
    return result;
  };
  const any = (): boolean => driver.all('SELECT 1 FROM users LIMIT 1').length > 0;
  return {
    insert: (user, { onlyFirst }) =>
      durably(() => driver.transaction(() => !(onlyFirst && any()) && driver.run(insert, valuesOf(user)) === 1)),
    find: (id) =>
      durably(() => {
        const [row] = driver.all<Row>(find, [userKey(id)]);
        return row === undefined ? null : toUser(row);
      }),
    any: () => durably(any),
    async list(after, limit) {
      assertLimit(limit, 1_000);
      return durably(() => driver.all<Row>(list, [after === null ? '' : userKey(after), limit]).map(toUser));
    },
    update: (id, { passwordHash = null, roles, disabled, tokensFrom = null, updatedAt }, options) =>
      durably(() => {
        const rolesNow = roles === undefined ? null : JSON.stringify(roles);
        const disabledNow = disabled === undefined ? null : Number(disabled);
        const values = [passwordHash, rolesNow, disabledNow, tokensFrom, updatedAt, userKey(id)];
        return driver.transaction(() => {
          if (options?.keepAdmin && driver.all(onlyAdmin, [userKey(id)]).length > 0) return false;
          return driver.run(update, values) === 1;
        });
      }),
    delete: (id) => durably(() => driver.run(remove, [userKey(id)]) === 1),
    countAttempt: (keys, { now, windowMs }) =>
      durably(() =>
        driver.transaction(() => {
          for (const key of new Set(keys)) driver.run(count, [key, now + windowMs, now, now]);
          driver.run(forgetEnded, [now]);
          return keys.flatMap((key) => driver.all<{ count: number; endsAt: number }>(counted, [key]));
        }),
      ),
    forgetAttempts: (keys) => durably(() => void driver.run(forget, [JSON.stringify(keys)])),
  };
}

function valuesOf(user: StoredUser): (string | number)[] {
  const { id, passwordHash, roles, disabled, createdAt, updatedAt, tokensFrom } = user;
  return [userKey(id), id, passwordHash, JSON.stringify(roles), Number(disabled), createdAt, updatedAt, tokensFrom];
}

function toUser(row: Row): StoredUser {
  return {
    id: row.id,
    passwordHash: row.password_hash,
    roles: JSON.parse(row.roles) as string[],
    disabled: row.disabled === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    tokensFrom: row.tokens_from,
  };
}
