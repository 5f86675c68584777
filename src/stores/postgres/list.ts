import { firstPlaceAt, idAt, placeOf } from '../../domain/job/id.ts';
import type { JobFilter, JobScope, JobSummary } from '../../ports/store/store.ts';
import type { Database } from './database.ts';
import { givenOut } from './leases.ts';
import { jobColumns, listedColumns, toSummary, type JobRow } from './rows.ts';
import { statement, type Call, type SqlValue, type Statement } from './statement.ts';

/** Above every place: a UUID in lower case begins with a hexadecimal digit. */
const aboveAll = '~';

/** What is read of a page. */
type Reading = 'listed' | 'whole' | 'ids' | 'count';

/** As `idAt`. */
const idOf = (place: string): string => `substr(${place}, strpos(${place}, ':') + 1)`;

/** A statement for each reading of a page of places. */
function reading(name: string, page: string): Readonly<Record<Reading, Statement>> {
  const rows = (columns: string): string =>
    `${page} SELECT ${columns} FROM jobs WHERE id = ANY(ARRAY(SELECT ${idOf('place')} FROM page)) ORDER BY place DESC`;
  return {
    listed: statement(name, rows(listedColumns)),
    whole: statement(`${name}_whole`, rows(jobColumns)),
    ids: statement(`${name}_ids`, `${page} SELECT place FROM page ORDER BY place DESC`),
    count: statement(`${name}_count`, `${page} SELECT count(*)::integer AS count FROM page`),
  };
}

/** Jobs that are counted of each label of several, so as to go by the one that has the fewest. */
const mostCounted = 1_000;

/*
 * Within one kind, type and state an index has the jobs in order. There may be hundreds of such groups, so not each
 * of them gives a whole page of places: each gives a few, which is mostly all that the page has of it. What is
 * missing then can only be in groups that gave as many as they were asked for, all of them newer than the last of the
 * page so far (`least`): those give the rest. So a page costs the same whether there are a thousand jobs or a million,
 * and whichever filters are combined. What lists of every owner's say in addition lets them go by the indexes by state
 * (see migrations/postgres/0003_lists.sql).
 *
 * Jobs that workers have claimed stand in the index under the state from which they were claimed: there they are passed
 * over, and all of them, which are as many as workers have at once, are looked at for the page (`claimed`).
 */
const ofOwners = {
  newest: reading('jobs_list_owner', listing('unnest($5::text[], $9::text[]) AS s', 'owner_id = g.owner_id AND')),
  labeled: reading('jobs_labeled_owner', labeled('unnest($5::text[], $11::text[]) AS s', 'owner_id = s.owner_id AND')),
};
const ofEverybody = {
  newest: reading('jobs_list', listing('unnest($5::text[], ARRAY[]::text[]) AS s', "place <> '' AND")),
  labeled: reading('jobs_labeled', labeled('unnest($5::text[], ARRAY[]::text[]) AS s', '')),
};

