import { InvariantViolation } from '../../domain/errors.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Item, Job } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';
import { splitJson, type JsonParts } from '../../ports/store/json-parts.ts';
import { allOrNothing } from './all-or-nothing.ts';
import {
  arraysOf, bigint, float8, insertAll, integer, namesOf, statement, text, unnest, type Call, type Column,
  type Statement,
} from './statement.ts';

/** A job with its JSON as it is stored. */
interface Written {
  readonly job: Job;
  readonly fields: JsonParts;
}
const changing: readonly Column<Written>[] = [
  text('state', ({ job }) => job.state),
  text('phase', ({ job }) => job.phase),
  integer('version', ({ job }) => job.version),
  bigint('updated_at', ({ job }) => job.updatedAt),
  bigint('started_at', ({ job }) => job.startedAt),
  bigint('ended_at', ({ job }) => job.endedAt),
  bigint('deadline_at', ({ job }) => job.deadlineAt),
  integer('items_recorded', ({ job }) => job.items.size),
  integer('attempt', ({ job }) => job.attempt),
  bigint('cost_micro_usd', ({ job }) => job.costMicroUsd),
  integer('lease_token', ({ job }) => job.lease?.token ?? null),
  text('lease_worker', ({ job }) => job.lease?.workerId ?? null),
  text('fields', ({ fields }) => fields.small),
  text('fields_large', ({ fields }) => fields.large),
];
interface Born extends Written {
  readonly input: JsonParts | null;
}
/** What stays as it is: what is large of it moves with its row. */
const lasting: readonly Column<Born>[] = [
  text('id', ({ job }) => job.id),
  text('place', ({ job }) => placeOf(job)),
  text('kind', ({ job }) => job.kind),
  text('type', ({ job }) => job.type),
  text('owner_id', ({ job }) => job.ownerId),
  bigint('created_at', ({ job }) => job.createdAt),
  text('traceparent', ({ job }) => job.traceparent),
  text('labels', ({ job: { labels } }) => (Object.keys(labels).length === 0 ? null : JSON.stringify(labels))),
  text('parent_id', ({ job }) => job.parentId),
  text('input', ({ input }) => input?.small ?? null),
  text('input_large', ({ input }) => input?.large ?? null),
];
const columns: readonly Column<Born>[] = [...lasting, text('listed_state', ({ job }) => job.state), ...changing];
interface Changed extends Written {
  readonly expectedVersion: number;
  /** Null: as it was. */
  readonly listedState: string | null;
}
const changed: readonly Column<Changed>[] = [
  text('id', ({ job }) => job.id),
  integer('expected', ({ expectedVersion }) => expectedVersion),
  text('listed_state', ({ listedState }) => listedState),
  ...changing,
];
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

interface Label {
  readonly job: Job;
  readonly name: string;
  readonly value: string;
}
const labelColumns: readonly Column<Label>[] = [
  text('kind', ({ job }) => job.kind),
  text('name', ({ name }) => name),
  text('value', ({ value }) => value),
  text('place', ({ job }) => placeOf(job)),
  text('owner_id', ({ job }) => job.ownerId),
];

const assignments = [
  ...changing.map(({ name }) => `${name} = c.${name}`),
  'listed_state = COALESCE(c.listed_state, j.listed_state)',
].join(', ');
const expected = 'j.id = ANY($1::text[]) AND j.id = c.id AND j.version = c.expected';
const update = (table: string, which = ''): string =>
  allOrNothing(
    `UPDATE ${table} j SET ${assignments} FROM ${unnest(changed)} WHERE ${expected} ${which} RETURNING 1`,
    changed.length + 1,
  );
const namesIn = (some: readonly { readonly name: string }[], table: string): string =>
  some.map(({ name }) => `${table}.${name}`).join(', ');
