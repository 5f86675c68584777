import { userKey, type StoredUser, type UserChange, type UserStore } from '../../ports/store/user-store.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { sqlStates, TransactionRefused } from './failures.ts';
import {
  arraysOf, bigint, boolean, namesOf, selectionOf, statement, text, unnest, type Call, type Column, type Statement,
} from './statement.ts';

const columns: readonly Column<StoredUser>[] = [
  text('id', ({ id }) => id),
  text('email', ({ email }) => email),
  text('name', ({ name }) => name),
  text('password_hash', ({ passwordHash }) => passwordHash),
  text('roles', ({ roles }) => JSON.stringify(roles)),
  boolean('disabled', ({ disabled }) => disabled),
  bigint('created_at', ({ createdAt }) => createdAt),
  bigint('updated_at', ({ updatedAt }) => updatedAt),
  bigint('tokens_from', ({ tokensFrom }) => tokensFrom),
];
const written: readonly Column<StoredUser>[] = [
  text('key', ({ id }) => userKey(id)),
  text('email_key', ({ email }) => (email === null ? null : userKey(email))),
  ...columns,
];

const hasAdmin = `roles LIKE '%"admin"%'`;
// Every key is above the empty one: said so that it goes by the index.
const selectAdmin = `SELECT 1 FROM users WHERE key > '' AND ${hasAdmin}`;
const insertInto = `INSERT INTO users (${namesOf(written)}) SELECT * FROM ${unnest(written)}`;
const insert = statement('users_insert', `${insertInto} ON CONFLICT DO NOTHING`);
// Those who want to be the first wait for each other, each until the one before has committed.
const waitToBeFirst = statement('users_wait_to_be_first', 'SELECT pg_advisory_xact_lock(7241996350118024)');
const insertFirst = statement(
  'users_insert_first',
  `${insertInto} WHERE NOT EXISTS (${selectAdmin}) ON CONFLICT DO NOTHING`,
);
const anyAdmin = statement('users_any_admin', `${selectAdmin} LIMIT 1`);
const select = `SELECT ${selectionOf(columns)} FROM users WHERE`;
const find = statement('users_find', `${select} key = $1`);
const findByEmail = statement('users_find_by_email', `${select} email_key = $1`);
const list = statement('users_list', `${select} key > $1 ORDER BY key LIMIT $2`);
const update = statement(
  'users_update',
  `UPDATE users SET email = CASE WHEN $2::boolean THEN $3 ELSE email END,
      email_key = CASE WHEN $2::boolean THEN $4 ELSE email_key END,
      name = CASE WHEN $5::boolean THEN $6 ELSE name END,
      password_hash = COALESCE($7, password_hash), roles = COALESCE($8, roles),
      disabled = COALESCE($9::boolean, disabled), tokens_from = COALESCE($10::bigint, tokens_from),
      updated_at = $11::bigint
    WHERE key = $1 AND NOT EXISTS (SELECT 1 FROM users AS other WHERE other.email_key = $4 AND other.key <> $1)`,
);
const isAdmin = `${hasAdmin} AND NOT disabled`;
const waitToUpdate = statement('users_wait_to_update', 'SELECT pg_advisory_xact_lock(7241996350118025)');
const updateKeepingAdmin = statement(
  'users_update_keeping_admin',
  `${update.text} AND (NOT (${isAdmin})
      OR EXISTS (SELECT 1 FROM users AS other WHERE other.key > '' AND other.key <> users.key AND ${isAdmin}))`,
);
const remove = statement('users_delete', 'DELETE FROM users WHERE key = $1');

const isEnded = 'EXISTS (SELECT 1 FROM ended_sessions WHERE id = $2) AS "isEnded"';
const standing = statement(
  'users_standing',
  `SELECT id, roles, disabled, tokens_from AS "tokensFrom", ${isEnded} FROM users WHERE key = $1
    UNION ALL SELECT NULL, NULL, NULL, NULL, ${isEnded} WHERE NOT EXISTS (SELECT 1 FROM users WHERE key = $1)`,
);
const endSession = statement(
  'sessions_end',
  `INSERT INTO ended_sessions AS e (id, expires_at) VALUES ($1, $2::bigint)
    ON CONFLICT (id) DO UPDATE SET expires_at = GREATEST(e.expires_at, excluded.expires_at)`,
);
/** More than one that is added, so that they go faster than they come. */
const forgottenAtOnce = 20;
const purgeSessions = statement(
  'sessions_forget',
  `DELETE FROM ended_sessions WHERE id = ANY(ARRAY(
    SELECT id FROM ended_sessions WHERE expires_at <= $1::bigint ORDER BY expires_at LIMIT ${forgottenAtOnce}
    FOR UPDATE SKIP LOCKED
  ))`,
);