function listing(scopes: string, which: string): string {
  const ids = (groups: string, table: string, state: string, below: string, above: string, limit: string): string =>
    `SELECT g.nth, page.place FROM ${groups} g, LATERAL (
        SELECT place FROM ${table} WHERE ${which} kind = g.kind AND type = g.type AND ${state}
          AND place < ${below} AND place >= ${above} ORDER BY place DESC LIMIT ${limit}
      ) page`;
  const both = (groups: string, below: string, above: string, limit: string): string =>
    `${ids(groups, 'jobs_open', "listed_state = g.state AND state || '' = g.state", below, above, limit)}
      WHERE NOT g.ended
      UNION ALL ${ids(groups, 'jobs_ended', 'state = g.state', below, above, limit)} WHERE g.ended`;
  return `WITH groups AS MATERIALIZED (
      SELECT g.kind, type, state, phase, ended, owner_id, row_number() OVER () AS nth
      FROM ${scopes} (kind, owner_id) JOIN job_groups g ON g.kind = s.kind
      WHERE type = COALESCE($6, type) AND state = COALESCE($7, state) AND phase = COALESCE($8, phase)
    ), size AS MATERIALIZED (
      SELECT $3::bigint + $4::bigint AS wanted, 4 + 2 * ($3::bigint + $4::bigint) / greatest(count(*), 1) AS few
      FROM groups
    ), few AS MATERIALIZED (
      ${both('groups', '$1', '$2', '(SELECT few FROM size)')}
    ), claimed AS MATERIALIZED (
      SELECT j.place FROM (${givenOut}) w, LATERAL (
        SELECT owner_id, kind, type, state, place FROM jobs_open
        WHERE id = w.id AND listed_state <> state AND place < $1 AND place >= $2 OFFSET 0
      ) j JOIN groups g ON g.kind = j.kind AND g.type = j.type AND g.state = j.state
        AND j.owner_id = COALESCE(g.owner_id, j.owner_id)
      WHERE EXISTS (SELECT 1 FROM groups WHERE phase = 'active')
    ), found AS MATERIALIZED (
      SELECT place FROM few UNION ALL SELECT place FROM claimed
    ), least AS MATERIALIZED (
      SELECT COALESCE(
        (SELECT place FROM found ORDER BY place DESC LIMIT 1 OFFSET (SELECT wanted - 1 FROM size)), $2
      ) AS place
    ), unfinished AS MATERIALIZED (
      SELECT kind, type, state, ended, owner_id, nth, rest.below
      FROM (SELECT nth AS of, min(place) AS below, count(*) AS given FROM few GROUP BY nth) rest
      JOIN groups ON nth = of
      WHERE given = (SELECT few FROM size) AND below > (SELECT place FROM least)
    ), page AS MATERIALIZED (
      SELECT place FROM (
        SELECT place FROM found
        UNION ALL
        SELECT place FROM (
          ${both('unfinished', 'g.below', '(SELECT place FROM least)', '(SELECT wanted FROM size)')}
        ) others
      ) every ORDER BY place DESC LIMIT $3 OFFSET $4
    )`;
}

/** `$9`, `$10`: the labels. What is asked for beside one is looked at job by job. */
function labeled(scopes: string, which: string): string {
  return `WITH scopes AS MATERIALIZED (
      SELECT s.kind, s.owner_id, w.name, w.value FROM ${scopes} (kind, owner_id), LATERAL (
        SELECT name, value FROM unnest($9::text[], $10::text[]) AS w (name, value)
        ORDER BY CASE WHEN cardinality($9::text[]) = 1 THEN 0 ELSE (
          SELECT count(*) FROM (
            SELECT 1 FROM job_labels WHERE ${which} kind = s.kind AND name = w.name AND value = w.value
            LIMIT ${mostCounted}
          ) counted
        ) END LIMIT 1
      ) w
    ), page AS MATERIALIZED (
      SELECT job.place FROM scopes s, LATERAL (
        SELECT l.place FROM job_labels l
        WHERE ${which} l.kind = s.kind AND l.name = s.name AND l.value = s.value
          AND l.place < $1 AND l.place >= $2
          AND (cardinality($9::text[]) = 1 OR ${hasLabels('l.kind', 'l.place')})
          AND (($6::text IS NULL AND $7::text IS NULL AND $8::text IS NULL) OR EXISTS (
            SELECT 1 FROM jobs j WHERE j.id = ${idOf('l.place')} AND type = COALESCE($6, type)
              AND state = COALESCE($7, state) AND phase = COALESCE($8, phase) OFFSET 0
          ))
        ORDER BY l.place DESC LIMIT $3::bigint + $4::bigint
      ) job ORDER BY job.place DESC LIMIT $3 OFFSET $4
    )`;
}

/** All of them. */
function hasLabels(kind: string, place: string): string {
  return `NOT EXISTS (
    SELECT 1 FROM unnest($9::text[], $10::text[]) AS w (name, value) WHERE NOT EXISTS (
      SELECT 1 FROM job_labels o WHERE o.kind = ${kind} AND o.name = w.name AND o.value = w.value
        AND o.place = ${place} OFFSET 0
    )
  )`;
}

