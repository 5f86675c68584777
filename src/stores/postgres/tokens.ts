import type { StoredToken, TokenStore } from '../../ports/store/token-store.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { arraysOf, bigint, insertAll, selectionOf, statement, text, type Column } from './statement.ts';

const columns: readonly Column<StoredToken>[] = [
  text('id', ({ id }) => id),
  text('hash', ({ hash }) => hash),
  text('user_id', ({ userId }) => userId),
  text('roles', ({ roles }) => JSON.stringify(roles)),
  text('name', ({ name }) => name),
  bigint('created_at', ({ createdAt }) => createdAt),
  bigint('expires_at', ({ expiresAt }) => expiresAt),
  bigint('revoked_at', ({ revokedAt }) => revokedAt),
];
const insert = statement('tokens_insert', insertAll('api_keys', columns));
const select = `SELECT ${selectionOf(columns)} FROM api_keys`;
const byHash = statement(
  'tokens_by_hash',
  `${select} WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2::bigint)`,
);
const newestFirst = 'ORDER BY created_at DESC, id DESC LIMIT $1';
const listAll = statement('tokens_list', `${select} ${newestFirst}`);
const listOfUser = statement('tokens_list_user', `${select} WHERE user_id = $2 ${newestFirst}`);
const revoke = statement(
  'tokens_revoke',
  `UPDATE api_keys SET revoked_at = $2::bigint
    WHERE id = $1 AND user_id = COALESCE($3::text, user_id) AND revoked_at IS NULL`,
);
const revokeAll = statement(
  'tokens_revoke_all',
  'UPDATE api_keys SET revoked_at = $2::bigint WHERE user_id = $1 AND revoked_at IS NULL',
);

type Row = Omit<StoredToken, 'roles'> & { readonly roles: string };

export function createTokenStore(database: Database): TokenStore {
  return {
    async insert(token) {
      await database.write([{ statement: insert, values: arraysOf(columns, [token]) }]);
    },
    async findByHash(hash, now) {
      const [row] = await database.read<Row>(byHash, [hash, now]);
      return row === undefined ? null : toToken(row);
    },
    async list(userId, limit) {
      assertLimit(limit, 1_000);
      const rows = await (userId === null
        ? database.read<Row>(listAll, [limit])
        : database.read<Row>(listOfUser, [limit, userId]));
      return rows.map(toToken);
    },
    async revoke(id, userId, now) {
      const [answer] = await database.write([{ statement: revoke, values: [id, now, userId] }]);
      return answer?.count === 1;
    },
    async revokeAll(userId, now) {
      await database.write([{ statement: revokeAll, values: [userId, now] }]);
    },
  };
}

function toToken(row: Row): StoredToken {
  return { ...row, roles: JSON.parse(row.roles) as string[] };
}
