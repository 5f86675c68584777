import { clockToleranceMs } from '../../domain/job/start.ts';
import { askedTypeKeptMs, type AskedTypes } from '../../ports/store/asked-types.ts';
import { readWorkKey, workKey } from '../../ports/store/work-key.ts';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

const forget = statement('asked_types_forget', 'DELETE FROM asked_types WHERE asked_at < $1::bigint');
// In the order in which everyone takes these rows.
const note = statement(
  'asked_types_note',
  `INSERT INTO asked_types (type, asked_at) SELECT DISTINCT type, $2::bigint FROM unnest($1::text[]) AS c (type)
    ORDER BY type
    ON CONFLICT (type) DO UPDATE SET asked_at = CASE
      -- Noted by a clock that was ahead.
      WHEN asked_types.asked_at > excluded.asked_at + ${clockToleranceMs} THEN excluded.asked_at
      ELSE greatest(asked_types.asked_at, excluded.asked_at) END`,
);
const when = statement(
  'asked_types_when',
  'SELECT type, asked_at AS "askedAt" FROM asked_types WHERE type = ANY($1::text[])',
);

export function createAskedTypes(database: Database): AskedTypes {
  return {
    async note(kind, types, now) {
      await database.write([{ statement: forget, values: [now - askedTypeKeptMs] }]);
      await database.write([{ statement: note, values: [types.map((type) => workKey(kind, type)), now] }]);
    },
    async when(kind, types) {
      const rows = await database.read<{ readonly type: string; readonly askedAt: number }>(
        when, [types.map((type) => workKey(kind, type))],
      );
      return new Map(rows.map(({ type, askedAt }) => [readWorkKey(type).type, askedAt]));
    },
  };
}
