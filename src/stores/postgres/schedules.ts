import { assertLimit } from '../../ports/store/limits.ts';
import { scheduleTable, type ScheduleStore, type StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { Database } from './database.ts';
import { decode, selectFrom } from './records.ts';
import { statement } from './statement.ts';

const select = selectFrom(scheduleTable);
// After null: from the first on. After one that is gone: the name is null, and nothing comes after it.
const page = `(name, id) > (
    CASE WHEN $1::text IS NULL THEN '' ELSE (SELECT name FROM schedules WHERE id = $1) END, COALESCE($1, '')
  ) ORDER BY name, id LIMIT $2`;
// Only this one may go by the index of all owners (see the part `schedules`).
const listAll = statement('schedules_list', `${select} id <> '' AND ${page}`);
const listOwned = statement('schedules_list_owner', `${select} owner_id = $3 AND ${page}`);
const due = statement(
  'schedules_due',
  `${select} enabled AND next_at IS NOT NULL AND next_at <= $1::bigint AND kind <> ALL ($2::text[])
    ORDER BY next_at, id LIMIT $3`,
);
// No time is before 1970: said so that it goes by the index.
const nextDue = statement(
  'schedules_next_due',
  `SELECT next_at AS due FROM schedules
    WHERE enabled AND next_at IS NOT NULL AND next_at >= 0 AND kind <> ALL ($1::text[]) ORDER BY next_at LIMIT 1`,
);

const toSchedule = (row: object): StoredSchedule => decode(scheduleTable, row);

export function createScheduleStore(database: Database): ScheduleStore {
  return {
    async list({ ownerId, after, limit }) {
      assertLimit(limit, 1_000);
      const rows = await (ownerId === null
        ? database.read<object>(listAll, [after, limit])
        : database.read<object>(listOwned, [after, limit, ownerId]));
      return rows.map(toSchedule);
    },
    async due(now, { exceptKinds, limit }) {
      assertLimit(limit, 1_000);
      return (await database.read<object>(due, [now, exceptKinds, limit])).map(toSchedule);
    },
    async nextDueAt(exceptKinds) {
      return (await database.read<{ due: number }>(nextDue, [exceptKinds]))[0]?.due ?? null;
    },
  };
}
