import { InvariantViolation } from '../../domain/errors.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Item, Job } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';
import { splitJson } from '../../ports/store/json-parts.ts';
import { allOrNothing } from './all-or-nothing.ts';
import {
  arraysOf, bigint, insertAll, integer, namesOf, statement, text, unnest, type Call, type Column, type Statement,
} from './statement.ts';

const changing: readonly Column<Job>[] = [
  text('state', ({ state }) => state),
  text('phase', ({ phase }) => phase),
  integer('version', ({ version }) => version),
  bigint('updated_at', ({ updatedAt }) => updatedAt),
  bigint('started_at', ({ startedAt }) => startedAt),
  bigint('ended_at', ({ endedAt }) => endedAt),
  bigint('deadline_at', ({ deadlineAt }) => deadlineAt),
  integer('items_recorded', ({ items }) => items.size),
  integer('attempt', ({ attempt }) => attempt),
  bigint('cost_micro_usd', ({ costMicroUsd }) => costMicroUsd),
  integer('lease_token', ({ lease }) => lease?.token ?? null),
  text('lease_worker', ({ lease }) => lease?.workerId ?? null),
  text('fields', ({ fields }) => splitJson(fields).small),
  text('fields_large', ({ fields }) => splitJson(fields).large),
];
const columns: readonly Column<Job>[] = [
  text('id', ({ id }) => id),
  text('place', placeOf),
  text('kind', ({ kind }) => kind),
  text('type', ({ type }) => type),
  text('owner_id', ({ ownerId }) => ownerId),
  bigint('created_at', ({ createdAt }) => createdAt),
  text('traceparent', ({ traceparent }) => traceparent),
  text('labels', ({ labels }) => (Object.keys(labels).length === 0 ? null : JSON.stringify(labels))),
  text('parent_id', ({ parentId }) => parentId),
  text('listed_state', ({ state }) => state),
  // Never written again: what is large moves with its row from then on.
  text('input', ({ input }) => (input === null ? null : splitJson(input).small)),
  text('input_large', ({ input }) => (input === null ? null : splitJson(input).large)),
  ...changing,
];
interface Updated extends JobChange {
  /** Null: as it was. */
  readonly listedState: string | null;
}
const updated: readonly Column<Updated>[] = [
  text('id', ({ job }) => job.id),
  integer('expected', ({ expectedVersion }) => expectedVersion),
  text('listed_state', ({ listedState }) => listedState),
  ...changing.map((column) => ({ ...column, of: ({ job }: Updated) => column.of(job) })),
];
const itemColumns: readonly Column<Item & { readonly jobId: string }>[] = [
  text('job_id', ({ jobId }) => jobId),
  integer('idx', ({ idx }) => idx),
  text('state', ({ state }) => state),
  text('output_key', ({ outputKey }) => outputKey),
  text('preview_key', ({ previewKey }) => previewKey),
  text('error', ({ error }) => error),
  text('error_code', ({ errorCode }) => errorCode),
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
const update = (which: string): string =>
  allOrNothing(
    `UPDATE jobs j SET ${assignments} FROM ${unnest(updated)}
      WHERE j.id = ANY($1::text[]) AND j.id = c.id AND j.version = c.expected ${which} RETURNING 1`,
    updated.length + 1,
  );
// All but always the job is open, which spares a look among the ended ones.
const updateOpen = statement('jobs_update_open', update('AND j.ended_at IS NULL'));
const updateEnded = statement('jobs_update_ended', update('AND j.ended_at IS NOT NULL'));
// A unique index reaches as far as its partition. A job that one command makes and the next one ends begins as ended.
const insert = statement(
  'jobs_insert',
  allOrNothing(
    `INSERT INTO jobs (${namesOf(columns)}) SELECT * FROM ${unnest(columns)}
      WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = c.id OFFSET 0) ON CONFLICT DO NOTHING RETURNING 1`,
    columns.length + 1,
  ),
);
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
    const rows = some.map((one) => ({ ...one, listedState: listedState(one) }));
    calls.push({ statement: how, values: [...arraysOf(updated, rows), some.length] });
  };
  change(updateOpen, inOrder.filter(({ before }) => before !== null && before.endedAt === null));
  change(updateEnded, inOrder.filter(({ before }) => before !== null && before.endedAt !== null));
  const born = inOrder.filter(({ before }) => before === null);
  for (const { job, expectedVersion } of born) {
    if (expectedVersion !== 0) throw new InvariantViolation(`job ${job.id} changes from nothing at ${expectedVersion}`);
  }
  if (born.length > 0) {
    const jobs = born.map(({ job }) => job);
    calls.push({ statement: insert, values: [...arraysOf(columns, jobs), jobs.length] });
    // For good: no event changes a job's labels.
    const labels = jobs.flatMap((job) => Object.entries(job.labels).map(([name, value]) => ({ job, name, value })));
    if (labels.length > 0) calls.push({ statement: insertLabels, values: arraysOf(labelColumns, labels) });
  }
  const items = inOrder.flatMap(({ job, newItems }) => newItems.map((item) => ({ ...item, jobId: job.id })));
  if (items.length > 0) calls.push({ statement: insertItems, values: arraysOf(itemColumns, items) });
  return calls;
}
