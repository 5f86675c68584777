import { firstPlaceAt, idAt } from '../../domain/job/id.ts';
import type { JobFilter, JobScope, JobSummary } from '../../ports/store/store.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { merge, type Source } from './merge.ts';
import { jobColumns, listedColumns, toSummary, type JobRow } from './rows.ts';

const selectWhole = `SELECT ${jobColumns} FROM job_rows WHERE id = ?`;
const selectListed = `SELECT ${listedColumns} FROM job_rows WHERE id = ?`;

/** Above every place: a UUID in lower case begins with a hexadecimal digit. */
const aboveAll = '~';

/** Places that a filter leaves: from the first one on, up to but without the second. */
interface Range {
  readonly from: string;
  readonly before: string;
}

/**
 * The newest jobs under the filter. An index has those of one kind, of a kind's label and of a parent in order, and
 * within one kind, type and state too: the newest of each such group are looked up, and all of them merged. So a page
 * costs the same whether there are a thousand jobs or a million. What is asked for beside a label or a parent is
 * looked at job by job, among those of the label that has the fewest, or of the parent.
 */
export function list(driver: SqliteDriver, filter: JobFilter): JobSummary[] {
  const select = filter.whole ? selectWhole : selectListed;
  return listIds(driver, filter).flatMap((id) => driver.all<JobRow>(select, [id]).map(toSummary));
}

export function listIds(driver: SqliteDriver, filter: JobFilter): string[] {
  const { scopes, limit, offset = 0 } = filter;
  const wanted = offset + limit;
  const reading = { filter, range: rangeOf(filter), firstCount: Math.ceil(wanted / Math.max(1, scopes.length)) };
  const sources = scopes.flatMap((scope) => sourcesOf(driver, reading, scope));
  return merge(sources, (a, b) => a > b, wanted).slice(offset).map(idAt);
}

/** At most `limit`, by indexes alone where a page is read by them. */
export function countIds(driver: SqliteDriver, filter: JobFilter): number {
  const range = rangeOf(filter);
  return filter.scopes.reduce((sum, scope) => sum + countOf(driver, filter, range, scope, filter.limit - sum), 0);
}

function countOf(driver: SqliteDriver, filter: JobFilter, range: Range, scope: JobScope, most: number): number {
  const count = ({ sql, params }: Sql, limit: number): number =>
    driver.all<{ count: number }>(
      `SELECT count(*) AS count FROM (${sql})`, [...params, range.before, range.from, limit],
    )[0]?.count ?? 0;
  if (most <= 0) return 0;
  if (!isMerged(filter)) return count(selectOf(driver, filter, scope), most);
  const claimed = Math.min(most, claimedPlaces(driver, filter, scope, range).length);
  return groupsOf(driver, filter, scope, range).reduce((sum, group) => {
    if (group.newest === null || sum >= most) return sum;
    return sum + count(following(group, scope.kind, scope.ownerId), most - sum);
  }, claimed);
}

interface Reading {
  readonly filter: JobFilter;
  readonly range: Range;
  /** How many are read of a scope at first. */
  readonly firstCount: number;
}

function rangeOf({ createdFrom, createdBefore, before = aboveAll }: JobFilter): Range {
  const made = createdBefore === undefined ? aboveAll : firstPlaceAt(createdBefore);
  return { from: createdFrom === undefined ? '' : firstPlaceAt(createdFrom), before: made < before ? made : before };
}

function sourcesOf(driver: SqliteDriver, reading: Reading, scope: JobScope): Source<string>[] {
  const { filter, range, firstCount } = reading;
  if (isMerged(filter)) return sourcesOfGroups(driver, filter, scope, range);
  const select = selectOf(driver, filter, scope);
  const read = (before: string, count: number): string[] =>
    driver.all<{ place: string }>(select.sql, [...select.params, before, range.from, count]).map(({ place }) => place);
  const first = read(range.before, firstCount);
  return first.length === 0 ? [] : [{ first, more: (last, _, count) => read(last, count) }];
}

/** Whether each kind, type and state is read by itself. */
function isMerged(filter: JobFilter): boolean {
  const { parentId, labels = {} } = filter;
  return parentId === undefined && Object.keys(labels).length === 0 && isOfGroups(filter);
}

