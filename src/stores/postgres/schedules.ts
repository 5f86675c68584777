import { assertLimit } from '../../ports/store/limits.ts';
import { scheduleTable, type ScheduleStore, type StoredSchedule } from '../../ports/store/schedule-store.ts';
import { writeRecords } from './commit.ts';
import type { Database } from './database.ts';
import { decode, selectFrom } from './records.ts';
import { statement } from './statement.ts';

const select = selectFrom(scheduleTable);
const get = statement('schedules_get', `${select} id = $1`);
// After null: from the first on. After one that is gone: the name is null, and nothing comes after it.
const page = `(name, id) > (
    CASE WHEN $1::text IS NULL THEN '' ELSE (SELECT name FROM schedules WHERE id = $1) END, COALESCE($1, '')
  ) ORDER BY name, id LIMIT $2`;
// Only this one may go by the index of all owners (see the part `schedules`).
const listAll = statement('schedules_list', `${select} id <> '' AND ${page}`);
const listOwned = statement('schedules_list_owner', `${select} owner_id = $3 AND ${page}`);
const remove = statement('schedules_delete', 'DELETE FROM schedules WHERE id = $1');
const switchOff = statement(
  'schedules_switch_off',
  `UPDATE schedules SET enabled = false, next_at = NULL, version = version + 1, updated_at = $2::bigint
    WHERE owner_id = $1 AND enabled`,
);
const due = statement(
  'schedules_due',
  `${select} enabled AND next_at IS NOT NULL AND next_at <= $1::bigint ORDER BY next_at, id LIMIT $2`,
);
// No time is before 1970: said so that it goes by the index.
const count = statement('schedules_count', 'SELECT count(*) AS count FROM schedules WHERE owner_id = $1');
const nextDue = statement(
  'schedules_next_due',
  `SELECT next_at AS due FROM schedules WHERE enabled AND next_at IS NOT NULL AND next_at >= 0
    ORDER BY next_at LIMIT 1`,
);

const toSchedule = (row: object): StoredSchedule => decode(scheduleTable, row);

export function createScheduleStore(database: Database): ScheduleStore {
  /** False when it is not at the expected version. */
  const write = async (row: StoredSchedule, expectedVersion: number): Promise<boolean> => {
    const record = { table: scheduleTable, key: [row.id], expectedVersion, row };
    return (await writeRecords(database, [record])).ok;
  };
  return {
    insert: (schedule) => write(schedule, 0),
    async get(id) {
      const [row] = await database.read<object>(get, [id]);
      return row === undefined ? null : toSchedule(row);
    },
    async list({ ownerId, after, limit }) {
      assertLimit(limit, 1_000);
      const rows = await (ownerId === null
        ? database.read<object>(listAll, [after, limit])
        : database.read<object>(listOwned, [after, limit, ownerId]));
      return rows.map(toSchedule);
    },
    replace: (schedule, version) => write({ ...schedule, version: version + 1 }, version),
    async delete(id) {
      const [answer] = await database.write([{ statement: remove, values: [id] }]);
      return answer?.count === 1;
    },
    async switchOff(ownerId, now) {
      const [answer] = await database.write([{ statement: switchOff, values: [ownerId, now] }]);
      return answer?.count ?? 0;
    },
    async due(now, limit) {
      assertLimit(limit, 1_000);
      return (await database.read<object>(due, [now, limit])).map(toSchedule);
    },
    async count(ownerId) {
      return (await database.read<{ count: number }>(count, [ownerId]))[0]?.count ?? 0;
    },
    async nextDueAt() {
      return (await database.read<{ due: number }>(nextDue, []))[0]?.due ?? null;
    },
  };
}
