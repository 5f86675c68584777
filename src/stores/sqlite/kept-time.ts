import type { KeptTime } from '../../ports/store/kept-time.ts';
import type { SqliteDriver } from './driver.ts';

const put = `INSERT INTO certain_time (id, at) VALUES (1, ?)
  ON CONFLICT (id) DO UPDATE SET at = max(min(at, ?), excluded.at)`;

export function createKeptTime(driver: SqliteDriver): KeptTime {
  return {
    get: async () => driver.all<{ at: number }>('SELECT at FROM certain_time')[0]?.at ?? null,
    async put(at, latest) {
      driver.run(put, [at, latest]);
      await driver.durable();
    },
  };
}
