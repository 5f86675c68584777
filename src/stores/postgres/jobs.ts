import type { JobCount, JobReads } from '../../ports/store/store.ts';
import type { Database } from './database.ts';
import { readHistory } from './history.ts';
import { assertLimit, assertOffset } from '../../ports/store/limits.ts';
import { listJobIds, listJobs } from './list.ts';
import { load } from './load.ts';
import { eventColumns, toEvent, type EventRow } from './rows.ts';
import { statement } from './statement.ts';

const selectEvents = statement(
  'job_events',
  `SELECT ${eventColumns} FROM domain_events WHERE aggregate_id = $1 AND sequence > $2::bigint
    ORDER BY sequence LIMIT $3`,
);
const selectOverdue = statement(
  'jobs_overdue',
  `SELECT id, kind FROM jobs_open WHERE deadline_at IS NOT NULL AND deadline_at <= $1::bigint
    ORDER BY deadline_at LIMIT $2`,
);
const selectCounts = statement(
  'jobs_counts',
  `SELECT kind, type, state, sum(count)::bigint AS count FROM job_counts
    GROUP BY kind, type, state HAVING sum(count) <> 0`,
);

export function createJobReads(database: Database): JobReads {
  return {
    async get(id) {
      const { jobs } = await load(database, { jobs: [id], accounts: [], reservations: [], rules: [], idempotency: [] });
      return jobs[0] ?? null;
    },
    async list(filter) {
      assertLimit(filter.limit, 1_000);
      assertOffset(filter.offset ?? 0, 10_000);
      return listJobs(database, filter);
    },
    async ids(filter) {
      assertLimit(filter.limit, 1_000);
      assertOffset(filter.offset ?? 0, 10_000);
      return listJobIds(database, filter);
    },
    async events(jobId, { after, limit }) {
      assertLimit(limit, 1_000);
      return (await database.read<EventRow>(selectEvents, [jobId, after, limit])).map(toEvent);
    },
    overdue: (now, limit) => database.read<{ id: string; kind: string }>(selectOverdue, [now, limit]),
    counts: () => database.read<JobCount>(selectCounts, []),
    history: (jobId) => readHistory(database, jobId),
  };
}
