import type { ScheduleStore, StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';

interface Row {
  id: string;
  owner_id: string;
  name: string;
  cron: string;
  time_zone: string;
  job_type: string;
  template: string;
  missed: StoredSchedule['missed'];
  enabled: number;
  next_at: number | null;
  last_at: number | null;
  last_job_id: string | null;
  version: number;
  created_at: number;
  updated_at: number;
}

/** All but the id and the version. */
const content: readonly (readonly [column: string, of: (schedule: StoredSchedule) => SqlValue])[] = [
  ['owner_id', ({ ownerId }) => ownerId],
  ['name', ({ name }) => name],
  ['cron', ({ cron }) => cron],
  ['time_zone', ({ timeZone }) => timeZone],
  ['job_type', ({ jobType }) => jobType],
  ['template', ({ template }) => JSON.stringify(template ?? null)],
  ['missed', ({ missed }) => missed],
  ['enabled', ({ enabled }) => Number(enabled)],
  ['next_at', ({ nextAt }) => nextAt],
  ['last_at', ({ lastAt }) => lastAt],
  ['last_job_id', ({ lastJobId }) => lastJobId],
  ['created_at', ({ createdAt }) => createdAt],
  ['updated_at', ({ updatedAt }) => updatedAt],
];
const valuesOf = (schedule: StoredSchedule): SqlValue[] => content.map(([, of]) => of(schedule));
const names = content.map(([name]) => name);

const columns = `id, version, ${names.join(', ')}`;
const insert = `INSERT INTO schedules (${columns}) VALUES (?, ?${', ?'.repeat(names.length)})
  ON CONFLICT (id) DO NOTHING`;
const select = `SELECT ${columns} FROM schedules WHERE`;
const replace = `UPDATE schedules SET version = ?, ${names.map((name) => `${name} = ?`).join(', ')}
  WHERE id = ? AND version = ?`;
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
  return {
    insert: (schedule) =>
      durably(() => driver.run(insert, [schedule.id, schedule.version, ...valuesOf(schedule)]) === 1),
    get: (id) =>
      durably(() => {
        const [row] = driver.all<Row>(`${select} id = ?`, [id]);
        return row === undefined ? null : toSchedule(row);
      }),
    async list({ ownerId, after, limit }) {
      assertLimit(limit, 1_000);
      return durably(() => driver.snapshot(() => list(driver, ownerId, after, limit)).map(toSchedule));
    },
    replace: (schedule, version) =>
      durably(() => driver.run(replace, [version + 1, ...valuesOf(schedule), schedule.id, version]) === 1),
    delete: (id) => durably(() => driver.run('DELETE FROM schedules WHERE id = ?', [id]) === 1),
    switchOff: (ownerId, now) => durably(() => driver.run(switchOff, [now, ownerId])),
    count: (ownerId) => durably(() => driver.all<{ count: number }>(count, [ownerId])[0]?.count ?? 0),
    async due(now, limit) {
      assertLimit(limit, 1_000);
      return durably(() => driver.all<Row>(due, [now, limit]).map(toSchedule));
    },
    nextDueAt: () => durably(() => driver.all<{ due: number }>(nextDue)[0]?.due ?? null),
  };
}

function list(driver: SqliteDriver, ownerId: string | null, after: string | null, limit: number): Row[] {
  const [start] = after === null
    ? [{ name: '', id: '' }]
    : driver.all<{ name: string; id: string }>('SELECT name, id FROM schedules WHERE id = ?', [after]);
  if (start === undefined) return [];
  const page = '(name, id) > (?, ?) ORDER BY name, id LIMIT +?';
  if (ownerId === null) return driver.all<Row>(`${select} ${page}`, [start.name, start.id, limit]);
  return driver.all<Row>(`${select} owner_id = ? AND ${page}`, [ownerId, start.name, start.id, limit]);
}

function toSchedule(row: Row): StoredSchedule {
  return {
    id: row.id,
    ownerId: row.owner_id,
    name: row.name,
    cron: row.cron,
    timeZone: row.time_zone,
    jobType: row.job_type,
    template: JSON.parse(row.template),
    missed: row.missed,
    enabled: row.enabled === 1,
    nextAt: row.next_at,
    lastAt: row.last_at,
    lastJobId: row.last_job_id,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
