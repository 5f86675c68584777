import { InvariantViolation } from '../../domain/errors.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Job } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import { splitJson } from '../../ports/store/json-parts.ts';
import { allOrNothing } from './all-or-nothing.ts';
import type { WorkOfJobs } from './commit-work.ts';
import { newBatch } from './event-batches.ts';
import { columns, keysOf, namesIn, offered, putOf, type Born } from './job-columns.ts';
import { arraysOf, insertAll, namesOf, statement, text, unnest, type Call, type Column } from './statement.ts';
import { joinLimited, slotOf, stageColumns, stageOf } from './work-columns.ts';

const stored: readonly Column<Born>[] = [...columns, ...offered];
/** What nearly no job has when it is made, and what stands there then: to send it takes a quarter of the statement. */
const unusual: ReadonlyMap<string, null | 0> = new Map([
  ...[
    'started_at', 'ended_at', 'deadline_at', 'lease_token', 'lease_worker', 'fields_large', 'traceparent', 'labels',
    'parent_id', 'input_large', 'pause_ms', 'timeout_ms',
  ].map((name) => [name, null] as const),
  ...['items_recorded', 'attempt', 'cost_micro_usd'].map((name) => [name, 0] as const),
]);
const usual = stored.filter(({ name }) => !unusual.has(name));
const others = stored.filter(({ name }) => unusual.has(name));
const zeros = [...unusual].flatMap(([name, value]) => (value === 0 ? [name] : []));

// A unique index reaches as far as its partition.
const isNew = (other: string): string => `NOT EXISTS (SELECT 1 FROM ${other} j WHERE j.id = c.id OFFSET 0)`;
// One that is there already is a conflict, by the index of ids or by the number of rows.
function insertOpen(name: string, some: readonly Column<Born>[], withZeros: readonly string[]) {
  const by = [...some, ...stageColumns<Born>(putOf)];
  const how = statement(name, allOrNothing(
    `INSERT INTO jobs_open (${[namesOf(some), ...withZeros].join(', ')}, event_batches, slot, stage)
      SELECT ${[namesIn(some, 'c'), ...withZeros.map(() => '0')].join(', ')}, ${newBatch}, ${slotOf}, ${stageOf}
      FROM ${unnest(by)} ${joinLimited(keysOf(by))} WHERE ${isNew('jobs_ended')} RETURNING 1`,
    by.length + 1,
  ));
  return { how, by };
}
const whole = insertOpen('jobs_insert_any', stored, []);
const plain = insertOpen('jobs_insert', usual, zeros);
// What one command makes and the next one ends begins as ended.
const insertEnded = statement(
  'jobs_insert_ended',
  allOrNothing(
    `INSERT INTO jobs_ended (${namesOf(columns)}, event_batches) SELECT c.*, ${newBatch} FROM ${unnest(columns)}
      WHERE ${isNew('jobs_open')} RETURNING 1`,
    columns.length + 1,
  ),
);

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
  const [open, ended]: [Born[], Born[]] = [[], []];
  const labels: Label[] = [];
  for (const { job, expectedVersion } of changes) {
    if (expectedVersion !== 0) throw new InvariantViolation(`job ${job.id} changes from nothing at ${expectedVersion}`);
    const input = job.input === null ? null : splitJson(job.input);
    (job.endedAt === null ? open : ended).push({ job, fields: splitJson(job.fields), input, put: work.putOf(job.id) });
    // For good: no event changes a job's labels.
    for (const [name, value] of Object.entries(job.labels)) labels.push({ job, name, value });
  }
  const calls: Call[] = [];
  if (open.length > 0) {
    const { how, by } = open.every(isPlain) ? plain : whole;
    calls.push({ statement: how, values: [...arraysOf(by, open), open.length] });
  }
  if (ended.length > 0) calls.push({ statement: insertEnded, values: [...arraysOf(columns, ended), ended.length] });
  if (labels.length > 0) calls.push({ statement: insertLabels, values: arraysOf(labelColumns, labels) });
  return calls;
}

function isPlain(row: Born): boolean {
  return others.every(({ name, of }) => of(row) === unusual.get(name));
}
