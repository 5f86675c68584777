import { isLimited, noWorkLimits, type RateLimit } from '../../domain/job/work.ts';
import { readWorkKey, workKey } from '../../ports/store/work-key.ts';
import type { WorkType } from '../../ports/store/work-store.ts';
import { oneAtATime } from './admission.ts';
import type { Database } from './database.ts';
import { givenOut } from './leases.ts';
import {
  arraysOf, bigint, boolean, insertAll, integer, namesOf, statement, text, type Call, type Column,
} from './statement.ts';

const limitColumns: readonly Column<WorkType>[] = [
  boolean('paused', ({ limits }) => limits.paused),
  integer('max_running', ({ limits }) => limits.maxRunning),
  integer('max_running_per_key', ({ limits }) => limits.maxRunningPerKey),
  integer('rate_count', ({ limits }) => limits.rate?.count ?? null),
  bigint('rate_window_ms', ({ limits }) => limits.rate?.windowMs ?? null),
  integer('key_rate_count', ({ limits }) => limits.ratePerKey?.count ?? null),
  bigint('key_rate_window_ms', ({ limits }) => limits.ratePerKey?.windowMs ?? null),
];
const columns: readonly Column<WorkType>[] = [
  text('name', ({ kind, name }) => workKey(kind, name)),
  ...limitColumns,
  text('defaults', ({ defaults }) => JSON.stringify(defaults ?? null)),
  bigint('updated_at', ({ updatedAt }) => updatedAt),
];

interface Row {
  /** With its kind: see `workKey`. */
  readonly name: string;
  readonly paused: boolean;
  readonly max_running: number | null;
  readonly max_running_per_key: number;
  readonly rate_count: number | null;
  readonly rate_window_ms: number | null;
  readonly key_rate_count: number | null;
  readonly key_rate_window_ms: number | null;
  readonly defaults: string;
  readonly updated_at: number;
}

const select = `SELECT ${namesOf(columns)} FROM work_types`;
const get = statement('work_type', `${select} WHERE name = $1`);
const list = statement('work_types', `${select} WHERE name >= '' ORDER BY name LIMIT 10000`);
const assignments = columns.slice(1).map(({ name }) => `${name} = excluded.${name}`).join(', ');
const put = statement(
  'work_type_put',
  insertAll('work_types', columns, `ON CONFLICT (name) DO UPDATE SET ${assignments}`),
);

/** Rows that one statement takes back into the line. */
const linedUpAtOnce = 1_000;
/** Claims that are under way have their rows among the first so many times that; others are left to `admit`. */
const rounds = 20;
/** Rows that were let on and that nobody has claimed, at most. */
const mostLetOn = 10_000;
// In the order of their ids, as everyone waits for them. What is claimed meanwhile is leased, and holds a slot too.
const lineUp = statement(
  'work_type_line_up',
  `WITH first AS MATERIALIZED (
      SELECT id FROM jobs_open WHERE work_key = $1 AND slot = $2::boolean AND stage = 'ready' AND work_token IS NULL
      ORDER BY -priority, id LIMIT $3
    )
    UPDATE jobs_open SET slot = TRUE, stage = CASE WHEN work_token IS NULL THEN 'queued' ELSE stage END
    WHERE id = ANY(ARRAY(SELECT id FROM first ORDER BY id)) AND stage = ANY(ARRAY['ready', 'assigned'])`,
);
// All that runs is looked at, which is little beside what waits.
const holdSlots = statement(
  'work_type_hold',
  `UPDATE jobs_open SET slot = TRUE
    WHERE id = ANY(ARRAY(${givenOut} ORDER BY id)) AND work_key = $1 AND slot = FALSE AND work_token IS NOT NULL`,
);

export async function readTypes(database: Database): Promise<readonly WorkType[]> {
  return (await database.read<Row>(list, [])).map(toType);
}

/**
 * Claims that begin from now on give out rows of a limited type only with a slot. Those under way are waited for, so
 * that what they have given out counts. What was let on by other limits goes back into the line, while nobody admits.
 */
export async function putType(database: Database, type: WorkType): Promise<void> {
  const { limits } = type;
  const name = workKey(type.kind, type.name);
  const [before] = await database.read<Row>(get, [name]);
  const call: Call = { statement: put, values: arraysOf(columns, [type]) };
  const limitsBefore = before === undefined ? noWorkLimits : toType(before).limits;
  if (limitColumns.every(({ of }) => of({ ...type, limits: limitsBefore }) === of(type))) {
    await database.write([call]);
    return;
  }
  const letOn: Call = { statement: lineUp, values: [name, true, mostLetOn] };
  await database.write([{ statement: oneAtATime, values: [] }, call, letOn]);
  if (!isLimited(limits)) return;
  for (let round = 0; round < rounds; round++) {
    const [linedUp] = await database.write([{ statement: lineUp, values: [name, false, linedUpAtOnce] }]);
    if ((linedUp?.count ?? 0) < linedUpAtOnce) break;
  }
  await database.write([{ statement: holdSlots, values: [name] }]);
}

function toType(row: Row): WorkType {
  const { kind, type: name } = readWorkKey(row.name);
  return {
    kind,
    name,
    limits: {
      paused: row.paused,
      maxRunning: row.max_running,
      maxRunningPerKey: row.max_running_per_key,
      rate: rateOf(row.rate_count, row.rate_window_ms),
      ratePerKey: rateOf(row.key_rate_count, row.key_rate_window_ms),
    },
    defaults: JSON.parse(row.defaults),
    updatedAt: row.updated_at,
  };
}

function rateOf(count: number | null, windowMs: number | null): RateLimit | null {
  return count === null || windowMs === null ? null : { count, windowMs };
}
