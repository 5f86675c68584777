import type { KeptTime } from '../../ports/store/kept-time.ts';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

const select = statement('certain_time', 'SELECT at FROM certain_time');
const put = statement(
  'certain_time_put',
  `INSERT INTO certain_time AS c (id, at) VALUES (1, $1::bigint)
    ON CONFLICT (id) DO UPDATE SET at = greatest(least(c.at, $2::bigint), excluded.at)`,
);

export function createKeptTime(database: Database): KeptTime {
  return {
    get: async () => (await database.read<{ at: number }>(select, []))[0]?.at ?? null,
    put: async (at, latest) => void (await database.write([{ statement: put, values: [at, latest] }])),
  };
}
