import type { JobCount, JobReads } from '../../ports/store/store.ts';
import type { Database } from './database.ts';
import { typesOfOwner } from './job-types.ts';
import { readHistory } from './history.ts';
import { assertFilter, assertLimit } from '../../ports/store/limits.ts';
import { countJobIds, listJobIds, listJobs } from './list.ts';
import { load } from './load.ts';
import { jobBytes, toEvent, type EventRow } from './rows.ts';
import { statement } from './statement.ts';

const selectEvents = statement(
  'job_events',
  `SELECT j.id AS "jobId", j.kind, e.sequence, e.line, CASE e.sequence WHEN 1 THEN j.input END AS input,
      CASE e.sequence WHEN 1 THEN j.input_large END AS "inputLarge"
    FROM jobs j, LATERAL (SELECT * FROM event_lines(j.id, $2::bigint) ORDER BY sequence LIMIT $3) e
    WHERE j.id = $1 ORDER BY e.sequence`,
);
const selectOverdue = statement(
  'jobs_overdue',
  `SELECT id, kind FROM jobs_open WHERE deadline_at IS NOT NULL AND deadline_at <= $1::bigint
    ORDER BY deadline_at LIMIT $2`,
);
const selectDeadlines = statement(
  'jobs_deadlines',
  `SELECT id, kind, deadline_at AS "deadlineAt" FROM jobs_open
    WHERE deadline_at >= $1::bigint AND (deadline_at, id) > ($1::bigint, $2) AND created_at > $3::bigint
    ORDER BY deadline_at, id LIMIT $4`,
);
const selectSizes = statement('jobs_sizes', `SELECT id, ${jobBytes} AS size FROM jobs WHERE id = ANY($1::text[])`);
const selectKinds = statement('jobs_kinds', 'SELECT id, kind, type FROM jobs WHERE id = ANY($1::text[])');
const selectCounts = statement(
  'jobs_counts',
  `SELECT kind, type, state, sum(count)::bigint AS count FROM job_counts
    GROUP BY kind, type, state HAVING sum(count) <> 0`,
);

const selectTypes = statement(
  'jobs_types',
  `WITH RECURSIVE ${typesOfOwner} SELECT type FROM types_of_owner LIMIT $3::bigint`,
);

const nothingElse = { accounts: [], reservations: [], records: [], idempotency: [] };

export function createJobReads(database: Database): JobReads {
  return {
    async get(id) {
      const { jobs } = await load(database, { ...nothingElse, jobs: [id] });
      return jobs[0] ?? null;
    },
    async list(filter) {
      assertFilter(filter);
      return listJobs(database, filter);
    },
    async count(filter) {
      assertLimit(filter.limit, 10_001);
      return countJobIds(database, filter);
    },
    async ids(filter) {
      assertFilter(filter);
      return listJobIds(database, filter);
    },
    async sizes(ids) {
      if (ids.length === 0) return new Map();
      assertLimit(ids.length, 1_000);
      const rows = await database.read<{ id: string; size: number }>(selectSizes, [ids]);
      return new Map(rows.map(({ id, size }) => [id, size]));
    },
    async kinds(ids) {
      if (ids.length === 0) return new Map();
      assertLimit(ids.length, 1_000);
      const rows = await database.read<{ id: string; kind: string; type: string }>(selectKinds, [ids]);
      return new Map(rows.map(({ id, kind, type }) => [id, { kind, type }]));
    },
    async events(jobId, { after, limit }) {
      assertLimit(limit, 1_000);
      return (await database.read<EventRow>(selectEvents, [jobId, after, limit])).map(toEvent);
    },
    overdue: (now, limit) => database.read<{ id: string; kind: string }>(selectOverdue, [now, limit]),
    deadlines({ after, afterId = '', createdAfter = 0, limit }) {
      assertLimit(limit, 1_000);
      return database.read<{ id: string; kind: string; deadlineAt: number }>(
        selectDeadlines, [after, afterId, createdAfter, limit],
      );
    },
    async typesOf(ownerId, kind, limit) {
      assertLimit(limit, 1_000);
      return (await database.read<{ type: string }>(selectTypes, [ownerId, kind, limit])).map(({ type }) => type);
    },
    counts: () => database.read<JobCount>(selectCounts, []),
    history: (jobId) => readHistory(database, jobId),
  };
}
