import { firstPlaceAt, idAt } from '../../domain/job/id.ts';
import type { Labels } from '../../domain/job/job.ts';
import type { Retention } from '../../ports/store/store.ts';
import type { SqliteDriver } from './driver.ts';
import { ForgottenEvents } from './event-batches.ts';
import { jobBytes } from './rows.ts';
import { JobCounter } from './job-counts.ts';
import { removeLogFile } from './log-files.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import type { UsageChange } from '../../ports/store/usage.ts';
import { changeUsage } from './usage.ts';
import { merge, type Source } from './merge.ts';

const purgeIdempotency = `DELETE FROM idempotency_keys WHERE (scope, key) IN
  (SELECT scope, key FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT +?)`;
const purgeMessages = `DELETE FROM queue_messages WHERE (queue, message_id) IN
  (SELECT queue, message_id FROM queue_messages WHERE state = 'gone' AND due_at < ? ORDER BY due_at LIMIT +?)`;

export function createRetention(driver: SqliteDriver): Retention {
  const assertDue = (limit: number): void => assertLimit(limit, 10_000);
  const forget = (sql: string) => async (before: number, limit: number): Promise<number> => {
    assertDue(limit);
    const gone = driver.run(sql, [before, limit]);
    await driver.durable();
    return gone;
  };
  const remove = async (ids: readonly string[]): Promise<readonly string[]> => {
    if (ids.length === 0) return [];
    const gone = driver.transaction(() => removeEnded(driver, ids));
    await driver.durable();
    return gone;
  };
  return {
    purgeIdempotency: forget(purgeIdempotency),
    purgeMessages: forget(purgeMessages),
    async purgeJobs(kind, before, limit) {
      assertDue(limit);
      return (await remove(endedBefore(driver, kind, before, limit))).length;
    },
    removeJobs: remove,
    async purgeRecords({ name, key, columns }, before, limit) {
      assertDue(limit);
      const first = columns.find(({ property }) => property === key[0])!.name;
      const names = columns.filter(({ property }) => key.includes(property)).map((column) => column.name).join(', ');
      const gone = driver.run(
        `DELETE FROM ${name} WHERE (${names}) IN (SELECT ${names} FROM ${name} WHERE ${first} < ? ORDER BY ${first}
          LIMIT +?)`,
        [before, limit],
      );
      await driver.durable();
      return gone;
    },
    async purgeDeliveries(before, limit) {
      assertDue(limit);
      const due = driver.all<{ id: string }>(selectDeliveries, [before, limit]);
      if (due.length === 0) return 0;
      const ids = JSON.stringify(due.map(({ id }) => id));
      const gone = driver.transaction(() => {
        // One that is to be tried again meanwhile is not over.
        const over = JSON.stringify(driver.all<{ id: string }>(deleteDeliveries, [ids]).map(({ id }) => id));
        driver.run('DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT value FROM json_each(?))', [over]);
        return JSON.parse(over) as string[];
      });
      await driver.durable();
      return gone.length;
    },
  };
}

const selectDeliveries = `SELECT id FROM webhook_deliveries WHERE due_at IS NULL AND created_at < ?
  ORDER BY created_at LIMIT +?`;
const deleteDeliveries = `DELETE FROM webhook_deliveries
  WHERE id IN (SELECT value FROM json_each(?)) AND due_at IS NULL RETURNING id`;

/** Whoever deletes the objects later would find nobody who says whose they were. */
const isWithoutObjects = `NOT EXISTS (SELECT 1 FROM ended_objects o WHERE o.job_id = job_rows.id
  AND (o.purged_at IS NULL OR o.due_at IS NOT NULL))`;
/** What a saga still has to undo, or a worker of it that is still there, would be found by nobody. */
const isWithoutOpenPart = `NOT EXISTS (SELECT 1 FROM job_rows s
  WHERE s.parent_id = job_rows.id AND s.ended_at IS NULL)`;
