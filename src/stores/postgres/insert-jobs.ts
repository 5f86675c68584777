import { InvariantViolation } from '../../domain/errors.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Job } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import { splitJson } from '../../ports/store/json-parts.ts';
import { allOrNothing } from './all-or-nothing.ts';
import type { WorkOfJobs } from './commit-work.ts';
import { newBatch } from './event-batches.ts';
import { columns, offered, putOf, type Born } from './job-columns.ts';
import { RowStatement } from './row-statement.ts';
import { arraysOf, insertAll, namesOf, statement, text, type Call, type Column } from './statement.ts';
import { joinLimited, slotOf, stageColumns, stageOf } from './work-columns.ts';

const open: readonly Column<Born>[] = [...columns, ...offered, ...stageColumns<Born>(putOf)];
/** In what jobs of one sort differ that are made together, and in what those of several sorts and owners do. */
const differing = ['id', 'input', 'fields'];
const differingMore = [...differing, 'place', 'type', 'owner_id', 'traceparent', 'work_key', 'priority', 'due_at'];
const stored = [...columns, ...offered];
const whole = (some: readonly Column<Born>[]): string =>
  some.map(({ name }) => (name === 'place' ? 'COALESCE(c.place, c.id)' : `c.${name}`)).join(', ');

// A unique index reaches as far as its partition.
const isNew = (other: string): string => `NOT EXISTS (SELECT 1 FROM ${other} j WHERE j.id = c.id OFFSET 0)`;
// One that is there already is a conflict, by the index of ids or by the number of rows.
const forms = [differing, differingMore];
const insertOpen = new RowStatement('jobs_insert', open, forms, ({ rows, all, next }) => allOrNothing(
  `INSERT INTO jobs_open (${namesOf(stored)}, event_batches, slot, stage)
    SELECT ${whole(stored)}, ${newBatch}, ${slotOf}, ${stageOf} FROM ${rows} ${joinLimited(all('work_key'))}
    WHERE ${isNew('jobs_ended')} RETURNING 1`,
  next,
));
// What one command makes and the next one ends begins as ended.
const insertEnded = new RowStatement('jobs_insert_ended', columns, [], ({ rows, next }) => allOrNothing(
  `INSERT INTO jobs_ended (${namesOf(columns)}, event_batches) SELECT ${whole(columns)}, ${newBatch} FROM ${rows}
    WHERE ${isNew('jobs_open')} RETURNING 1`,
  next,
));

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
const insertLabels = statement('job_labels_insert', insertAll('job_labels', labelColumns));

/** In the order of their ids. */
export function insertJobs(changes: readonly JobChange[], work: WorkOfJobs): Call[] {
  const [waiting, ended]: [Born[], Born[]] = [[], []];
  const labels: Label[] = [];
  for (const { job, expectedVersion } of changes) {
    if (expectedVersion !== 0) throw new InvariantViolation(`job ${job.id} changes from nothing at ${expectedVersion}`);
    const input = job.input === null ? null : splitJson(job.input);
    const row = { job, fields: splitJson(job.fields), input, put: work.putOf(job.id) };
    (job.endedAt === null ? waiting : ended).push(row);
    // For good: no event changes a job's labels.
    for (const [name, value] of Object.entries(job.labels)) labels.push({ job, name, value });
  }
  const calls: Call[] = [];
  if (waiting.length > 0) calls.push(insertOpen.over(waiting, waiting.length));
  if (ended.length > 0) calls.push(insertEnded.over(ended, ended.length));
  if (labels.length > 0) calls.push({ statement: insertLabels, values: arraysOf(labelColumns, labels) });
  return calls;
}
