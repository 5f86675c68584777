import type { RecordedEvent } from '../../domain/job/job.ts';
import { keyedLines, readLine, type KeyedLine } from '../../ports/store/event-batch.ts';
import type { SqliteDriver } from './driver.ts';
import { batchesOf } from './event-batches.ts';

interface Row {
  kind: string;
  event_batches: string | null;
}

const selectJob = 'SELECT kind, event_batches FROM job_rows WHERE id = ?';
const selectBatch = 'SELECT keys, lines FROM event_batches WHERE id = ?';
const selectInput = 'SELECT input, input_large FROM job_rows WHERE id = ?';

/** To be called in a snapshot. */
export function eventsOf(driver: SqliteDriver, jobId: string, after: number, limit: number): RecordedEvent[] {
  const [job] = driver.all<Row>(selectJob, [jobId]);
  if (job === undefined) return [];
  const events: RecordedEvent[] = [];
  for (const number of batchesOf(driver, jobId, job.event_batches, after)) {
    for (const { jobId: id, sequence, line } of linesIn(driver, number)) {
      if (id !== jobId || sequence <= after) continue;
      events.push(eventOf(driver, { jobId, kind: job.kind, sequence }, line));
      if (events.length === limit) return events;
    }
  }
  return events;
}

function linesIn(driver: SqliteDriver, batch: number): Iterable<KeyedLine> {
  const [row] = driver.all<{ keys: string; lines: string }>(selectBatch, [batch]);
  return row === undefined ? [] : keyedLines(row);
}

/** The event of a line, with the job's input if it is its first one. */
export function eventOf(
  driver: SqliteDriver,
  event: Pick<RecordedEvent, 'jobId' | 'kind' | 'sequence'>,
  line: string,
): RecordedEvent {
  const [row] = event.sequence === 1
    ? driver.all<{ input: string | null; input_large: string | null }>(selectInput, [event.jobId])
    : [];
  return readLine(event, line, row?.input ?? null, row?.input_large ?? null);
}
