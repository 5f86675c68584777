import type { Retention } from '../../ports/store/store.ts';
import type { SqliteDriver } from './driver.ts';
import { assertLimit } from './jobs.ts';

const forgetIdempotency = `DELETE FROM idempotency_keys WHERE (scope, key) IN
  (SELECT scope, key FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?)`;
const forgetMessages = `DELETE FROM queue_messages WHERE (queue, message_id) IN
  (SELECT queue, message_id FROM queue_messages WHERE state = 'gone' AND due_at < ? ORDER BY due_at LIMIT ?)`;

export function createRetention(driver: SqliteDriver): Retention {
  const forget = (sql: string) => async (before: number, limit: number): Promise<number> => {
    assertLimit(limit, 10_000);
    const gone = driver.run(sql, [before, limit]);
    await driver.durable();
    return gone;
  };
  return { forgetIdempotency: forget(forgetIdempotency), forgetMessages: forget(forgetMessages) };
}
