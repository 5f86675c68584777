import { InvariantViolation } from '../../domain/errors.ts';
import { keyedLines, readKey } from '../../ports/store/event-batch.ts';
import type { EventFeed, FedEvent, FeedPage } from '../../ports/store/event-feed.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { storedBytes } from '../../ports/store/usage.ts';
import type { SqliteDriver } from './driver.ts';
import { eventOf } from './job-events.ts';
import { toLabels } from './rows.ts';

/*
 * A position is the number of a batch, a dot and the number of its line, from 1. Only one transaction writes at a time,
 * so that batches are in the order of commits; and a number is never given again, whatever is deleted.
 */

interface Position {
  readonly batch: number;
  readonly line: number;
}

interface Batch {
  id: number;
  keys: string;
  lines: string;
}

interface FedJob {
  id: string;
  kind: string;
  type: string;
  owner_id: string;
  labels: string | null;
}

/** How large batches are is known without reading them. */
const selectSizes = `SELECT id, count, octet_length(lines) AS bytes FROM event_batches
  WHERE id >= ? ORDER BY id LIMIT +?`;
const selectBatches = 'SELECT id, keys, lines FROM event_batches WHERE id BETWEEN ? AND ? ORDER BY id';
const selectJobs = `SELECT job_rows.id, kind, job_rows.type, owner_id, labels
  FROM json_each(?) CROSS JOIN job_rows ON job_rows.id = value`;
const selectLast = 'SELECT max(id) AS last FROM event_batches';

/** Batches that are looked at together. */
const mostBatches = 64;

export function createEventFeed(driver: SqliteDriver): EventFeed {
  return {
    async read(after, page) {
      assertLimit(page.limit, 1_000);
      const from = parse(after);
      const events = driver.snapshot(() => readPage(driver, from, page));
      await driver.durable();
      return events;
    },
    async end() {
      const [row] = driver.all<{ last: number | null }>(selectLast);
      await driver.durable();
      return `${(row?.last ?? 0) + 1}.0`;
    },
    isPosition: (text) => position.test(text),
  };
}

const position = /^(\d{1,15})\.(\d{1,9})$/;

function parse(after: string | null): Position {
  if (after === null) return { batch: 0, line: 0 };
  const [, batch, line] = position.exec(after) ?? [];
  if (line === undefined) throw new InvariantViolation(`${JSON.stringify(after)} is no position in the feed`);
  return { batch: Number(batch), line: Number(line) };
}

function readPage(driver: SqliteDriver, after: Position, { limit, maxBytes }: FeedPage): FedEvent[] {
  const fed: FedEvent[] = [];
  let bytes = 0;
  for (let from = after; ;) {
    const batches = nextBatches(driver, from.batch, limit - fed.length, maxBytes - bytes);
    const jobs = jobsOf(driver, batches);
    for (const { id, ...batch } of batches) {
      for (const { jobId, sequence, line, place } of keyedLines(batch)) {
        const job = jobs.get(jobId);
        if (job === undefined || (id === after.batch && place <= after.line)) continue;
        const { kind, type, owner_id, labels } = job;
        const event = eventOf(driver, { jobId, kind, sequence }, line);
        const size = storedBytes(event.body);
        fed.push({
          position: `${id}.${place}`, event, bytes: size, ownerId: owner_id, jobType: type, labels: toLabels(labels),
        });
        bytes += size;
        if (fed.length === limit || bytes >= maxBytes) return fed;
      }
    }
    const last = batches.at(-1);
    if (last === undefined) return fed;
    from = { batch: last.id + 1, line: 0 };
  }
}

/** From that one on, as many as may be in the page: at least one, if there is one. */
function nextBatches(driver: SqliteDriver, from: number, events: number, maxBytes: number): Batch[] {
  const sizes = driver.all<{ id: number; count: number; bytes: number }>(selectSizes, [from, mostBatches]);
  let [counted, bytes] = [0, 0];
  const enough = sizes.findIndex((size) => {
    counted += size.count;
    bytes += size.bytes;
    return counted >= events || bytes >= maxBytes;
  });
  const last = sizes.at(enough);
  return last === undefined ? [] : driver.all<Batch>(selectBatches, [from, last.id]);
}

function jobsOf(driver: SqliteDriver, batches: readonly Batch[]): ReadonlyMap<string, FedJob> {
  const ids = new Set<string>();
  for (const { keys } of batches) {
    for (const key of keys.split('\n')) if (key !== '') ids.add(readKey(key).jobId);
  }
  return new Map(driver.all<FedJob>(selectJobs, [JSON.stringify([...ids])]).map((job) => [job.id, job]));
}
