import type { RecordedEvent } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import { batchesInRow, packEvents, readKey } from '../../ports/store/event-batch.ts';
import type { SqliteDriver } from './driver.ts';

/*
 * The events of a commit are one row, whose number is noted with each of their jobs: see `ports/store/event-batch.ts`.
 * No event of a job is without its number, so a job at version `n` has `n` numbers at most: whenever its version has
 * grown by `batchesInRow`, those in its row are moved.
 */

const insert = 'INSERT INTO event_batches (count, keys, lines) VALUES (?, ?, ?) RETURNING id';

/** In a transaction. Answers the number of the row, as text; null: there is nothing to be written. */
export function writeEvents(
  driver: SqliteDriver,
  events: readonly RecordedEvent[],
  jobs: readonly JobChange[],
): string | null {
  if (events.length === 0) return null;
  const { count, keys, lines } = packEvents(events, jobs);
  // As text: a number would be bound as one with a fraction.
  return String(driver.all<{ id: number }>(insert, [count, keys, lines])[0]!.id);
}

/** Of an update of a job's row. */
export const noteBatch = {
  behind: "event_batches = coalesce(event_batches || ',', '') || ?",
  alone: 'event_batches = ?',
};

export function isFull(versionBefore: number, version: number): boolean {
  return Math.floor(versionBefore / batchesInRow) !== Math.floor(version / batchesInRow);
}

const move = `INSERT INTO earlier_event_batches (job_id, upto, batches)
  SELECT id, version, event_batches FROM job_rows WHERE id = ? AND version = ? AND event_batches IS NOT NULL`;

/** Before the job's row is updated with the next number `alone`. */
export function moveBatches(driver: SqliteDriver, jobId: string, version: number): void {
  driver.run(move, [jobId, version]);
}

const noteElsewhere = `UPDATE job_rows SET ${noteBatch.behind} WHERE id = ?`;

/** For jobs that the commit changes in nothing else. */
export function noteBatchOf(driver: SqliteDriver, batch: string, jobIds: Iterable<string>): void {
  for (const id of jobIds) driver.run(noteElsewhere, [batch, id]);
}

const selectEarlier = 'SELECT batches FROM earlier_event_batches WHERE job_id = ? AND upto > ? ORDER BY upto';

/** Numbers of the rows that have a job's events after `after`, in their order, and maybe of some with earlier ones. */
export function batchesOf(driver: SqliteDriver, jobId: string, newest: string | null, after = 0): number[] {
  const earlier = driver.all<{ batches: string }>(selectEarlier, [jobId, after]).map(({ batches }) => batches);
  return [...earlier, newest ?? ''].flatMap((batches) => (batches === '' ? [] : batches.split(',').map(Number)));
}

const select = 'SELECT keys, lines FROM event_batches WHERE id = ?';
const update = 'UPDATE event_batches SET keys = ?, lines = ? WHERE id = ?';
/** But the last one: the next is numbered after it, and no number is ever another batch's. */
const remove = 'DELETE FROM event_batches WHERE id = ? AND id < (SELECT max(id) FROM event_batches)';
const removeEarlier = 'DELETE FROM earlier_event_batches WHERE job_id = ?';

/** Events that are to be forgotten, each row of which is then written once. */
export class ForgottenEvents {
  readonly #jobs = new Map<number, Set<string>>();

  /** `newest`: the numbers in the job's own row. */
  add(driver: SqliteDriver, jobId: string, newest: string | null): void {
    for (const batch of batchesOf(driver, jobId, newest)) {
      const jobs = this.#jobs.get(batch);
      if (jobs === undefined) this.#jobs.set(batch, new Set([jobId]));
      else jobs.add(jobId);
    }
    driver.run(removeEarlier, [jobId]);
  }

  write(driver: SqliteDriver): void {
    for (const [batch, jobs] of this.#jobs) {
      for (const { keys, lines } of driver.all<{ keys: string; lines: string }>(select, [batch])) {
        forget(driver, batch, { keys, lines }, jobs);
      }
    }
  }
}

function forget(
  driver: SqliteDriver,
  batch: number,
  { keys, lines }: { readonly keys: string; readonly lines: string },
  jobs: ReadonlySet<string>,
): void {
  const kept = keys.split('\n').map((key) => (key === '' || jobs.has(readKey(key).jobId) ? '' : key));
  if (kept.every((key) => key === '') && driver.run(remove, [batch]) > 0) return;
  const left = lines.split('\n').map((line, at) => (kept[at] === '' ? '' : line));
  driver.run(update, [kept.join('\n'), left.join('\n'), batch]);
}
