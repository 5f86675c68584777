import { InvariantViolation } from '../../domain/errors.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Item, Job } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import { splitJson, type JsonParts } from '../../ports/store/json-parts.ts';
import { allOrNothing } from './all-or-nothing.ts';
import { newBatch, withNewBatch } from './event-batches.ts';
import {
  arraysOf, bigint, float8, insertAll, integer, namesOf, statement, text, unnest, type Call, type Column,
  type Statement,
} from './statement.ts';
import {
  joinLimited, offeredColumns, slotOf, stageColumns, stageOf, unleased, withdrawn, type Put,
} from './work-columns.ts';
import type { WorkOfJobs } from './commit-work.ts';

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
  readonly put: Put | null;
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
const putOf = ({ put }: { readonly put: Put | null }): Put | null => put;
const offered = offeredColumns<{ readonly put: Put | null }>(putOf);
const born: readonly Column<Born>[] = [...columns, ...offered, ...stageColumns<Born>(putOf)];
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
  `event_batches = ${withNewBatch('j.event_batches')}`,
].join(', ');
const expected = 'j.id = ANY($1::text[]) AND j.id = c.id AND j.version = c.expected';
const update = (table: string, work: string, which = ''): string =>
  allOrNothing(
    `UPDATE ${table} j SET ${assignments}${work} FROM ${unnest(changed)} WHERE ${expected} ${which} RETURNING 1`,
    changed.length + 1,
  );
const keysAt = (some: readonly { readonly name: string }[]): string =>
  `$${some.findIndex(({ name }) => name === 'work_key') + 1}::text[]`;
const offer = [
  ...offered.map(({ name }) => `${name} = c.${name}`), `slot = c.slot, stage = c.stage, ${unleased}`,
].join(', ');
const updateAndPut = (table: string, which = ''): string =>
  allOrNothing(
    `UPDATE ${table} j SET ${assignments}, ${offer} FROM (
      SELECT c.*, ${slotOf} AS slot, ${stageOf} AS stage FROM ${unnest(putAnew)} ${joinLimited(keysAt(putAnew))}
    ) c WHERE ${expected} ${which} RETURNING 1`,
    putAnew.length + 1,
  );
const namesIn = (some: readonly { readonly name: string }[], table: string): string =>
  some.map(({ name }) => `${table}.${name}`).join(', ');
// Each names the partition that it is about: finding that out for each row takes a third of such a statement.
const updateOpen = statement('jobs_update_open', update('jobs_open', ''));
const updateOpenAndPut = statement('jobs_update_open_put', updateAndPut('jobs_open'));
const updateOpenAndWithdraw = statement('jobs_update_open_withdraw', update('jobs_open', `, ${withdrawn}`));
const end = statement(
  'jobs_end',
  allOrNothing(
    `INSERT INTO jobs_ended (${namesOf(columns)}, event_batches) SELECT ${namesOf(columns)}, event_batches FROM gone
      RETURNING 1`,
    changed.length + 1,
    [`gone AS (
      DELETE FROM jobs_open j USING ${unnest(changed)} WHERE ${expected}
      RETURNING ${namesIn(lasting, 'j')}, c.state AS listed_state, ${namesIn(changing, 'c')},
        ${withNewBatch('j.event_batches')} AS event_batches
    )`],
  ),
);
// One that goes on after it had ended moves back.
const isEnded = 'AND j.ended_at IS NOT NULL';
const updateEnded = statement('jobs_update_ended', update('jobs', '', isEnded));
const updateEndedAndPut = statement('jobs_update_ended_put', updateAndPut('jobs', isEnded));
const lock = statement(
  'jobs_lock',
  `SELECT count(*) FROM (SELECT 1 FROM jobs WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE) locked`,
);
// A unique index reaches as far as its partition.
const isNew = (other: string): string =>
  `NOT EXISTS (SELECT 1 FROM ${other} j WHERE j.id = c.id OFFSET 0)`;
