import { firstIdAt } from '../../domain/job/id.ts';
import type { JobFilter, JobSummary } from '../../ports/store/store.ts';
import type { Database } from './database.ts';
import { jobColumns, listedColumns, toSummary, type JobRow } from './rows.ts';
import { statement, type Statement } from './statement.ts';

/** Above every id: a UUID in lower case begins with a hexadecimal digit. */
const aboveEveryId = '~';

/** What is read of a page. */
type Reading = 'listed' | 'whole' | 'ids';

/** A statement for each reading of a page of ids. */
function reading(name: string, page: string): Readonly<Record<Reading, Statement>> {
  const rows = (columns: string): string =>
    `${page} SELECT ${columns} FROM jobs WHERE id = ANY(ARRAY(SELECT id FROM page)) ORDER BY id DESC`;
  return {
    listed: statement(name, rows(listedColumns)),
    whole: statement(`${name}_whole`, rows(jobColumns)),
    ids: statement(`${name}_ids`, `${page} SELECT id FROM page ORDER BY id DESC`),
  };
}

const newest = reading(
  'jobs_newest',
  `WITH page AS MATERIALIZED (
      SELECT id FROM jobs WHERE id < $1 AND id >= $2 ORDER BY id DESC LIMIT $3 OFFSET $4
    )`,
);

/** Jobs that are looked through for those of one kind; and so many times as many as are wanted. */
const [mostRecent, timesWanted] = [2_000, 4];
// Mostly there is one kind of which nearly all jobs are: then the newest of all are those of the kind.
const recentOfKind = reading(
  'jobs_list_recent',
  `WITH recent AS MATERIALIZED (
      SELECT id, kind FROM jobs WHERE id < $1 AND id >= $2 ORDER BY id DESC LIMIT $6
    ), page AS MATERIALIZED (
      SELECT id FROM recent WHERE kind = $5 ORDER BY id DESC LIMIT $3 OFFSET $4
    )`,
);

/*
 * Within one kind, type and state an index has the jobs in order. There may be hundreds of such groups, so not each
 * of them gives a whole page of ids: each gives a few, which is mostly all that the page has of it. What is
 * missing then can only be in groups that gave as many as they were asked for, all of them newer than the last of the
 * page so far (`least`): those give the rest. So a page costs the same whether there are a thousand jobs or a million,
 * and whichever filters are combined. What lists of every owner's say in addition lets them go by the indexes by state
 * (see migrations/postgres/0003_lists.sql).
 */
const ownedNewest = reading('jobs_list_owner', listing('owner_id = $9 AND'));
const allNewest = reading('jobs_list', listing("id <> '' AND"));

function listing(which: string): string {
  const ids = (groups: string, table: string, where: string, below: string, above: string, limit: string): string =>
    `SELECT g.place, page.id FROM ${groups} g, LATERAL (
        SELECT id FROM ${table} WHERE ${which} kind = g.kind AND type = g.type AND state = g.state
          AND id < ${below} AND id >= ${above} ORDER BY id DESC LIMIT ${limit}
      ) page WHERE ${where}`;
  const both = (groups: string, below: string, above: string, limit: string): string =>
    `${ids(groups, 'jobs_open', 'NOT g.ended', below, above, limit)}
      UNION ALL ${ids(groups, 'jobs_ended', 'g.ended', below, above, limit)}`;
  return `WITH groups AS MATERIALIZED (
      SELECT kind, type, state, ended, row_number() OVER () AS place FROM job_groups
      WHERE kind = COALESCE($5, kind) AND type = COALESCE($6, type) AND state = COALESCE($7, state)
        AND phase = COALESCE($8, phase)
    ), size AS MATERIALIZED (
      SELECT $3::bigint + $4::bigint AS wanted, 4 + 2 * ($3::bigint + $4::bigint) / greatest(count(*), 1) AS few
      FROM groups
    ), few AS MATERIALIZED (
      ${both('groups', '$1', '$2', '(SELECT few FROM size)')}
    ), least AS MATERIALIZED (
      SELECT COALESCE(
        (SELECT id FROM few ORDER BY id DESC LIMIT 1 OFFSET (SELECT wanted - 1 FROM size)), $2
      ) AS id
    ), unfinished AS MATERIALIZED (
      SELECT kind, type, state, ended, place, rest.below
      FROM (SELECT place AS of, min(id) AS below, count(*) AS given FROM few GROUP BY place) rest
      JOIN groups ON place = of
      WHERE given = (SELECT few FROM size) AND below > (SELECT id FROM least)
    ), page AS MATERIALIZED (
      SELECT id FROM (
        SELECT id FROM few
        UNION ALL
        SELECT id FROM (
          ${both('unfinished', 'g.below', '(SELECT id FROM least)', '(SELECT wanted FROM size)')}
        ) others
      ) found ORDER BY id DESC LIMIT $3 OFFSET $4
    )`;
}

export async function listJobs(database: Database, filter: JobFilter): Promise<readonly JobSummary[]> {
  return (await readPage<JobRow>(database, filter, filter.whole ? 'whole' : 'listed')).map(toSummary);
}

export async function listJobIds(database: Database, filter: JobFilter): Promise<readonly string[]> {
  return (await readPage<{ id: string }>(database, filter, 'ids')).map(({ id }) => id);
}

async function readPage<Row>(database: Database, filter: JobFilter, how: Reading): Promise<readonly Row[]> {
  const { ownerId, kind = null, type = null, state = null, phase = null, limit, offset = 0 } = filter;
  const { before = aboveEveryId, createdFrom, createdBefore } = filter;
  const until = createdBefore === undefined ? aboveEveryId : firstIdAt(createdBefore);
  const from = createdFrom === undefined ? '' : firstIdAt(createdFrom);
  const where = [before < until ? before : until, from, limit, offset];
  const groups = [kind, type, state, phase];
  if (ownerId !== null) return database.read<Row>(ownedNewest[how], [...where, ...groups, ownerId]);
  const looked = timesWanted * (limit + offset);
  if (kind !== null && type === null && state === null && phase === null && looked <= mostRecent) {
    const recent = await database.read<Row>(recentOfKind[how], [...where, kind, looked]);
    if (recent.length === limit) return recent;
  }
  const select = groups.every((group) => group === null) ? newest : allNewest;
  return database.read<Row>(select[how], select === newest ? where : [...where, ...groups]);
}