const knowsNetwork = statement(
  'networks_known',
  'SELECT 1 FROM login_networks WHERE user_key = $1 AND network = $2 AND at >= $3::bigint',
);
const addNetwork = statement(
  'networks_add',
  `INSERT INTO login_networks (user_key, network, at) VALUES ($1, $2, $3::bigint)
    ON CONFLICT (user_key, network) DO UPDATE SET at = excluded.at`,
);
const purgeNetworks = statement(
  'networks_forget',
  `DELETE FROM login_networks WHERE user_key = $1 AND network = ANY(ARRAY(
    SELECT network FROM login_networks WHERE user_key = $1 ORDER BY at DESC, network DESC OFFSET $2
    FOR UPDATE SKIP LOCKED
  ))`,
);
const removeNetworks = statement('networks_remove', 'DELETE FROM login_networks WHERE user_key = $1');

type Row = Omit<StoredUser, 'roles'> & { readonly roles: string };
type StandingRow = { readonly id: string | null; readonly isEnded: boolean } & Pick<
  Row,
  'roles' | 'disabled' | 'tokensFrom'
>;

export function createUserStore(database: Database): UserStore {
  const changesOne = async (...calls: readonly Call[]): Promise<boolean> =>
    (await database.write(calls)).at(-1)?.count === 1;
  const one = async (by: Statement, name: string): Promise<StoredUser | null> => {
    const [row] = await database.read<Row>(by, [userKey(name)]);
    return row === undefined ? null : toUser(row);
  };
  return {
    insert(user, { firstAdmin }) {
      const values = arraysOf(written, [user]);
      if (!firstAdmin) return changesOne({ statement: insert, values });
      return changesOne({ statement: waitToBeFirst, values: [] }, { statement: insertFirst, values });
    },
    find: (id) => one(find, id),
    findByEmail: (email) => one(findByEmail, email),
    async anyAdmin() {
      return (await database.read(anyAdmin, [])).length > 0;
    },
    async list(after, limit) {
      assertLimit(limit, 1_000);
      return (await database.read<Row>(list, [after === null ? '' : userKey(after), limit])).map(toUser);
    },
    async update(id, change, options) {
      const values = changesOf(id, change);
      const calls = options?.keepAdmin
        ? [{ statement: waitToUpdate, values: [] }, { statement: updateKeepingAdmin, values }]
        : [{ statement: update, values }];
      try {
        return await changesOne(...calls);
      } catch (error) {
        // Somebody takes the same address at this moment, who was not to be seen yet.
        if (error instanceof TransactionRefused && error.code === sqlStates.uniqueViolation) return false;
        throw error;
      }
    },
    delete: (id) =>
      changesOne({ statement: removeNetworks, values: [userKey(id)] }, { statement: remove, values: [userKey(id)] }),
    async standing(id, sessionId) {
      const [row] = await database.read<StandingRow>(standing, [userKey(id), sessionId]);
      if (row === undefined || row.id === null) return { user: null, isEnded: row?.isEnded ?? false };
      const { roles, disabled, tokensFrom } = row;
      return { user: { id: row.id, roles: JSON.parse(roles), disabled, tokensFrom }, isEnded: row.isEnded };
    },
    async endSession(sessionId, { now, expiresAt }) {
      await database.write([
        { statement: purgeSessions, values: [now] },
        { statement: endSession, values: [sessionId, expiresAt] },
      ]);
    },
    async knowsNetwork(id, network, since) {
      return (await database.read(knowsNetwork, [userKey(id), network, since])).length > 0;
    },
    async addNetwork(id, network, { now, most }) {
      await database.write([
        { statement: addNetwork, values: [userKey(id), network, now] },
        { statement: purgeNetworks, values: [userKey(id), most] },
      ]);
    },
  };
}

function changesOf(id: string, change: UserChange): Call['values'] {
  const { email, name, passwordHash = null, roles, disabled = null, tokensFrom = null, updatedAt } = change;
  return [
    userKey(id), email !== undefined, email ?? null, email == null ? null : userKey(email), name !== undefined,
    name ?? null, passwordHash, roles === undefined ? null : JSON.stringify(roles), disabled, tokensFrom, updatedAt,
  ];
}

function toUser(row: Row): StoredUser {
  return { ...row, roles: JSON.parse(row.roles) as string[] };
}