/** A part goes with the job that it is a part of; one that was left behind goes by itself. */
const isNoPart = `(parent_id IS NULL OR NOT EXISTS (SELECT 1 FROM job_rows p WHERE p.id = job_rows.parent_id))`;
const selectGroups = `SELECT type, state FROM job_counts WHERE kind = ? AND ended = 1 AND count > 0`;
const selectEnded = `SELECT place FROM job_rows WHERE kind = +? AND type = +? AND listed_state = +?
  AND ended_at IS NOT NULL AND place > +? AND place < +? AND ended_at < +? AND ${isNoPart}
  AND ${isWithoutObjects} AND ${isWithoutOpenPart} ORDER BY place LIMIT +?`;

/** Those that ended before were made before, so that no place from `before` on is looked at. */
function endedBefore(driver: SqliteDriver, kind: string, before: number, limit: number): string[] {
  return driver.snapshot(() => {
    const groups = driver.all<{ type: string; state: string }>(selectGroups, [kind]);
    const sources = groups.flatMap(({ type, state }): Source<string>[] => {
      const after = (last: string, count: number): string[] => {
        const params = [kind, type, state, last, firstPlaceAt(before), before, count];
        return driver.all<{ place: string }>(selectEnded, params).map(({ place }) => place);
      };
      const first = after('', 1);
      return first.length === 0 ? [] : [{ first, more: (last, _, count) => after(last, count) }];
    });
    return merge(sources, (a, b) => a < b, limit).map(idAt);
  });
}

interface EndedRow {
  id: string;
  place: string;
  kind: string;
  type: string;
  state: string;
  ownerId: string;
  labels: string | null;
  batches: string | null;
  bytes: number;
}

const removeJob = `DELETE FROM job_rows WHERE id = ? AND ended_at IS NOT NULL AND ${isWithoutOpenPart}
  RETURNING id, place, kind, type, state, owner_id AS ownerId, labels, event_batches AS batches,
    ${jobBytes} AS bytes`;
const selectParts = `SELECT id FROM job_rows WHERE parent_id = ?`;
const removeLabel = 'DELETE FROM job_labels WHERE kind = ? AND name = ? AND value = ? AND place = ?';
/** All that belongs to a job. The ledger is kept: its lines are what balances are proved by. */
const removeParts = [
  'DELETE FROM job_logs WHERE job_id = ?',
  'DELETE FROM log_chunks WHERE job_id = ?',
  'DELETE FROM job_items WHERE job_id = ?',
  'DELETE FROM job_history WHERE job_id = ?',
  'DELETE FROM ended_objects WHERE job_id = ?',
  "DELETE FROM reservations WHERE job_id = ? AND state <> 'held'",
];

/** With their parts. Answers which of `ids` went. */
function removeEnded(driver: SqliteDriver, ids: readonly string[]): string[] {
  const counter = new JobCounter();
  const events = new ForgottenEvents();
  const remove = (id: string): EndedRow[] => driver.all<EndedRow>(removeJob, [id]);
  const gone = ids.flatMap(remove);
  const parts = gone.flatMap(({ id }) => driver.all<{ id: string }>(selectParts, [id]));
  const usage = new Map<string, UsageChange>();
  for (const row of [...gone, ...parts.flatMap(({ id }) => remove(id))]) {
    const { id, place, kind, type, state, ownerId, labels, batches, bytes } = row;
    events.add(driver, id, batches);
    for (const sql of removeParts) driver.run(sql, [id]);
    removeLogFile(driver, id);
    for (const [name, value] of Object.entries(labels === null ? {} : (JSON.parse(labels) as Labels))) {
      driver.run(removeLabel, [kind, name, value, place]);
    }
    counter.left({ kind, type, state });
    const sum = usage.get(`${ownerId}\0${kind}`) ?? { ownerId, kind, unfinished: 0, kept: 0, bytes: 0 };
    usage.set(`${ownerId}\0${kind}`, { ...sum, kept: sum.kept - 1, bytes: sum.bytes - bytes });
  }
  events.write(driver);
  changeUsage(driver, [...usage.values()]);
  counter.write(driver);
  // Types come and go: what nobody counts any more is not kept.
  if (gone.length > 0) driver.run('DELETE FROM job_counts WHERE count = 0');
  return gone.map(({ id }) => id);
}