/** A job has so few parts that whose they are, and all else, is looked at one by one. */
const ofParent = reading(
  'jobs_of_parent',
  `WITH page AS MATERIALIZED (
      SELECT job.place FROM unnest($5::text[], $11::text[]) AS s (kind, owner_id), LATERAL (
        SELECT j.place FROM jobs j
        WHERE j.parent_id = $12 AND j.kind = s.kind AND j.place < $1 AND j.place >= $2
          AND j.owner_id = COALESCE(s.owner_id, j.owner_id) AND j.type = COALESCE($6, j.type)
          AND j.state = COALESCE($7, j.state) AND j.phase = COALESCE($8, j.phase)
          AND (cardinality($9::text[]) = 0 OR ${hasLabels('j.kind', 'j.place')})
        ORDER BY j.place DESC LIMIT $3::bigint + $4::bigint
      ) job ORDER BY job.place DESC LIMIT $3 OFFSET $4
    )`,
);

export async function listJobs(database: Database, filter: JobFilter): Promise<readonly JobSummary[]> {
  return (await readPage<JobRow>(database, filter, filter.whole ? 'whole' : 'listed', placeOf)).map(toSummary);
}

export async function listJobIds(database: Database, filter: JobFilter): Promise<readonly string[]> {
  const placed = await readPage<{ place: string }>(database, filter, 'ids', ({ place }) => place);
  return placed.map(({ place }) => idAt(place));
}

/** At most `limit`. */
export async function countJobIds(database: Database, filter: JobFilter): Promise<number> {
  const { scopes, limit } = filter;
  const [first, ...others] = partsOf(filter).map((part) => callOf({ ...filter, offset: 0 }, part, 'count'));
  if (first === undefined || scopes.length === 0) return 0;
  const counts = await readParts<{ readonly count: number }>(database, [first, ...others]);
  return Math.min(limit, counts.reduce((sum, { count }) => sum + count, 0));
}

/** The scopes that one statement answers for. */
function partsOf({ scopes, parentId }: JobFilter): readonly (readonly JobScope[])[] {
  if (parentId !== undefined) return [scopes];
  const parts = [scopes.filter(({ ownerId }) => ownerId !== null), scopes.filter(({ ownerId }) => ownerId === null)];
  return parts.filter((some) => some.length > 0);
}

async function readPage<Row>(
  database: Database,
  filter: JobFilter,
  how: Reading,
  placeOfRow: (row: Row) => string,
): Promise<readonly Row[]> {
  const { scopes, limit, offset = 0 } = filter;
  if (scopes.length === 0) return [];
  const [part, other] = partsOf(filter);
  if (part === undefined) return [];
  if (other === undefined) return readParts(database, [callOf(filter, part, how)]);
  const whole = { ...filter, limit: offset + limit, offset: 0 };
  const rows = await readParts<Row>(database, [callOf(whole, part, how), callOf(whole, other, how)]);
  return rows.toSorted((a, b) => (placeOfRow(a) < placeOfRow(b) ? 1 : -1)).slice(offset, offset + limit);
}

/** In one snapshot. */
async function readParts<Row>(database: Database, calls: readonly [Call, ...Call[]]): Promise<readonly Row[]> {
  const [{ statement: select, values }] = calls;
  if (calls.length === 1) return database.read<Row>(select, values);
  return (await database.snapshot(calls)).flat() as Row[];
}

/** The scopes are of one sort, unless it is a parent's. */
function callOf(filter: JobFilter, scopes: readonly JobScope[], how: Reading): Call {
  const { type = null, state = null, phase = null, labels = {}, parentId } = filter;
  const owners = scopes.map(({ ownerId }) => ownerId);
  const isOwned = owners[0] !== null;
  const names = Object.keys(labels);
  const values = [...pageOf(filter), scopes.map(({ kind }) => kind), type, state, phase];
  const labelValues = [names, Object.values(labels)];
  if (parentId !== undefined) {
    return { statement: ofParent[how], values: [...values, ...labelValues, owners, parentId] };
  }
  const of = isOwned ? ofOwners : ofEverybody;
  const last = isOwned ? [owners] : [];
  if (names.length === 0) return { statement: of.newest[how], values: [...values, ...last] };
  return { statement: of.labeled[how], values: [...values, ...labelValues, ...last] };
}

function pageOf({ before = aboveAll, createdFrom, createdBefore, limit, offset = 0 }: JobFilter): SqlValue[] {
  const until = createdBefore === undefined ? aboveAll : firstPlaceAt(createdBefore);
  const from = createdFrom === undefined ? '' : firstPlaceAt(createdFrom);
  return [before < until ? before : until, from, limit, offset];
}
