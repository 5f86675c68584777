import { InvariantViolation } from '../../domain/errors.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Item, Job } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import { splitJson } from '../../ports/store/json-parts.ts';
import { workKey } from '../../ports/store/work-key.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { isFull, moveBatches, noteBatch } from './event-batches.ts';
import { putColumns, workAssignments, type Held, type WorkChanges, type WorkColumns } from './work-changes.ts';

/*
 * A job's row is written once a commit, with what the commit says of its work and of its events.
 *
 * A column that is set moves its indexes even if its value stays: naming only what changes makes the update for another
 * item twice as fast.
 */

const bornColumns = [
  'id', 'kind', 'owner_id', 'state', 'listed_state', 'phase', 'version', 'created_at', 'updated_at', 'started_at',
  'ended_at', 'deadline_at', 'items_recorded', 'traceparent', 'fields', 'type', 'input', 'attempt', 'cost_micro_usd',
  'lease_token', 'lease_worker', 'input_large', 'fields_large', 'labels', 'parent_id', 'place', 'event_batches',
];
const insertOf = (columns: readonly string[]): string => `INSERT INTO job_rows (${columns.join(', ')})
  VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT (id) DO NOTHING`;
const insertJob = insertOf(bornColumns);
const insertOffered = insertOf([...bornColumns, ...putColumns]);

/** What of a job's columns in indexes an update sets. */
const moves = {
  nothing: '',
  state: 'state = ?, phase = ?, listed_state = ?,',
  all: 'state = ?, phase = ?, listed_state = ?, ended_at = ?, deadline_at = ?,',
} as const;
type Moved = keyof typeof moves;

/** Asked for every job: texts that are the same are one text. */
const updates = new Map<string, string>();

function updateOf(
  moved: Moved, work: WorkColumns['how'] | '', events: keyof typeof noteBatch | '', held: string,
): string {
  const name = `${moved} ${work} ${events} ${held}`;
  let update = updates.get(name);
  if (update === undefined) {
    update = `UPDATE job_rows SET ${moves[moved]} version = ?, updated_at = ?, started_at = ?, items_recorded = ?,
      fields = ?, fields_large = ?, attempt = ?, cost_micro_usd = ?, lease_token = ?, lease_worker = ?
      ${work && `, ${workAssignments[work]}`} ${events && `, ${noteBatch[events]}`}
      WHERE id = ? AND version = ? ${held}`;
    updates.set(name, update);
  }
  return update;
}

/** False when the job is not at the expected version. `batch`: the number of the row with its new events, if any. */
export function writeJob(driver: SqliteDriver, change: JobChange, work: WorkChanges, batch: string | null): boolean {
  const changes = work.take(change.job.id);
  const written = change.before === null ? born(driver, change, work, changes, batch)
    : changed(driver, change, work, changes, batch);
  if (written) for (const item of change.newItems) insertItemOf(driver, change.job.id, item);
  return written;
}

function born(
  driver: SqliteDriver,
  { job, expectedVersion }: JobChange,
  work: WorkChanges,
  changes: readonly WorkChange[] | null,
  batch: string | null,
): boolean {
  const { id, kind, type, state } = job;
  if (expectedVersion !== 0) throw new InvariantViolation(`job ${id} changes from nothing at ${expectedVersion}`);
  const fields = splitJson(job.fields);
  const input = job.input === null ? null : splitJson(job.input);
  const values = [
    id, kind, job.ownerId, state, state, job.phase, job.version, job.createdAt, job.updatedAt, job.startedAt,
    job.endedAt, job.deadlineAt, job.items.size, job.traceparent, fields.small, type, input?.small ?? null,
    job.attempt, job.costMicroUsd, job.lease?.token ?? null, job.lease?.workerId ?? null, input?.large ?? null,
    fields.large, labelsOf(job), job.parentId, placeOf(job), batch,
  ];
  if (changes === null) return driver.run(insertJob, values) === 1;
  const offered = work.columnsOf(changes);
  work.count(changes, workKey(kind, type), null);
  if (offered.how !== 'put') return driver.run(insertJob, values) === 1;
  return driver.run(insertOffered, [...values, ...offered.values]) === 1;
}

/** As most jobs are that end or are put anew. */
const leasedAlone: Held = { stage: 'leased', concurrencyKey: '' };
const isLeasedAlone = "AND stage = 'leased' AND concurrency_key = ''";

function changed(
  driver: SqliteDriver,
  change: JobChange,
  work: WorkChanges,
  changes: readonly WorkChange[] | null,
  batch: string | null,
): boolean {
  const { job, before, expectedVersion } = change;
  const columns = changes === null ? null : work.columnsOf(changes);
  const how = columns?.how ?? '';
  const isFreed = how !== '' && how !== 'canceled';
  const moved = movedBy(change, isFreed);
  const alone = batch !== null && isFull(expectedVersion, job.version);
  if (alone) moveBatches(driver, job.id, expectedVersion);
  const values = [
    ...movedValues(moved, job), ...valuesOf(job), ...(columns?.values ?? []), ...(batch === null ? [] : [batch]),
    job.id, expectedVersion,
  ];
  const update = (held: string): boolean =>
    driver.run(updateOf(moved, how, batch === null ? '' : alone ? 'alone' : 'behind', held), values) === 1;
  if (changes === null || !isFreed) return update('');
  const key = workKey(job.kind, job.type);
  // One that is looked for as it probably is need not be read before.
  if (before?.lease && update(isLeasedAlone)) {
    work.count(changes, key, leasedAlone);
    return true;
  }
  const held = work.held(job.id);
  if (!update('')) return false;
  work.count(changes, key, held);
  return true;
}

function movedBy({ job, before }: JobChange, isFreed: boolean): Moved {
  if (before?.deadlineAt !== job.deadlineAt || before.endedAt !== job.endedAt) return 'all';
  // One that a worker has claimed is listed where it was before, until the worker loses it.
  return before.state !== job.state || (isFreed && before.lease !== null) ? 'state' : 'nothing';
}

function movedValues(moved: Moved, { state, phase, endedAt, deadlineAt }: Job): SqlValue[] {
  if (moved === 'nothing') return [];
  return moved === 'state' ? [state, phase, state] : [state, phase, state, endedAt, deadlineAt];
}

function valuesOf(job: Job): SqlValue[] {
  const { version, updatedAt, startedAt, items, attempt, costMicroUsd, lease } = job;
  const { small, large } = splitJson(job.fields);
  return [
    version, updatedAt, startedAt, items.size, small, large, attempt, costMicroUsd, lease?.token ?? null,
    lease?.workerId ?? null,
  ];
}

function labelsOf({ labels }: Job): string | null {
  return Object.keys(labels).length === 0 ? null : JSON.stringify(labels);
}

const insertItem = `INSERT INTO job_items (job_id, idx, state, output_key, preview_key, error, error_code, confidence,
  recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

function insertItemOf(driver: SqliteDriver, jobId: string, item: Item): void {
  const { idx, state, outputKey, previewKey, error, errorCode, confidence, recordedAt } = item;
  driver.run(insertItem, [jobId, idx, state, outputKey, previewKey, error, errorCode, confidence, recordedAt]);
}
