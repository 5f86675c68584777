import { userKey, type StoredUser, type UserChange, type UserStore } from '../../ports/store/user-store.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';

export interface UserRow {
  id: string;
  email: string | null;
  name: string | null;
  password_hash: string;
  roles: string;
  disabled: number;
  created_at: number;
  updated_at: number;
  tokens_from: number;
}

/** Of a user that is not there, all but `ended` is null. */
export interface StandingRow extends Pick<UserRow, 'roles' | 'disabled' | 'tokens_from'> {
  id: string | null;
  ended: number;
}

const columns = 'id, email, name, password_hash, roles, disabled, created_at, updated_at, tokens_from';
const hasAdmin = `roles LIKE '%"admin"%'`;
const isAdmin = `${hasAdmin} AND disabled = 0`;
const anyAdmin = `SELECT 1 FROM users WHERE ${hasAdmin} LIMIT 1`;
/** Of the administrators who are not disabled, this one is the only one. */
const isOnlyAdmin = `${isAdmin}
  AND NOT EXISTS (SELECT 1 FROM users AS other WHERE other.key <> users.key AND other.${isAdmin})`;
const insert = `INSERT INTO users (key, email_key, ${columns})`;
const update = `UPDATE OR IGNORE users SET email = iif(?, ?, email), email_key = iif(?, ?, email_key),
    name = iif(?, ?, name), password_hash = COALESCE(?, password_hash), roles = COALESCE(?, roles),
    disabled = COALESCE(?, disabled), tokens_from = COALESCE(?, tokens_from), updated_at = ?
  WHERE key = ?`;
/** More than one that is added, so that they go faster than they come. */
const forgottenAtOnce = 20;

/** Also those of D1. The numbers of parameters are those of `valuesOf` and `changesOf`. */
export const userStatements = {
  insert: `${insert} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  /** Unless there is an administrator. */
  insertFirstAdmin: `${insert} SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (${anyAdmin})
    ON CONFLICT DO NOTHING`,
  find: `SELECT ${columns} FROM users WHERE key = ?`,
  findByEmail: `SELECT ${columns} FROM users WHERE email_key = ?`,
  list: `SELECT ${columns} FROM users WHERE key > ? ORDER BY key LIMIT +?`,
  update,
  /** Unless no administrator would be left. */
  updateKeepingAdmin: `${update} AND NOT (${isOnlyAdmin})`,
  anyAdmin,
  remove: 'DELETE FROM users WHERE key = ?',
  /** One row, whether there is such a user or not. */
  standing: `SELECT u.id, u.roles, u.disabled, u.tokens_from,
      EXISTS (SELECT 1 FROM ended_sessions WHERE id = ?) AS ended
    FROM (SELECT ? AS wanted) LEFT JOIN users AS u ON u.key = wanted`,
  endSession: `INSERT INTO ended_sessions (id, expires_at) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)`,
  purgeSessions: `DELETE FROM ended_sessions
    WHERE id IN (SELECT id FROM ended_sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ${forgottenAtOnce})`,
  knowsNetwork: 'SELECT 1 FROM login_networks WHERE user_key = ? AND network = ? AND at >= ?',
  addNetwork: `INSERT INTO login_networks (user_key, network, at) VALUES (?, ?, ?)
    ON CONFLICT (user_key, network) DO UPDATE SET at = excluded.at`,
  purgeNetworks: `DELETE FROM login_networks WHERE user_key = ? AND network NOT IN
    (SELECT network FROM login_networks WHERE user_key = ? ORDER BY at DESC, network DESC LIMIT +?)`,
  removeNetworks: 'DELETE FROM login_networks WHERE user_key = ?',
} as const;

const sql = userStatements;

export function createUserStore(driver: SqliteDriver): UserStore {
  const durably = async <T>(work: () => T): Promise<T> => {
    const result = work();
    await driver.durable();
    return result;
  };
  const atOnce = <T>(work: () => T): Promise<T> => durably(() => driver.transaction(work));
  const is = (query: string, params: readonly SqlValue[] = []): boolean => driver.all(query, params).length > 0;
  const one = (query: string, params: readonly SqlValue[]): StoredUser | null => {
    const [row] = driver.all<UserRow>(query, params);
    return row === undefined ? null : toUser(row);
  };
  return {
    insert: (user, { firstAdmin }) =>
      durably(() => driver.run(firstAdmin ? sql.insertFirstAdmin : sql.insert, valuesOf(user)) === 1),
    find: (id) => durably(() => one(sql.find, [userKey(id)])),
    findByEmail: (email) => durably(() => one(sql.findByEmail, [userKey(email)])),
    anyAdmin: () => durably(() => is(sql.anyAdmin)),
    async list(after, limit) {
      assertLimit(limit, 1_000);
      return durably(() => driver.all<UserRow>(sql.list, [after === null ? '' : userKey(after), limit]).map(toUser));
    },
    update: (id, change, options) =>
      durably(() => driver.run(options?.keepAdmin ? sql.updateKeepingAdmin : sql.update, changesOf(id, change)) === 1),
    delete: (id) =>
      atOnce(() => {
        driver.run(sql.removeNetworks, [userKey(id)]);
        return driver.run(sql.remove, [userKey(id)]) === 1;
      }),
    // Nothing is answered that a loss of power could undo but what its own request waits for.
    async standing(id, sessionId) {
      return standingOf(driver.all<StandingRow>(sql.standing, [sessionId, userKey(id)])[0]);
    },
    endSession: (sessionId, { now, expiresAt }) =>
      atOnce(() => {
        driver.run(sql.purgeSessions, [now]);
        driver.run(sql.endSession, [sessionId, expiresAt]);
      }),
    knowsNetwork: (id, network, since) => durably(() => is(sql.knowsNetwork, [userKey(id), network, since])),
    addNetwork: (id, network, { now, most }) =>
      atOnce(() => {
        driver.run(sql.addNetwork, [userKey(id), network, now]);
        driver.run(sql.purgeNetworks, [userKey(id), userKey(id), most]);
      }),
  };
}

export function changesOf(id: string, change: UserChange): SqlValue[] {
  const { email, name, passwordHash = null, roles, disabled, tokensFrom = null, updatedAt } = change;
  const newEmail = Number(email !== undefined);
  return [
    newEmail, email ?? null, newEmail, email == null ? null : userKey(email), Number(name !== undefined), name ?? null,
    passwordHash, roles === undefined ? null : JSON.stringify(roles), disabled === undefined ? null : Number(disabled),
    tokensFrom, updatedAt, userKey(id),
  ];
}

export function valuesOf(user: StoredUser): SqlValue[] {
  const { id, email, name, passwordHash, roles, disabled, createdAt, updatedAt, tokensFrom } = user;
  const keys = [userKey(id), email === null ? null : userKey(email)];
  const times = [createdAt, updatedAt, tokensFrom];
  return [...keys, id, email, name, passwordHash, JSON.stringify(roles), Number(disabled), ...times];
}

export function standingOf(row: StandingRow | undefined): Awaited<ReturnType<UserStore['standing']>> {
  const { id = null, roles = '[]', disabled, tokens_from: tokensFrom = 0, ended } = row ?? {};
  const isEnded = ended === 1;
  if (id === null) return { user: null, isEnded };
  return { user: { id, roles: JSON.parse(roles) as string[], disabled: disabled === 1, tokensFrom }, isEnded };
}

export function toUser(row: UserRow): StoredUser {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    passwordHash: row.password_hash,
    roles: JSON.parse(row.roles) as string[],
    disabled: row.disabled === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    tokensFrom: row.tokens_from,
  };
}
