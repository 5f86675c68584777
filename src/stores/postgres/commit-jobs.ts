import type { Item } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import { splitJson } from '../../ports/store/json-parts.ts';
import { allOrNothing } from './all-or-nothing.ts';
import type { WorkOfJobs } from './commit-work.ts';
import { withNewBatch } from './event-batches.ts';
import { insertJobs } from './insert-jobs.ts';
import { changing, columns, lasting, namesIn, offered, putOf, type Written } from './job-columns.ts';
import { RowStatement } from './row-statement.ts';
import {
  arraysOf, bigint, float8, insertAll, integer, namesOf, statement, text, type Call, type Column,
} from './statement.ts';
import { joinLimited, slotOf, stageColumns, stageOf, unleased, withdrawn, type Put } from './work-columns.ts';

interface Changed extends Written {
  readonly expectedVersion: number;
  /** Null: as it was. */
  readonly listedState: string | null;
  /** How it is offered from now on; null where that stays, or nothing is offered. */
  readonly put: Put | null;
}
const changed: readonly Column<Changed>[] = [
  text('id', ({ job }) => job.id),
  integer('expected', ({ expectedVersion }) => expectedVersion),
  text('listed_state', ({ listedState }) => listedState),
  ...changing,
];
const putAnew: readonly Column<Changed>[] = [...changed, ...offered, ...stageColumns<Changed>(putOf)];
const itemColumns: readonly Column<Item & { readonly jobId: string }>[] = [
  text('job_id', ({ jobId }) => jobId),
  integer('idx', ({ idx }) => idx),
  text('state', ({ state }) => state),
  text('output_key', ({ outputKey }) => outputKey),
  text('preview_key', ({ previewKey }) => previewKey),
  text('error', ({ error }) => error),
  text('error_code', ({ errorCode }) => errorCode),
  float8('confidence', ({ confidence }) => confidence),
  bigint('recorded_at', ({ recordedAt }) => recordedAt),
];

const assignments = [
  ...changing.map(({ name }) => `${name} = c.${name}`),
  'listed_state = COALESCE(c.listed_state, j.listed_state)',
  `event_batches = ${withNewBatch('j.event_batches')}`,
].join(', ');
const expected = (ids: string): string => `j.id = ANY(${ids}) AND j.id = c.id AND j.version = c.expected`;
/** In what jobs differ that are changed together; they begin and end as the same command says. */
const differing = ['id', 'expected', 'version', 'started_at', 'attempt', 'fields'];
const update = (name: string, table: string, work: string, which = ''): RowStatement<Changed> =>
  new RowStatement(name, changed, [differing], ({ rows, all, next }) => allOrNothing(
    `UPDATE ${table} j SET ${assignments}${work} FROM ${rows} WHERE ${expected(all('id'))} ${which} RETURNING 1`, next,
  ));
const offer = [
  ...offered.map(({ name }) => `${name} = c.${name}`), `slot = c.slot, stage = c.stage, ${unleased}`,
].join(', ');
const updateAndPut = (name: string, table: string, which = ''): RowStatement<Changed> =>
  new RowStatement(name, putAnew, [], ({ rows, all, next }) => allOrNothing(
    `UPDATE ${table} j SET ${assignments}, ${offer} FROM (
      SELECT c.*, ${slotOf} AS slot, ${stageOf} AS stage FROM ${rows} ${joinLimited(all('work_key'))}
    ) c WHERE ${expected(all('id'))} ${which} RETURNING 1`,
    next,
  ));
// Each names the partition that it is about: finding that out for each row takes a third of such a statement.
const updateOpen = update('jobs_update_open', 'jobs_open', '');
const updateOpenAndPut = updateAndPut('jobs_update_open_put', 'jobs_open');
const updateOpenAndWithdraw = update('jobs_update_open_withdraw', 'jobs_open', `, ${withdrawn}`);
const end = new RowStatement('jobs_end', changed, [differing], ({ rows, all, next }) => allOrNothing(
  `INSERT INTO jobs_ended (${namesOf(columns)}, event_batches) SELECT ${namesOf(columns)}, event_batches FROM gone
    RETURNING 1`,
  next,
  [`gone AS (
    DELETE FROM jobs_open j USING ${rows} WHERE ${expected(all('id'))}
    RETURNING ${namesIn(lasting, 'j')}, c.state AS listed_state, ${namesIn(changing, 'c')},
      ${withNewBatch('j.event_batches')} AS event_batches
  )`],
));
// One that goes on after it had ended moves back.
const isEnded = 'AND j.ended_at IS NOT NULL';
const updateEnded = update('jobs_update_ended', 'jobs', '', isEnded);
const updateEndedAndPut = updateAndPut('jobs_update_ended_put', 'jobs', isEnded);
const lock = statement(
  'jobs_lock',
  `SELECT count(*) FROM (SELECT 1 FROM jobs WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE) locked`,
);
const insertItems = statement('job_items_insert', insertAll('job_items', itemColumns));

/** In the order of their ids, so that two commits which lock the same rows cannot wait for each other. */
export function changeJobs(changes: readonly JobChange[], work: WorkOfJobs): Call[] {
  const inOrder = changes.toSorted((a, b) => (a.job.id < b.job.id ? -1 : 1));
  const calls: Call[] = [];
  const change = (how: RowStatement<Changed>, some: readonly JobChange[]): void => {
    if (some.length === 0) return;
    const rows = some.map((one): Changed => {
      const { job, expectedVersion } = one;
      const [listedState, put] = [listedStateOf(one, work), work.putOf(job.id)];
      return { job, expectedVersion, fields: splitJson(job.fields), listedState, put };
    });
    calls.push(how.over(rows, rows.length));
  };
  const groups = Object.groupBy(inOrder, (one) => groupOf(one, work));
  // One statement after the other does not take the rows in order.
  const { inserted = [], ...updated } = groups;
  if (Object.keys(updated).length > 1) {
    calls.push({ statement: lock, values: [inOrder.flatMap(({ job, before }) => (before === null ? [] : [job.id]))] });
  }
  change(updateOpen, groups.stays ?? []);
  change(updateOpenAndPut, groups.put ?? []);
  change(updateOpenAndWithdraw, groups.withdrawn ?? []);
  change(end, groups.ends ?? []);
  change(updateEnded, groups.wasEnded ?? []);
  change(updateEndedAndPut, groups.wasEndedPut ?? []);
  calls.push(...insertJobs(inserted, work));
  const items = inOrder.flatMap(({ job, newItems }) => newItems.map((item) => ({ ...item, jobId: job.id })));
  if (items.length > 0) calls.push({ statement: insertItems, values: arraysOf(itemColumns, items) });
  return calls;
}

type Group = 'inserted' | 'stays' | 'put' | 'withdrawn' | 'ends' | 'wasEnded' | 'wasEndedPut';

function groupOf({ job, before }: JobChange, work: WorkOfJobs): Group {
  if (before === null) return 'inserted';
  const isPut = work.putOf(job.id) !== null;
  if (before.endedAt !== null) return isPut ? 'wasEndedPut' : 'wasEnded';
  if (job.endedAt !== null) return 'ends';
  if (isPut) return 'put';
  return work.isWithdrawn(job.id) ? 'withdrawn' : 'stays';
}

/** One that a worker has stays where it is listed, in no index of which anything moves, until it loses it. */
function listedStateOf({ job: { id, state }, before }: JobChange, work: WorkOfJobs): string | null {
  return before?.state === state && !work.isTouched(id) ? null : state;
}
