import { askedTypeKeptMs, type AskedTypes } from '../../ports/store/asked-types.ts';
import type { SqliteDriver } from './driver.ts';

export function createAskedTypes(driver: SqliteDriver): AskedTypes {
  return {
    // Not waited for until it is durable: it is said again soon.
    async note(types, now) {
      driver.transaction(() => {
        driver.run('DELETE FROM asked_types WHERE asked_at < ?', [now - askedTypeKeptMs]);
        driver.run(
          `INSERT INTO asked_types (type, asked_at) SELECT value, ? FROM json_each(?) WHERE true
            ON CONFLICT (type) DO UPDATE SET asked_at = excluded.asked_at`,
          [now, JSON.stringify(types)],
        );
      });
    },
    async when(types) {
      const rows = driver.all<{ type: string; asked_at: number }>(
        'SELECT type, asked_at FROM asked_types WHERE type IN (SELECT value FROM json_each(?))',
        [JSON.stringify(types)],
      );
      return new Map(rows.map(({ type, asked_at }) => [type, asked_at]));
    },
  };
}
