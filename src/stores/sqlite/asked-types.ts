import { askedTypeKeptMs, type AskedTypes } from '../../ports/store/asked-types.ts';
import { readWorkKey, workKey } from '../../ports/store/work-key.ts';
import type { SqliteDriver } from './driver.ts';

export function createAskedTypes(driver: SqliteDriver): AskedTypes {
  return {
    // Not waited for until it is durable: it is said again soon.
    async note(kind, types, now) {
      driver.transaction(() => {
        driver.run('DELETE FROM asked_types WHERE asked_at < ?', [now - askedTypeKeptMs]);
        driver.run(
          `INSERT INTO asked_types (type, asked_at) SELECT value, ? FROM json_each(?) WHERE true
            ON CONFLICT (type) DO UPDATE SET asked_at = excluded.asked_at`,
          [now, JSON.stringify(types.map((type) => workKey(kind, type)))],
        );
      });
    },
    async when(kind, types) {
      const rows = driver.all<{ type: string; asked_at: number }>(
        'SELECT type, asked_at FROM asked_types WHERE type IN (SELECT value FROM json_each(?))',
        [JSON.stringify(types.map((type) => workKey(kind, type)))],
      );
      return new Map(rows.map(({ type, asked_at }) => [readWorkKey(type).type, asked_at]));
    },
  };
}
