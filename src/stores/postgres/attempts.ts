import { clockToleranceMs } from '../../domain/job/start.ts';
import type { AttemptStore } from '../../ports/store/attempt-store.ts';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

const isOver = `a.ends_at <= $2::bigint OR a.ends_at > excluded.ends_at + ${clockToleranceMs}`;
// In the order of their keys, as those that settle take them, so that no two can wait for each other.
const count = statement(
  'attempts_count',
  `INSERT INTO attempts AS a (key, count, ends_at)
    SELECT key, 1, $3::bigint FROM unnest($1::text[]) AS c (key) ORDER BY key COLLATE "C"
    ON CONFLICT (key) DO UPDATE SET
      count = CASE WHEN ${isOver} THEN 1 ELSE a.count + 1 END,
      ends_at = CASE WHEN ${isOver} THEN excluded.ends_at ELSE a.ends_at END
    RETURNING key, count, ends_at AS "endsAt"`,
);
/** More than one count can leave behind, so that they go faster than they come. */
const forgottenAtOnce = 20;
const purgeEnded = statement(
  'attempts_forget_ended',
  `DELETE FROM attempts WHERE key = ANY(ARRAY(
    SELECT key FROM attempts WHERE ends_at <= $1::bigint ORDER BY ends_at LIMIT ${forgottenAtOnce}
    FOR UPDATE SKIP LOCKED
  ))`,
);
const lock = statement(
  'attempts_lock',
  'SELECT key FROM attempts WHERE key = ANY($1::text[]) ORDER BY key COLLATE "C" FOR UPDATE',
);
const clear = statement('attempts_forget', 'DELETE FROM attempts WHERE key = ANY($1::text[])');
const release = statement(
  'attempts_give_back',
  'UPDATE attempts SET count = count - 1 WHERE key = ANY($1::text[]) AND count > 0',
);

interface Counted {
  readonly key: string;
  readonly count: number;
  readonly endsAt: number;
}

export function createAttemptStore(database: Database): AttemptStore {
  return {
    async count(keys, { now, windowMs }) {
      const [counts] = await database.write<Counted>([
        { statement: count, values: [[...new Set(keys)], now, now + windowMs] },
        { statement: purgeEnded, values: [now] },
      ]);
      const byKey = new Map(counts?.rows.map((row) => [row.key, { count: row.count, endsAt: row.endsAt }]));
      return keys.flatMap((key) => byKey.get(key) ?? []);
    },
    async settle(keys) {
      await database.write([
        { statement: lock, values: [[...keys.clear, ...keys.release]] },
        { statement: clear, values: [keys.clear] },
        { statement: release, values: [keys.release] },
      ]);
    },
  };
}
