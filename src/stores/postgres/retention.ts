import type { Retention } from '../../ports/store/store.ts';
import type { Database } from './database.ts';
import { assertLimit } from './limits.ts';
import { statement, type Statement } from './statement.ts';

// Rows that another server is just forgetting are left to it. They never change, so that the place at which one was
// found (its ctid) is still its own when it is deleted.
const forget = (table: string, age: string): string =>
  `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ${table} WHERE ${age} < $1::bigint ORDER BY ${age} LIMIT $2 FOR UPDATE SKIP LOCKED
  ))`;
const forgetIdempotency = statement('forget_idempotency', forget('idempotency_keys', 'created_at'));
const forgetMessages = statement('forget_messages', forget('queue_tombstones', 'due_at'));

export function createRetention(database: Database): Retention {
  const forgetting = (which: Statement) => async (before: number, limit: number): Promise<number> => {
    assertLimit(limit, 10_000);
    const [answer] = await database.write([{ statement: which, values: [before, limit] }]);
    return answer?.count ?? 0;
  };
  return { forgetIdempotency: forgetting(forgetIdempotency), forgetMessages: forgetting(forgetMessages) };
}
