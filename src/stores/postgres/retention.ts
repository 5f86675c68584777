import type { Retention } from '../../ports/store/store.ts';
import type { Database } from './database.ts';
import { assertLimit } from './limits.ts';
import { statement, type Statement } from './statement.ts';

// Rows that another server is just forgetting are left to it.
const forgetIdempotency = statement(
  'forget_idempotency',
  `WITH old AS MATERIALIZED (SELECT scope, key FROM idempotency_keys
      WHERE created_at < $1::bigint ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM idempotency_keys k USING old WHERE k.scope = old.scope AND k.key = old.key`,
);
const forgetMessages = statement(
  'forget_messages',
  `WITH old AS MATERIALIZED (SELECT queue, message_id FROM queue_tombstones
      WHERE due_at < $1::bigint ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM queue_tombstones t USING old WHERE t.queue = old.queue AND t.message_id = old.message_id`,
);

export function createRetention(database: Database): Retention {
  const forget = (which: Statement) => async (before: number, limit: number): Promise<number> => {
    assertLimit(limit, 10_000);
    const [answer] = await database.write([{ statement: which, values: [before, limit] }]);
    return answer?.count ?? 0;
  };
  return { forgetIdempotency: forget(forgetIdempotency), forgetMessages: forget(forgetMessages) };
}
