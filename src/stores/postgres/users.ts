import { userKey, type StoredUser, type UserStore } from '../../ports/store/user-store.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import {
  arraysOf, bigint, boolean, namesOf, selectionOf, statement, text, unnest, type Call, type Column,
} from './statement.ts';

const columns: readonly Column<StoredUser>[] = [
  text('id', ({ id }) => id),
  text('password_hash', ({ passwordHash }) => passwordHash),
  text('roles', ({ roles }) => JSON.stringify(roles)),
  boolean('disabled', ({ disabled }) => disabled),
  bigint('created_at', ({ createdAt }) => createdAt),
  bigint('updated_at', ({ updatedAt }) => updatedAt),
  bigint('tokens_from', ({ tokensFrom }) => tokensFrom),
];
const written: readonly Column<StoredUser>[] = [text('key', ({ id }) => userKey(id)), ...columns];

// Every key is above the empty one: said so that it goes by the index.
const anyUser = "SELECT 1 FROM users WHERE key > ''";
const insertInto = `INSERT INTO users (${namesOf(written)}) SELECT * FROM ${unnest(written)}`;
const insert = statement('users_insert', `${insertInto} ON CONFLICT (key) DO NOTHING`);
// Those who want to be the first wait for each other, each until the one before has committed.
const waitToBeFirst = statement('users_wait_to_be_first', 'SELECT pg_advisory_xact_lock(7241996350118024)');
const insertFirst = statement(
  'users_insert_first',
  `${insertInto} WHERE NOT EXISTS (${anyUser}) ON CONFLICT (key) DO NOTHING`,
);
const any = statement('users_any', `${anyUser} LIMIT 1`);
const find = statement('users_find', `SELECT ${selectionOf(columns)} FROM users WHERE key = $1`);
const list = statement('users_list', `SELECT ${selectionOf(columns)} FROM users WHERE key > $1 ORDER BY key LIMIT $2`);
const update = statement(
  'users_update',
  `UPDATE users SET password_hash = COALESCE($2, password_hash), roles = COALESCE($3, roles),
      disabled = COALESCE($4::boolean, disabled), tokens_from = COALESCE($5::bigint, tokens_from),
      updated_at = $6::bigint
    WHERE key = $1`,
);
const isAdmin = `roles LIKE '%"admin"%' AND NOT disabled`;
const waitToKeepAdmin = statement('users_wait_to_keep_admin', 'SELECT pg_advisory_xact_lock(7241996350118025)');
const updateKeepingAdmin = statement(
  'users_update_keeping_admin',
  `${update.text} AND (NOT (${isAdmin})
      OR EXISTS (SELECT 1 FROM users AS other WHERE other.key > '' AND other.key <> users.key AND ${isAdmin}))`,
);
const remove = statement('users_delete', 'DELETE FROM users WHERE key = $1');

// In the order of their keys, as `forget` takes them, so that no two can wait for each other.
const count = statement(
  'login_attempts_count',
  `INSERT INTO login_attempts AS a (key, count, ends_at)
    SELECT key, 1, $3::bigint FROM unnest($1::text[]) AS c (key) ORDER BY key COLLATE "C"
    ON CONFLICT (key) DO UPDATE SET
      count = CASE WHEN a.ends_at <= $2::bigint THEN 1 ELSE a.count + 1 END,
      ends_at = CASE WHEN a.ends_at <= $2::bigint THEN excluded.ends_at ELSE a.ends_at END
    RETURNING key, count, ends_at AS "endsAt"`,
);
/** More than one count can leave behind, so that they go faster than they come. */
const forgottenAtOnce = 20;
const forgetEnded = statement(
  'login_attempts_forget_ended',
  `DELETE FROM login_attempts WHERE key = ANY(ARRAY(
    SELECT key FROM login_attempts WHERE ends_at <= $1::bigint ORDER BY ends_at LIMIT ${forgottenAtOnce}
    FOR UPDATE SKIP LOCKED
  ))`,
);
const forget = statement('login_attempts_forget', 'DELETE FROM login_attempts WHERE key = ANY($1::text[])');

type Row = Omit<StoredUser, 'roles'> & { readonly roles: string };

interface Counted {
  readonly key: string;
  readonly count: number;
  readonly endsAt: number;
}

export function createUserStore(database: Database): UserStore {
  const changesOne = async (...calls: readonly Call[]): Promise<boolean> =>
    (await database.write(calls)).at(-1)?.count === 1;
  return {
    insert(user, { onlyFirst }) {
      const values = arraysOf(written, [user]);
      if (!onlyFirst) return changesOne({ statement: insert, values });
      return changesOne({ statement: waitToBeFirst, values: [] }, { statement: insertFirst, values });
    },
    async find(id) {
      const [row] = await database.read<Row>(find, [userKey(id)]);
      return row === undefined ? null : toUser(row);
    },
    async any() {
      return (await database.read(any, [])).length > 0;
    },
    async list(after, limit) {
      assertLimit(limit, 1_000);
      return (await database.read<Row>(list, [after === null ? '' : userKey(after), limit])).map(toUser);
    },
    update(id, { passwordHash = null, roles, disabled = null, tokensFrom = null, updatedAt }, options) {
      const rolesNow = roles === undefined ? null : JSON.stringify(roles);
      const values = [userKey(id), passwordHash, rolesNow, disabled, tokensFrom, updatedAt];
      if (!options?.keepAdmin) return changesOne({ statement: update, values });
      return changesOne({ statement: waitToKeepAdmin, values: [] }, { statement: updateKeepingAdmin, values });
    },
    delete: (id) => changesOne({ statement: remove, values: [userKey(id)] }),
    async countAttempt(keys, { now, windowMs }) {
      const [counts] = await database.write<Counted>([
        { statement: count, values: [[...new Set(keys)], now, now + windowMs] },
        { statement: forgetEnded, values: [now] },
      ]);
      const byKey = new Map(counts?.rows.map((row) => [row.key, { count: row.count, endsAt: row.endsAt }]));
      return keys.flatMap((key) => byKey.get(key) ?? []);
    },
    async forgetAttempts(keys) {
      await database.write([{ statement: forget, values: [keys] }]);
    },
  };
}

function toUser(row: Row): StoredUser {
  return { ...row, roles: JSON.parse(row.roles) as string[] };
}
