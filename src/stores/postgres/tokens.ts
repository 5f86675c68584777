import {
  ancestorsIn, lineageOf, usedEveryMs, type StoredToken, type TokenStore,
} from '../../ports/store/token-store.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { arraysOf, bigint, namesOf, selectionOf, statement, text, unnest, type Call, type Column } from
  './statement.ts';

const columns: readonly Column<StoredToken>[] = [
  text('id', ({ id }) => id),
  text('hash', ({ hash }) => hash),
  text('user_id', ({ userId }) => userId),
  text('roles', ({ roles }) => JSON.stringify(roles)),
  text('name', ({ name }) => name),
  text('lineage', lineageOf),
  bigint('created_at', ({ createdAt }) => createdAt),
  bigint('expires_at', ({ expiresAt }) => expiresAt),
  bigint('revoked_at', ({ revokedAt }) => revokedAt),
  bigint('last_used_at', ({ lastUsedAt }) => lastUsedAt),
];
const isLive = (now: string): string => `revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ${now}::bigint)`;
const isDead = (now: string): string => `(revoked_at IS NOT NULL OR expires_at <= ${now}::bigint)`;

// Those of one user are made one after the other, so that each counts those before it.
const waitToInsert = statement(
  'tokens_wait_to_insert',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 7241996350118026))',
);
const insert = statement(
  'tokens_insert',
  `INSERT INTO api_keys (${namesOf(columns)}) SELECT * FROM ${unnest(columns)}
    WHERE (SELECT count(*) FROM api_keys WHERE user_id = $11 AND ${isLive('$12')}) < $13::bigint`,
);
const purgeDead = statement(
  'tokens_forget_dead',
  `DELETE FROM api_keys WHERE id = ANY(ARRAY(SELECT id FROM api_keys WHERE user_id = $1 AND ${isDead('$2')}
    ORDER BY created_at DESC, id DESC OFFSET $3))`,
);
const select = `SELECT ${selectionOf(columns)} FROM api_keys WHERE`;
const ofOwner = 'FROM users WHERE key = lower(api_keys.user_id)';
const byHash = statement(
  'tokens_by_hash',
  `SELECT ${selectionOf(columns)}, (SELECT id ${ofOwner}) AS "ownerId", (SELECT roles ${ofOwner}) AS "ownerRoles",
      (SELECT disabled ${ofOwner}) AS "ownerDisabled"
    FROM api_keys WHERE hash = $1 AND ${isLive('$2')}`,
);
const live = statement('tokens_live', `SELECT 1 FROM api_keys WHERE id = $1 AND ${isLive('$2')}`);
const used = statement(
  'tokens_used',
  'UPDATE api_keys SET last_used_at = $2::bigint WHERE id = $1 AND COALESCE(last_used_at, 0) <= $3::bigint',
);
const page = '(created_at, id) < ($2::bigint, $3) ORDER BY created_at DESC, id DESC LIMIT $4';
const listLive = statement('tokens_list_live', `${select} ${isLive('$1')} AND ${page}`);
const listDead = statement('tokens_list_dead', `${select} ${isDead('$1')} AND ${page}`);
const listLiveOfUser = statement('tokens_list_live_user', `${select} user_id = $5 AND ${isLive('$1')} AND ${page}`);
const listDeadOfUser = statement('tokens_list_dead_user', `${select} user_id = $5 AND ${isDead('$1')} AND ${page}`);
// A key and all that were made with it: an id is followed by nothing, or by a slash.
const lineage = (end: string): string =>
  `(SELECT lineage || '${end}' FROM api_keys WHERE id = $1 AND user_id = COALESCE($3::text, user_id)
      AND revoked_at IS NULL)`;
const revoke = statement(
  'tokens_revoke',
  `UPDATE api_keys SET revoked_at = $2::bigint
    WHERE revoked_at IS NULL AND lineage >= ${lineage('')} AND lineage < ${lineage('0')}`,
);
const idsOfUser = statement('tokens_ids_user', 'SELECT id FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL');

type Row = Omit<StoredToken, 'roles' | 'madeWith'> & { readonly roles: string; readonly lineage: string };

interface Owner {
  readonly ownerId: string | null;
  readonly ownerRoles: string;
  readonly ownerDisabled: boolean;
}

export function createTokenStore(database: Database): TokenStore {
  const revokeThose = async (calls: readonly Call[]): Promise<number> => {
    const answers = calls.length === 0 ? [] : await database.write(calls);
    return answers.reduce((sum, { count }) => sum + count, 0);
  };
  return {
    async insert(token, { now, maxLive, keepDead }) {
      const answers = await database.write([
        { statement: waitToInsert, values: [token.userId] },
        { statement: purgeDead, values: [token.userId, now, keepDead] },
        { statement: insert, values: [...arraysOf(columns, [token]), token.userId, now, maxLive] },
      ]);
      return answers.at(-1)?.count === 1;
    },
    async findByHash(hash, now) {
      const [row] = await database.read<Row & Owner>(byHash, [hash, now]);
      if (row === undefined) return null;
      const { ownerId: id, ownerRoles: roles, ownerDisabled: disabled, ...token } = row;
      return { token: toToken(token), owner: id === null ? null : { id, roles: JSON.parse(roles), disabled } };
    },
    async isLive(id, now) {
      return (await database.read(live, [id, now])).length > 0;
    },
    async used(id, now) {
      await database.write([{ statement: used, values: [id, now, now - usedEveryMs] }]);
    },
    async list({ userId, live: isLiveOnes, now, before, limit }) {
      assertLimit(limit, 1_000);
      const values = [now, before?.createdAt ?? Number.MAX_SAFE_INTEGER, before?.id ?? '', limit];
      const rows = await (userId === null
        ? database.read<Row>(isLiveOnes ? listLive : listDead, values)
        : database.read<Row>(isLiveOnes ? listLiveOfUser : listDeadOfUser, [...values, userId]));
      return rows.map(toToken);
    },
    async revoke(id, userId, now) {
      return (await revokeThose([{ statement: revoke, values: [id, now, userId] }])) > 0;
    },
    async revokeAll(userId, now) {
      const rows = await database.read<{ id: string }>(idsOfUser, [userId]);
      return revokeThose(rows.map(({ id }) => ({ statement: revoke, values: [id, now, userId] })));
    },
  };
}

function toToken({ lineage, ...row }: Row): StoredToken {
  return { ...row, roles: JSON.parse(row.roles) as string[], madeWith: ancestorsIn(lineage) };
}