// Each names the partition that it is about: finding that out for each row takes a third of such a statement.
const updateOpen = statement('jobs_update_open', update('jobs_open'));
const end = statement(
  'jobs_end',
  allOrNothing(
    `INSERT INTO jobs_ended (${namesOf(columns)}) SELECT ${namesOf(columns)} FROM gone RETURNING 1`,
    changed.length + 1,
    [`gone AS (
      DELETE FROM jobs_open j USING ${unnest(changed)} WHERE ${expected}
      RETURNING ${namesIn(lasting, 'j')}, c.state AS listed_state, ${namesIn(changing, 'c')}
    )`],
  ),
);
// One that goes on after it had ended moves back.
const updateEnded = statement('jobs_update_ended', update('jobs', 'AND j.ended_at IS NOT NULL'));
const lock = statement(
  'jobs_lock',
  `SELECT count(*) FROM (SELECT 1 FROM jobs WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE) locked`,
);
// A unique index reaches as far as its partition.
const insert = (table: string, other: string): string =>
  allOrNothing(
    `INSERT INTO ${table} (${namesOf(columns)}) SELECT * FROM ${unnest(columns)}
      WHERE NOT EXISTS (SELECT 1 FROM ${other} j WHERE j.id = c.id OFFSET 0) ON CONFLICT DO NOTHING RETURNING 1`,
    columns.length + 1,
  );
const insertOpen = statement('jobs_insert', insert('jobs_open', 'jobs_ended'));
// What one command makes and the next one ends begins as ended.
const insertEnded = statement('jobs_insert_ended', insert('jobs_ended', 'jobs_open'));
const insertLabels = statement('job_labels_insert', insertAll('job_labels', labelColumns));
const insertItems = statement('job_items_insert', insertAll('job_items', itemColumns));

/** In the order of their ids, so that two commits which lock the same rows cannot wait for each other. */
export function changeJobs(changes: readonly JobChange[], work: readonly WorkChange[]): Call[] {
  const inOrder = changes.toSorted((a, b) => (a.job.id < b.job.id ? -1 : 1));
  const calls: Call[] = [];
  // One that a worker has stays where it is listed, in no index of which anything moves, until it loses it.
  const released = new Set(work.flatMap(({ type, jobId }) => (type === 'request-cancel' ? [] : [jobId])));
  const listedState = ({ job: { id, state }, before }: JobChange): string | null =>
    before?.state === state && !released.has(id) ? null : state;
  const change = (how: Statement, some: readonly JobChange[]): void => {
    if (some.length === 0) return;
    const rows = some.map((one): Changed => {
      const { job, expectedVersion } = one;
      return { job, expectedVersion, fields: splitJson(job.fields), listedState: listedState(one) };
    });
    calls.push({ statement: how, values: [...arraysOf(changed, rows), rows.length] });
  };
  const wasOpen = inOrder.filter(({ before }) => before !== null && before.endedAt === null);
  const wasEnded = inOrder.filter(({ before }) => before !== null && before.endedAt !== null);
  const ends = wasOpen.filter(({ job }) => job.endedAt !== null);
  const stays = wasOpen.filter(({ job }) => job.endedAt === null);
  // One statement after the other does not take the rows in order.
  if ([stays, ends, wasEnded].filter(({ length }) => length > 0).length > 1) {
    calls.push({ statement: lock, values: [inOrder.flatMap(({ job, before }) => (before === null ? [] : [job.id]))] });
  }
  change(updateOpen, stays);
  change(end, ends);
  change(updateEnded, wasEnded);
  const born = inOrder.filter(({ before }) => before === null);
  for (const { job, expectedVersion } of born) {
    if (expectedVersion !== 0) throw new InvariantViolation(`job ${job.id} changes from nothing at ${expectedVersion}`);
  }
  const make = (how: Statement, some: readonly JobChange[]): void => {
    if (some.length === 0) return;
    const rows = some.map(({ job }): Born => {
      return { job, fields: splitJson(job.fields), input: job.input === null ? null : splitJson(job.input) };
    });
    calls.push({ statement: how, values: [...arraysOf(columns, rows), rows.length] });
  };
  make(insertOpen, born.filter(({ job }) => job.endedAt === null));
  make(insertEnded, born.filter(({ job }) => job.endedAt !== null));
  // For good: no event changes a job's labels.
  const labels = born.flatMap(({ job }) => Object.entries(job.labels).map(([name, value]) => ({ job, name, value })));
  if (labels.length > 0) calls.push({ statement: insertLabels, values: arraysOf(labelColumns, labels) });
  const items = inOrder.flatMap(({ job, newItems }) => newItems.map((item) => ({ ...item, jobId: job.id })));
  if (items.length > 0) calls.push({ statement: insertItems, values: arraysOf(itemColumns, items) });
  return calls;
}
