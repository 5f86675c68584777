import type { JobFilter, JobSummary } from '../../ports/store/store.ts';
import type { Database } from './database.ts';
import { jobColumns, toSummary, type JobRow } from './rows.ts';
import { statement } from './statement.ts';

/** Above every id: a UUID in lower case begins with a hexadecimal digit. */
const aboveEveryId = '~';

const newest = statement('jobs_newest', `SELECT ${jobColumns} FROM jobs WHERE id < $1 ORDER BY id DESC LIMIT $2`);

/*
 * Within one kind and state an index has the jobs in order, so each of those that match gives at most a page of ids
 * and the newest of all are taken: a page costs the same whether there are a thousand jobs or a million, and whichever
 * filters are combined. What lists of every owner's say in addition lets them go by the indexes by state (see the
 * migration).
 */
const ownedNewest = statement('jobs_list_owner', listing('owner_id = $6 AND'));
const allNewest = statement('jobs_list', listing("id <> '' AND"));

function listing(which: string): string {
  const page = (table: string, groups: string): string =>
    `SELECT page.id FROM groups g, LATERAL (
        SELECT id FROM ${table} WHERE ${which} kind = g.kind AND state = g.state AND id < $1 ORDER BY id DESC LIMIT $2
      ) page WHERE ${groups} g.ended`;
  return `WITH groups AS MATERIALIZED (
      SELECT kind, state, bool_or(ended) AS ended FROM job_counts
      WHERE ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR state = $4)
      GROUP BY kind, state HAVING sum(count) > 0 AND ($5::text IS NULL OR max(phase) = $5)
    ), ids AS MATERIALIZED (
      SELECT id FROM (${page('jobs_open', 'NOT')} UNION ALL ${page('jobs_ended', '')}) pages
      ORDER BY id DESC LIMIT $2
    )
    SELECT ${jobColumns} FROM jobs WHERE id = ANY(ARRAY(SELECT id FROM ids)) ORDER BY id DESC`;
}

export async function listJobs(database: Database, filter: JobFilter): Promise<readonly JobSummary[]> {
  const { ownerId, kind = null, state = null, phase = null, limit, before = aboveEveryId } = filter;
  const where = [before, limit, kind, state, phase];
  if (ownerId !== null) return (await database.read<JobRow>(ownedNewest, [...where, ownerId])).map(toSummary);
  if (kind !== null || state !== null || phase !== null) {
    return (await database.read<JobRow>(allNewest, where)).map(toSummary);
  }
  return (await database.read<JobRow>(newest, [before, limit])).map(toSummary);
}
