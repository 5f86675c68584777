import { assertFilter, assertLimit } from '../../ports/store/limits.ts';
import type { JobCount, JobReads } from '../../ports/store/store.ts';
import type { SqliteDriver } from './driver.ts';
import { typesOf } from './job-types.ts';
import { readHistory } from './history.ts';
import { countIds, list, listIds } from './list.ts';
import { findJob } from './load.ts';
import { eventsOf } from './job-events.ts';
import { jobBytes } from './rows.ts';

const selectSizes = `SELECT job_rows.id, ${jobBytes} AS size
  FROM json_each(?) CROSS JOIN job_rows ON job_rows.id = value`;
const selectKinds = `SELECT job_rows.id, kind, job_rows.type
  FROM json_each(?) CROSS JOIN job_rows ON job_rows.id = value`;
const selectOverdue = `SELECT id, kind FROM job_rows WHERE deadline_at IS NOT NULL AND deadline_at <= ?
  ORDER BY deadline_at LIMIT +?`;
const selectDeadlines = `SELECT id, kind, deadline_at AS deadlineAt FROM job_rows
  WHERE deadline_at IS NOT NULL AND deadline_at >= ? AND (deadline_at, id) > (?, ?) AND created_at > ?
  ORDER BY deadline_at, id LIMIT +?`;

export function createJobReads(driver: SqliteDriver): JobReads {
  return {
    async get(id) {
      const job = driver.snapshot(() => findJob(driver, id));
      await driver.durable();
      return job;
    },
    async list(filter) {
      assertFilter(filter);
      const jobs = driver.snapshot(() => list(driver, filter));
      await driver.durable();
      return jobs;
    },
    async count(filter) {
      assertLimit(filter.limit, 10_001);
      const count = driver.snapshot(() => countIds(driver, filter));
      await driver.durable();
      return count;
    },
    async ids(filter) {
      assertFilter(filter);
      const ids = driver.snapshot(() => listIds(driver, filter));
      await driver.durable();
      return ids;
    },
    async sizes(ids) {
      if (ids.length === 0) return new Map();
      assertLimit(ids.length, 1_000);
      const rows = driver.all<{ id: string; size: number }>(selectSizes, [JSON.stringify(ids)]);
      await driver.durable();
      return new Map(rows.map(({ id, size }) => [id, size]));
    },
    async kinds(ids) {
      if (ids.length === 0) return new Map();
      assertLimit(ids.length, 1_000);
      const rows = driver.all<{ id: string; kind: string; type: string }>(selectKinds, [JSON.stringify(ids)]);
      await driver.durable();
      return new Map(rows.map(({ id, kind, type }) => [id, { kind, type }]));
    },
    async events(jobId, { after, limit }) {
      assertLimit(limit, 1_000);
      const events = driver.snapshot(() => eventsOf(driver, jobId, after, limit));
      await driver.durable();
      return events;
    },
    async overdue(now, limit) {
      return driver.all<{ id: string; kind: string }>(selectOverdue, [now, limit]);
    },
    async deadlines({ after, afterId = '', createdAfter = 0, limit }) {
      assertLimit(limit, 1_000);
      return driver.all<{ id: string; kind: string; deadlineAt: number }>(
        selectDeadlines, [after, after, afterId, createdAfter, limit],
      );
    },
    async typesOf(ownerId, kind, limit) {
      assertLimit(limit, 1_000);
      const types = driver.snapshot(() => typesOf(driver, ownerId, kind, limit));
      await driver.durable();
      return types;
    },
    async counts() {
      return driver.all<JobCount>('SELECT kind, type, state, count FROM job_counts WHERE count > 0');
    },
    async history(jobId) {
      const history = readHistory(driver, jobId);
      await driver.durable();
      return history;
    },
  };
}
