import { InvariantViolation } from '../../domain/errors.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Item, Job } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import { splitJson } from '../../ports/store/json-parts.ts';
import { workKey } from '../../ports/store/work-key.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { isFull, moveBatches, noteBatch } from './event-batches.ts';
import {
  offeredColumns, putColumns, workAssignments, type Held, type WorkChanges, type WorkColumns,
} from './work-changes.ts';

/*
 * A job's row is written once a commit, with what the commit says of its work and of its events.
 *
 * To bind a value takes as long as SQLite takes to store it. So there is a statement for what most jobs are, which
 * names no column that is empty then.
 */

const alwaysBound = [
  'id', 'kind', 'owner_id', 'state', 'listed_state', 'phase', 'version', 'created_at', 'updated_at', 'traceparent',
  'fields', 'type', 'input', 'place', 'event_batches',
];
const counts = ['items_recorded', 'attempt', 'cost_micro_usd'];
const seldomBound = [
  ...counts, 'started_at', 'ended_at', 'deadline_at', 'lease_token', 'lease_worker', 'input_large', 'fields_large',
  'labels', 'parent_id',
];
const insertOf = (columns: readonly string[], zeros: readonly string[] = []): string =>
  `INSERT INTO job_rows (${[...columns, ...zeros].join(', ')})
    VALUES (${[...columns.map(() => '?'), ...zeros.map(() => '0')].join(', ')}) ON CONFLICT (id) DO NOTHING`;
const inserts = {
  plain: insertOf(alwaysBound, counts),
  whole: insertOf([...alwaysBound, ...seldomBound]),
  plainReady: insertOf([...alwaysBound, ...offeredColumns], [...counts, 'cancel_requested']),
  wholeReady: insertOf([...alwaysBound, ...seldomBound, ...offeredColumns], ['cancel_requested']),
  plainOffered: insertOf([...alwaysBound, ...putColumns], counts),
  wholeOffered: insertOf([...alwaysBound, ...seldomBound, ...putColumns]),
};

/**
 * What of a job's columns in indexes an update sets. One that is set moves its indexes even if its value stays: naming
 * only what changes makes the update for another item twice as fast.
 */
const moves = {
  nothing: '',
  state: 'state = ?, phase = ?, listed_state = ?,',
  all: 'state = ?, phase = ?, listed_state = ?, ended_at = ?, deadline_at = ?,',
} as const;

/** What an update sets beside what it always sets. */
interface Update {
  readonly moved: keyof typeof moves;
  readonly work: WorkColumns['how'] | '';
  readonly events: keyof typeof noteBatch | '';
  /** Whether the job has no lease, and nothing is set but what an end or a return of it sets. */
  readonly isFreed: boolean;
  readonly held: string;
}

/** Asked for every job: texts that are the same are one text. */
const updates = new Map<string, string>();

function textOf({ moved, work, events, isFreed, held }: Update): string {
  const name = `${moved} ${work} ${events} ${isFreed} ${held}`;
  let update = updates.get(name);
  if (update === undefined) {
    const seldom = isFreed ? 'fields_large = NULL, lease_token = NULL, lease_worker = NULL'
      : `items_recorded = ?, fields_large = ?, attempt = ?, cost_micro_usd = ?, lease_token = ?, lease_worker = ?`;
    update = `UPDATE job_rows SET ${moves[moved]} version = ?, updated_at = ?, started_at = ?, fields = ?, ${seldom}
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
  const common = [
    id, kind, job.ownerId, state, state, job.phase, job.version, job.createdAt, job.updatedAt, job.traceparent,
    fields.small, type, input?.small ?? null, placeOf(job), batch,
  ];
  const rare = [
    job.items.size, job.attempt, job.costMicroUsd, job.startedAt, job.endedAt, job.deadlineAt, job.lease?.token ?? null,
    job.lease?.workerId ?? null, input?.large ?? null, fields.large, labelsOf(job), job.parentId,
  ];
  const isPlain = rare.every((value, at) => value === (at < counts.length ? 0 : null));
  const values = isPlain ? common : [...common, ...rare];
  const offered = changes === null ? null : work.columnsOf(changes);
  if (changes !== null) work.count(changes, workKey(kind, type), null);
  if (offered?.how !== 'put') return driver.run(isPlain ? inserts.plain : inserts.whole, values) === 1;
  const few = offered.values.slice(0, offeredColumns.length);
  const [isCanceled, ...others] = offered.values.slice(few.length);
  if (isCanceled === 0 && others.every((value) => value === null)) {
    return driver.run(isPlain ? inserts.plainReady : inserts.wholeReady, [...values, ...few]) === 1;
  }
  return driver.run(isPlain ? inserts.plainOffered : inserts.wholeOffered, [...values, ...offered.values]) === 1;
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
  const isPutAnew = how !== '' && how !== 'canceled';
  const moved = movedBy(change, isPutAnew);
  const alone = batch !== null && isFull(expectedVersion, job.version);
  if (alone) moveBatches(driver, job.id, expectedVersion);
  const isFreed = isFreedAlone(change);
  const values = [
    ...movedValues(moved, job), ...valuesOf(job, isFreed), ...(columns?.values ?? []),
    ...(batch === null ? [] : [batch]), job.id, expectedVersion,
  ];
  const events = batch === null ? '' : alone ? 'alone' : 'behind';
  const update = (held: string): boolean =>
    driver.run(textOf({ moved, work: how, events, isFreed, held }), values) === 1;
  if (changes === null || !isPutAnew) return update('');
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

function isFreedAlone({ job, before, newItems }: JobChange): boolean {
  return job.lease === null && newItems.length === 0 && before?.attempt === job.attempt &&
    before.costMicroUsd === job.costMicroUsd && splitJson(job.fields).large === null;
}

function movedBy({ job, before }: JobChange, isPutAnew: boolean): Update['moved'] {
  if (before?.deadlineAt !== job.deadlineAt || before.endedAt !== job.endedAt) return 'all';
  // One that a worker has claimed is listed where it was before, until the worker loses it.
  return before.state !== job.state || (isPutAnew && before.lease !== null) ? 'state' : 'nothing';
}

function movedValues(moved: Update['moved'], { state, phase, endedAt, deadlineAt }: Job): SqlValue[] {
  if (moved === 'nothing') return [];
  return moved === 'state' ? [state, phase, state] : [state, phase, state, endedAt, deadlineAt];
}

function valuesOf(job: Job, isFreed: boolean): SqlValue[] {
  const { version, updatedAt, startedAt, items, attempt, costMicroUsd, lease } = job;
  const { small, large } = splitJson(job.fields);
  const common = [version, updatedAt, startedAt, small];
  if (isFreed) return common;
  return [...common, items.size, large, attempt, costMicroUsd, lease?.token ?? null, lease?.workerId ?? null];
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
