import { clockToleranceMs } from '../../domain/job/start.ts';
import type { AttemptStore } from '../../ports/store/attempt-store.ts';
import type { SqliteDriver } from './driver.ts';

/** More than one count can leave behind, so that they go faster than they come. */
const forgottenAtOnce = 20;

/** D1 runs them too. */
export const attemptStatements = {
  count: `INSERT INTO attempts (key, count, ends_at) VALUES (?, 1, ?)
    ON CONFLICT (key) DO UPDATE SET
      count = iif(ends_at <= ? OR ends_at > excluded.ends_at + ${clockToleranceMs}, 1, count + 1),
      ends_at = iif(ends_at <= ? OR ends_at > excluded.ends_at + ${clockToleranceMs}, excluded.ends_at, ends_at)`,
  counted: 'SELECT count, ends_at AS endsAt FROM attempts WHERE key = ?',
  purgeEnded: `DELETE FROM attempts
    WHERE key IN (SELECT key FROM attempts WHERE ends_at <= ? ORDER BY ends_at LIMIT ${forgottenAtOnce})`,
  clear: 'DELETE FROM attempts WHERE key IN (SELECT value FROM json_each(?))',
  release: 'UPDATE attempts SET count = count - 1 WHERE count > 0 AND key IN (SELECT value FROM json_each(?))',
};

export function createAttemptStore(driver: SqliteDriver): AttemptStore {
  const { count, counted, purgeEnded, clear, release } = attemptStatements;
  return {
    async count(keys, { now, windowMs }) {
      const counts = driver.transaction(() => {
        for (const key of new Set(keys)) driver.run(count, [key, now + windowMs, now, now]);
        driver.run(purgeEnded, [now]);
        return keys.flatMap((key) => driver.all<{ count: number; endsAt: number }>(counted, [key]));
      });
      await driver.durable();
      return counts;
    },
    async settle(keys) {
      driver.transaction(() => {
        driver.run(clear, [JSON.stringify(keys.clear)]);
        driver.run(release, [JSON.stringify(keys.release)]);
      });
      await driver.durable();
    },
  };
}
