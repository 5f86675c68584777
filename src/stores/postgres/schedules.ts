import type { ScheduleStore, StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import {
  arraysOf, bigint, boolean, insertAll, integer, selectionOf, statement, text, unnest, type Column,
} from './statement.ts';

const content: readonly Column<StoredSchedule>[] = [
  text('owner_id', ({ ownerId }) => ownerId),
  text('name', ({ name }) => name),
  text('cron', ({ cron }) => cron),
  text('time_zone', ({ timeZone }) => timeZone),
  text('job_type', ({ jobType }) => jobType),
  text('template', ({ template }) => JSON.stringify(template ?? null)),
  text('missed', ({ missed }) => missed),
  boolean('enabled', ({ enabled }) => enabled),
  bigint('next_at', ({ nextAt }) => nextAt),
  bigint('last_at', ({ lastAt }) => lastAt),
  text('last_job_id', ({ lastJobId }) => lastJobId),
  bigint('created_at', ({ createdAt }) => createdAt),
  bigint('updated_at', ({ updatedAt }) => updatedAt),
];
const columns: readonly Column<StoredSchedule>[] = [
  text('id', ({ id }) => id),
  integer('version', ({ version }) => version),
  ...content,
];

const insert = statement('schedules_insert', insertAll('schedules', columns, 'ON CONFLICT (id) DO NOTHING'));
const select = `SELECT ${selectionOf(columns)} FROM schedules WHERE`;
const get = statement('schedules_get', `${select} id = $1`);
// After null: from the first on. After one that is gone: the name is null, and nothing comes after it.
const page = `(name, id) > (
    CASE WHEN $1::text IS NULL THEN '' ELSE (SELECT name FROM schedules WHERE id = $1) END, COALESCE($1, '')
  ) ORDER BY name, id LIMIT $2`;
// Only this one may go by the index of all owners (see the part `schedules`).
const listAll = statement('schedules_list', `${select} id <> '' AND ${page}`);
const listOwned = statement('schedules_list_owner', `${select} owner_id = $3 AND ${page}`);
const replace = statement(
  'schedules_replace',
  `UPDATE schedules s SET version = s.version + 1, ${content.map(({ name }) => `${name} = c.${name}`).join(', ')}
    FROM ${unnest(columns)} WHERE s.id = ANY($1::text[]) AND s.version = $${columns.length + 1}`,
);
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

type Row = Omit<StoredSchedule, 'template'> & { readonly template: string };

export function createScheduleStore(database: Database): ScheduleStore {
  return {
    async insert(schedule) {
      const [answer] = await database.write([{ statement: insert, values: arraysOf(columns, [schedule]) }]);
      return answer?.count === 1;
    },
    async get(id) {
      const [row] = await database.read<Row>(get, [id]);
      return row === undefined ? null : toSchedule(row);
    },
    async list({ ownerId, after, limit }) {
      assertLimit(limit, 1_000);
      const rows = await (ownerId === null
        ? database.read<Row>(listAll, [after, limit])
        : database.read<Row>(listOwned, [after, limit, ownerId]));
      return rows.map(toSchedule);
    },
    async replace(schedule, version) {
      const values = [...arraysOf(columns, [schedule]), version];
      const [answer] = await database.write([{ statement: replace, values }]);
      return answer?.count === 1;
    },
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
      return (await database.read<Row>(due, [now, limit])).map(toSchedule);
    },
    async count(ownerId) {
      return (await database.read<{ count: number }>(count, [ownerId]))[0]?.count ?? 0;
    },
    async nextDueAt() {
      return (await database.read<{ due: number }>(nextDue, []))[0]?.due ?? null;
    },
  };
}

function toSchedule(row: Row): StoredSchedule {
  return { ...row, template: JSON.parse(row.template) };
}
