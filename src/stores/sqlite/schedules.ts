import { scheduleTable, type ScheduleStore, type StoredSchedule } from '../../ports/store/schedule-store.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import type { SqliteDriver } from './driver.ts';
import { decode, selectFrom, type RecordRow } from './records.ts';

const select = selectFrom(scheduleTable);
const isOtherKind = 'kind NOT IN (SELECT value FROM json_each(?))';
const due = `${select} enabled = 1 AND next_at IS NOT NULL AND next_at <= ? AND ${isOtherKind}
  ORDER BY next_at, id LIMIT +?`;
const nextDue = `SELECT next_at AS due FROM schedules WHERE enabled = 1 AND next_at IS NOT NULL AND ${isOtherKind}
  ORDER BY next_at LIMIT 1`;

export function createScheduleStore(driver: SqliteDriver): ScheduleStore {
  const durably = async <T>(work: () => T): Promise<T> => {
    const result = work();
    await driver.durable();
    return result;
  };
  return {
    async list({ ownerId, after, limit }) {
      assertLimit(limit, 1_000);
      return durably(() => driver.snapshot(() => list(driver, ownerId, after, limit)).map(toSchedule));
    },
    async due(now, { exceptKinds, limit }) {
      assertLimit(limit, 1_000);
      return durably(() => driver.all<RecordRow>(due, [now, JSON.stringify(exceptKinds), limit]).map(toSchedule));
    },
    nextDueAt: (exceptKinds) =>
      durably(() => driver.all<{ due: number }>(nextDue, [JSON.stringify(exceptKinds)])[0]?.due ?? null),
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