function selectOf(driver: SqliteDriver, filter: JobFilter, scope: JobScope): Sql {
  const { parentId } = filter;
  if (parentId !== undefined) return selectOfParent(filter, scope, parentId);
  return selectLabeled(driver, filter, scope) ?? selectOfKind(scope);
}

/** Text of SQL with what is bound to it. */
interface Sql {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** Of whatever type and state. */
function selectOfKind({ kind, ownerId }: JobScope): Sql {
  const sql = `SELECT place FROM job_rows WHERE ${ownerId === null ? '' : 'owner_id = +? AND'} kind = +?
    AND place < +? AND place >= +? ORDER BY place DESC LIMIT +?`;
  return { sql, params: ownerId === null ? [kind] : [ownerId, kind] };
}

function selectOfParent(filter: JobFilter, { kind, ownerId }: JobScope, parentId: string): Sql {
  const labels = Object.entries(filter.labels ?? {}).map(
    ([name, value]) => isLabeled('job_rows.place', kind, name, value),
  );
  const own: Sql[] = ownerId === null ? [] : [{ sql: 'AND owner_id = +?', params: [ownerId] }];
  const further = joined([...own, ...groupConditions(filter), ...labels]);
  return {
    sql: `SELECT place FROM job_rows INDEXED BY jobs_by_parent WHERE parent_id = +? AND kind = +? ${further.sql}
      AND place < +? AND place >= +? ORDER BY place DESC LIMIT +?`,
    params: [parentId, kind, ...further.params],
  };
}

/** Null when no label is asked for. */
function selectLabeled(driver: SqliteDriver, filter: JobFilter, scope: JobScope): Sql | null {
  const { kind, ownerId } = scope;
  const [rarest, ...others] = rarestFirst(driver, scope, Object.entries(filter.labels ?? {}));
  if (rarest === undefined) return null;
  const further = joined(others.map(([name, value]) => isLabeled('l.place', kind, name, value)));
  const group = joined(groupConditions(filter));
  const isOfGroup = `AND EXISTS (SELECT 1 FROM job_rows WHERE id = ${idOf('l.place')} ${group.sql})`;
  const ofGroup = group.sql === '' ? '' : isOfGroup;
  return {
    sql: `SELECT place FROM job_labels l WHERE ${ofLabel(ownerId)} ${further.sql} ${ofGroup}
      AND place < +? AND place >= +? ORDER BY place DESC LIMIT +?`,
    params: [...labelParams(scope, rarest), ...further.params, ...group.params],
  };
}

/** As `idAt`. */
function idOf(place: string): string {
  return `substr(${place}, instr(${place}, ':') + 1)`;
}

type Label = readonly [name: string, value: string];

/** Jobs that are counted of each label of several, so as to go by the one that has the fewest. */
const mostCounted = 1_000;

function rarestFirst(driver: SqliteDriver, scope: JobScope, labels: readonly Label[]): readonly Label[] {
  if (labels.length < 2) return labels;
  const count = `SELECT count(*) AS count FROM (
    SELECT 1 FROM job_labels WHERE ${ofLabel(scope.ownerId)} LIMIT ${mostCounted})`;
  const counted = labels.map((label) => ({
    label, jobs: driver.all<{ count: number }>(count, labelParams(scope, label))[0]?.count ?? 0,
  }));
  return counted.sort((a, b) => a.jobs - b.jobs).map(({ label }) => label);
}

function ofLabel(ownerId: string | null): string {
  return `${ownerId === null ? '' : 'owner_id = +? AND'} kind = +? AND name = +? AND value = +?`;
}

function labelParams({ kind, ownerId }: JobScope, [name, value]: Label): SqlValue[] {
  return ownerId === null ? [kind, name, value] : [ownerId, kind, name, value];
}

function isLabeled(place: string, kind: string, name: string, value: string): Sql {
  const sql = `AND EXISTS (SELECT 1 FROM job_labels o
    WHERE o.kind = ? AND o.name = ? AND o.value = ? AND o.place = ${place})`;
  return { sql, params: [kind, name, value] };
}

const groupColumns = ['type', 'state', 'phase'] as const;

function isOfGroups(filter: JobFilter): boolean {
  return groupColumns.some((column) => filter[column] !== undefined);
}

/** `prefix`: a plus keeps the columns from being looked for in an index. */
function groupConditions(filter: JobFilter, prefix: '' | '+' = ''): Sql[] {
  return groupColumns.flatMap((column) => {
    const wanted = filter[column];
    return wanted === undefined ? [] : [{ sql: `AND ${prefix}${column} = +?`, params: [wanted] }];
  });
}

function joined(parts: readonly Sql[]): Sql {
  return { sql: parts.map(({ sql }) => sql).join(' '), params: parts.flatMap(({ params }) => params) };
}

interface Group {
  type: string;
  state: string;
  ended: 0 | 1;
  /** The place of its newest job; null when none fits. */
  newest: string | null;
}

/** The groups that there are under the filter. */
function groupsOf(
  driver: SqliteDriver,
  filter: JobFilter,
  { kind, ownerId }: JobScope,
  { from, before }: Range,
): readonly Group[] {
  const owner: SqlValue[] = ownerId === null ? [] : [ownerId];
  const newestOf = (ended: 0 | 1): string =>
    `(SELECT place FROM job_rows WHERE ${ownerId === null ? '' : 'owner_id = +? AND'} kind = g.kind AND type = g.type
      AND listed_state = g.state ${ended === 1 ? '' : 'AND +state = g.state'} AND place < +? AND place >= +?
      ORDER BY place DESC LIMIT 1)`;
  const wanted = joined(groupConditions(filter));
  return driver.all<Group>(
    `SELECT type, state, ended, iif(ended = 0, ${newestOf(0)}, ${newestOf(1)}) AS newest
      FROM job_counts g WHERE count > 0 AND kind = ? ${wanted.sql}`,
    [...owner, before, from, ...owner, before, from, kind, ...wanted.params],
  );
}

function sourcesOfGroups(driver: SqliteDriver, filter: JobFilter, scope: JobScope, range: Range): Source<string>[] {
  const { kind, ownerId } = scope;
  const claimed = claimedPlaces(driver, filter, scope, range);
  const groups = groupsOf(driver, filter, scope, range).flatMap((group): Source<string>[] => {
    if (group.newest === null) return [];
    const { sql, params } = following(group, kind, ownerId);
    const more = (last: string, _: number, count: number): string[] =>
      driver.all<{ place: string }>(sql, [...params, last, range.from, count]).map(({ place }) => place);
    return [{ first: [group.newest], more }];
  });
  return claimed.length === 0 ? groups : [...groups, { first: claimed, more: () => [] }];
}

/** In an open group are some that a worker has claimed meanwhile: they are passed over. */
function following({ type, state, ended }: Group, kind: string, ownerId: string | null): Sql {
  const sql = `SELECT place FROM job_rows WHERE ${ownerId === null ? '' : 'owner_id = +? AND'} kind = +? AND type = +?
    AND listed_state = +? ${ended === 1 ? '' : 'AND +state = +?'} AND place < +? AND place >= +?
    ORDER BY place DESC LIMIT +?`;
  const owner = ownerId === null ? [] : [ownerId];
  return { sql, params: [...owner, kind, type, state, ...(ended === 1 ? [] : [state])] };
}

/** Of all jobs under the filter that workers have claimed, which are as many as workers have at once. */
function claimedPlaces(
  driver: SqliteDriver,
  filter: JobFilter,
  { kind, ownerId }: JobScope,
  { from, before }: Range,
): string[] {
  const own: Sql[] = ownerId === null ? [] : [{ sql: 'AND +owner_id = +?', params: [ownerId] }];
  const { sql, params } = joined([...own, ...groupConditions(filter, '+')]);
  const select = `SELECT place FROM job_rows
    WHERE stage = 'leased' AND state <> listed_state AND +kind = +? ${sql} AND +place < +? AND +place >= +?`;
  return driver.all<{ place: string }>(select, [kind, ...params, before, from])
    .map(({ place }) => place).sort((a, b) => (a > b ? -1 : 1));
}
