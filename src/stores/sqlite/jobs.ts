import { InvariantViolation } from '../../domain/errors.ts';
import type { JobFilter, JobReads, JobSummary } from '../../ports/store/store.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { readHistory } from './history.ts';
import { jobGroups, type JobGroup } from './job-counts.ts';
import { findJob } from './load.ts';
import { jobColumns, toEvent, toSummary, type EventRow, type JobRow } from './rows.ts';

/** Above every id: a UUID in lower case begins with a hexadecimal digit. */
const aboveEveryId = '~';

const selectEvents = `SELECT occurred_at, aggregate_kind, aggregate_id, sequence, correlation_id, actor, payload
  FROM domain_events WHERE aggregate_id = ? AND sequence > ? ORDER BY sequence LIMIT ?`;
const selectOverdue = `SELECT id, kind FROM jobs WHERE deadline_at IS NOT NULL AND deadline_at <= ?
  ORDER BY deadline_at LIMIT ?`;

export function createJobReads(driver: SqliteDriver): JobReads {
  return {
    async get(id) {
      const job = driver.snapshot(() => findJob(driver, id));
      await driver.durable();
      return job;
    },
    async list(filter) {
      assertLimit(filter.limit, 1_000);
      const jobs = driver.snapshot(() => list(driver, filter));
      await driver.durable();
      return jobs;
    },
    async events(jobId, { after, limit }) {
      assertLimit(limit, 1_000);
      const rows = driver.all<EventRow>(selectEvents, [jobId, after, limit]);
      await driver.durable();
      return rows.map(toEvent);
    },
    async overdue(now, limit) {
      return driver.all<{ id: string; kind: string }>(selectOverdue, [now, limit]);
    },
    async counts() {
      return jobGroups(driver).flatMap(({ kind, state, count }) => (count > 0 ? [{ kind, state, count }] : []));
    },
    async history(jobId) {
      const history = readHistory(driver, jobId);
      await driver.durable();
      return history;
    },
  };
}

export function assertLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new InvariantViolation(`a limit is 1 to ${most}, not ${limit}`);
}

/**
 * The newest jobs under the filter. Within one kind and state an index has them in order, so each
 * of those that match gives at most a page of ids and the newest of all are taken: a page costs the
 * same whether there are a thousand jobs or a million, and whichever filters are combined.
 */
function list(driver: SqliteDriver, filter: JobFilter): JobSummary[] {
  const { ownerId, kind, state, phase, limit, before = aboveEveryId } = filter;
  if (ownerId === null && kind === undefined && state === undefined && phase === undefined) {
    return driver
      .all<JobRow>(`SELECT ${jobColumns} FROM jobs WHERE id < ? ORDER BY id DESC LIMIT ?`, [before, limit])
      .map(toSummary);
  }
  const groups = jobGroups(driver).filter(
    (group) =>
      group.count > 0 &&
      (kind === undefined || group.kind === kind) &&
      (state === undefined || group.state === state) &&
      (phase === undefined || group.phase === phase),
  );
  const found = groups.flatMap((group) => idsOf(driver, group, ownerId, before, limit));
  if (groups.length > 1) found.sort((a, b) => (a < b ? 1 : -1));
  return found.slice(0, limit).flatMap((id) =>
    driver.all<JobRow>(`SELECT ${jobColumns} FROM jobs WHERE id = ?`, [id]).map(toSummary),
  );
}

function idsOf(
  driver: SqliteDriver,
  { kind, state, ended }: JobGroup,
  ownerId: string | null,
  before: string,
  limit: number,
): string[] {
  const which = ended === 1 ? 'ended_at IS NOT NULL' : 'ended_at IS NULL';
  const owned = ownerId === null ? '' : 'owner_id = ? AND';
  const owner: SqlValue[] = ownerId === null ? [] : [ownerId];
  const rows = driver.all<{ id: string }>(
    `SELECT id FROM jobs WHERE ${owned} kind = ? AND state = ? AND id < ? AND ${which} ORDER BY id DESC LIMIT ?`,
    [...owner, kind, state, before, limit],
  );
  return rows.map(({ id }) => id);
}