const bornNames = `${namesOf(columns)}, ${namesOf(offered)}, event_batches`;
const insertOpen = statement(
  'jobs_insert',
  allOrNothing(
    `INSERT INTO jobs_open (${bornNames}, slot, stage)
      SELECT ${namesIn([...columns, ...offered], 'c')}, ${newBatch}, ${slotOf}, ${stageOf}
      FROM ${unnest(born)} ${joinLimited(keysAt(born))}
      WHERE ${isNew('jobs_ended')} ON CONFLICT DO NOTHING RETURNING 1`,
    born.length + 1,
  ),
);
// What one command makes and the next one ends begins as ended.
const insertEnded = statement(
  'jobs_insert_ended',
  allOrNothing(
    `INSERT INTO jobs_ended (${namesOf(columns)}, event_batches) SELECT c.*, ${newBatch} FROM ${unnest(columns)}
      WHERE ${isNew('jobs_open')} ON CONFLICT DO NOTHING RETURNING 1`,
    columns.length + 1,
  ),
);
const insertLabels = statement('job_labels_insert', insertAll('job_labels', labelColumns));
const insertItems = statement('job_items_insert', insertAll('job_items', itemColumns));

/** In the order of their ids, so that two commits which lock the same rows cannot wait for each other. */
export function changeJobs(changes: readonly JobChange[], work: WorkOfJobs): Call[] {
  const inOrder = changes.toSorted((a, b) => (a.job.id < b.job.id ? -1 : 1));
  const calls: Call[] = [];
  const change = (how: Statement, by: readonly Column<Changed>[], some: readonly JobChange[]): void => {
    if (some.length === 0) return;
    const rows = some.map((one): Changed => {
      const { job, expectedVersion } = one;
      const [listedState, put] = [listedStateOf(one, work), work.putOf(job.id)];
      return { job, expectedVersion, fields: splitJson(job.fields), listedState, put };
    });
    calls.push({ statement: how, values: [...arraysOf(by, rows), rows.length] });
  };
  const groups = Object.groupBy(inOrder, (one) => groupOf(one, work));
  // One statement after the other does not take the rows in order.
  const { inserted = [], insertedEnded = [], ...updated } = groups;
  if (Object.keys(updated).length > 1) {
    calls.push({ statement: lock, values: [inOrder.flatMap(({ job, before }) => (before === null ? [] : [job.id]))] });
  }
  change(updateOpen, changed, groups.stays ?? []);
  change(updateOpenAndPut, putAnew, groups.put ?? []);
  change(updateOpenAndWithdraw, changed, groups.withdrawn ?? []);
  change(end, changed, groups.ends ?? []);
  change(updateEnded, changed, groups.wasEnded ?? []);
  change(updateEndedAndPut, putAnew, groups.wasEndedPut ?? []);
  const make = (how: Statement, by: readonly Column<Born>[], some: readonly JobChange[]): void => {
    if (some.length === 0) return;
    const rows = some.map(({ job }): Born => {
      const input = job.input === null ? null : splitJson(job.input);
      return { job, fields: splitJson(job.fields), input, put: work.putOf(job.id) };
    });
    calls.push({ statement: how, values: [...arraysOf(by, rows), rows.length] });
  };
  make(insertOpen, born, inserted);
  make(insertEnded, columns, insertedEnded);
  // For good: no event changes a job's labels.
  const labels = [...inserted, ...insertedEnded].flatMap(({ job }) =>
    Object.entries(job.labels).map(([name, value]) => ({ job, name, value })),
  );
  if (labels.length > 0) calls.push({ statement: insertLabels, values: arraysOf(labelColumns, labels) });
  const items = inOrder.flatMap(({ job, newItems }) => newItems.map((item) => ({ ...item, jobId: job.id })));
  if (items.length > 0) calls.push({ statement: insertItems, values: arraysOf(itemColumns, items) });
  return calls;
}

type Group = 'inserted' | 'insertedEnded' | 'stays' | 'put' | 'withdrawn' | 'ends' | 'wasEnded' | 'wasEndedPut';

function groupOf({ job, before, expectedVersion }: JobChange, work: WorkOfJobs): Group {
  if (before === null) {
    if (expectedVersion !== 0) throw new InvariantViolation(`job ${job.id} changes from nothing at ${expectedVersion}`);
    return job.endedAt === null ? 'inserted' : 'insertedEnded';
  }
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
