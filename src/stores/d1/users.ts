import { userKey, type UserStore } from '../../ports/store/user-store.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import type { SqlValue } from '../sqlite/driver.ts';
import { changesOf, standingOf, toUser, userStatements, valuesOf, type StandingRow, type UserRow } from
  '../sqlite/users.ts';
import { rowsOf, type D1Database, type D1Statement } from './database.ts';

/** In D1, where every object and the Worker reach them: the statements are SQLite's. */
export function createD1UserStore(database: D1Database): UserStore {
  const bound = (sql: string, params: readonly SqlValue[]): D1Statement => database.prepare(sql).bind(...params);
  const is = async (sql: string, params: readonly SqlValue[] = []): Promise<boolean> =>
    (await rowsOf(database, sql, params)).length > 0;
  const changes = async (sql: string, params: readonly SqlValue[]): Promise<number> =>
    (await bound(sql, params).all()).meta.changes;
  const one = async (sql: string, params: readonly SqlValue[]): ReturnType<UserStore['find']> => {
    const [row] = await rowsOf<UserRow>(database, sql, params);
    return row === undefined ? null : toUser(row);
  };
  const { insert, insertFirstAdmin, update, updateKeepingAdmin, ...sql } = userStatements;
  return {
    insert: async (user, { firstAdmin }) =>
      (await changes(firstAdmin ? insertFirstAdmin : insert, valuesOf(user))) === 1,
    find: (id) => one(sql.find, [userKey(id)]),
    findByEmail: (email) => one(sql.findByEmail, [userKey(email)]),
    anyAdmin: () => is(sql.anyAdmin),
    async list(after, limit) {
      assertLimit(limit, 1_000);
      return (await rowsOf<UserRow>(database, sql.list, [after === null ? '' : userKey(after), limit])).map(toUser);
    },
    update: async (id, change, options) =>
      (await changes(options?.keepAdmin ? updateKeepingAdmin : update, changesOf(id, change))) === 1,
    async delete(id) {
      const [, removed] = await database.batch([
        bound(sql.removeNetworks, [userKey(id)]), bound(sql.remove, [userKey(id)]),
      ]);
      return removed?.meta.changes === 1;
    },
    async standing(id, sessionId) {
      const [row] = await rowsOf<StandingRow>(database, sql.standing, [sessionId, userKey(id)]);
      return standingOf(row);
    },
    async endSession(sessionId, { now, expiresAt }) {
      await database.batch([bound(sql.purgeSessions, [now]), bound(sql.endSession, [sessionId, expiresAt])]);
    },
    knowsNetwork: (id, network, since) => is(sql.knowsNetwork, [userKey(id), network, since]),
    async addNetwork(id, network, { now, most }) {
      await database.batch([
        bound(sql.addNetwork, [userKey(id), network, now]),
        bound(sql.purgeNetworks, [userKey(id), userKey(id), most]),
      ]);
    },
  };
}
