import { scheduleTable, type ScheduleStore, type StoredSchedule } from '../../ports/store/schedule-store.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import type { SqliteDriver } from './driver.ts';
import { changeRecords, decode, selectFrom, type RecordRow } from './records.ts';

const select = selectFrom(scheduleTable);
const switchOff = `UPDATE schedules SET enabled = 0, next_at = NULL, version = version + 1, updated_at = ?
  WHERE owner_id = ? AND enabled = 1`;
const due = `${select} enabled = 1 AND next_at IS NOT NULL AND next_at <= ? ORDER BY next_at, id LIMIT +?`;
const nextDue = `SELECT next_at AS due FROM schedules WHERE enabled = 1 AND next_at IS NOT NULL
  ORDER BY next_at LIMIT 1`;

const count = 'SELECT count(*) AS count FROM schedules WHERE owner_id = ?';

export function createScheduleStore(driver: SqliteDriver): ScheduleStore {
  const durably = async <T>(work: () => T): Promise<T> => {
    const result = work();
    await driver.durable();
    return result;
  };
  /** False when it is not at the expected version. */
  const write = (row: StoredSchedule, expectedVersion: number): boolean => {
    const change = { table: scheduleTable, key: [row.id], expectedVersion, row };
    return driver.transaction(() => changeRecords(driver, [change])).length === 0;
  };
  return {
    insert: (schedule) => durably(() => write(schedule, 0)),
    get: (id) =>
      durably(() => {
        const [row] = driver.all<RecordRow>(`${select} id = ?`, [id]);
        return row === undefined ? null : toSchedule(row);
      }),
    async list({ ownerId, after, limit }) {
      assertLimit(limit, 1_000);
      return durably(() => driver.snapshot(() => list(driver, ownerId, after, limit)).map(toSchedule));
    },
    replace: (schedule, version) => durably(() => write({ ...schedule, version: version + 1 }, version)),
    delete: (id) => durably(() => driver.run('DELETE FROM schedules WHERE id = ?', [id]) === 1),
    switchOff: (ownerId, now) => durably(() => driver.run(switchOff, [now, ownerId])),
    count: (ownerId) => durably(() => driver.all<{ count: number }>(count, [ownerId])[0]?.count ?? 0),
    async due(now, limit) {
      assertLimit(limit, 1_000);
      return durably(() => driver.all<RecordRow>(due, [now, limit]).map(toSchedule));
    },
    nextDueAt: () => durably(() => driver.all<{ due: number }>(nextDue)[0]?.due ?? null),
  };
}

function list(driver: SqliteDriver, ownerId: string | null, after: string | null, limit: number): RecordRow[] {
  const [start] = after === null
    ? [{ name: '', id: '' }]
    : driver.all<{ name: string; id: string }>('SELECT name, id FROM schedules WHERE id = ?', [after]);
  if (start === undefined) return [];
  const page = '(name, id) > (?, ?) ORDER BY name, id LIMIT +?';
  if (ownerId === null) return driver.all<RecordRow>(`${select} ${page}`, [start.name, start.id, limit]);
  return driver.all<RecordRow>(`${select} owner_id = ? AND ${page}`, [ownerId, start.name, start.id, limit]);
}

function toSchedule(row: RecordRow): StoredSchedule {
  return decode(scheduleTable, row);
}
