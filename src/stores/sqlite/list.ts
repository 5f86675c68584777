import { firstIdAt } from '../../domain/job/id.ts';
import type { JobFilter, JobSummary } from '../../ports/store/store.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';
import { merge, type Source } from './merge.ts';
import { jobColumns, listedColumns, toSummary, type JobRow } from './rows.ts';

const selectWhole = `SELECT ${jobColumns} FROM jobs WHERE id = ?`;
const selectListed = `SELECT ${listedColumns} FROM jobs WHERE id = ?`;

/** Above every id: a UUID in lower case begins with a hexadecimal digit. */
const aboveEveryId = '~';

/** Ids that a filter leaves: from the first one on, up to but without the second. */
interface Range {
  readonly from: string;
  readonly before: string;
}

/**
 * The newest jobs under the filter. Within one kind an index has them in order, and so within one kind, type and
 * state. The newest of each such group is looked up, and the groups are merged: a page costs the same whether there
 * are a thousand jobs or a million, and whichever filters are combined.
 */
export function list(driver: SqliteDriver, filter: JobFilter): JobSummary[] {
  const select = filter.whole ? selectWhole : selectListed;
  return listIds(driver, filter).flatMap((id) => driver.all<JobRow>(select, [id]).map(toSummary));
}

export function listIds(driver: SqliteDriver, filter: JobFilter): string[] {
  const { ownerId, kind, type, state, phase, limit, offset = 0 } = filter;
  const range = rangeOf(filter);
  if (type !== undefined || state !== undefined || phase !== undefined) {
    return merged(driver, filter, range).slice(offset);
  }
  if (ownerId === null && kind === undefined) return newest(driver, range, limit, offset);
  return ofKinds(driver, filter, range).slice(offset);
}

function rangeOf({ createdFrom, createdBefore, before = aboveEveryId }: JobFilter): Range {
  const made = createdBefore === undefined ? aboveEveryId : firstIdAt(createdBefore);
  return { from: createdFrom === undefined ? '' : firstIdAt(createdFrom), before: made < before ? made : before };
}

function newest(driver: SqliteDriver, { from, before }: Range, limit: number, offset: number): string[] {
  const select = 'SELECT id FROM jobs WHERE id < ? AND id >= ? ORDER BY id DESC LIMIT +? OFFSET ?';
  return driver.all<{ id: string }>(select, [before, from, limit, offset]).map(({ id }) => id);
}

/** Of whatever type and state. */
function ofKinds(driver: SqliteDriver, { ownerId, kind, limit, offset = 0 }: JobFilter, range: Range): string[] {
  const wanted = offset + limit;
  const owner: SqlValue[] = ownerId === null ? [] : [ownerId];
  const select = `SELECT id FROM jobs WHERE ${ownerId === null ? '' : 'owner_id = ? AND'} kind = ?
    AND id < ? AND id >= ? ORDER BY id DESC LIMIT +?`;
  const kinds = kind === undefined ? driver.all<{ kind: string }>('SELECT DISTINCT kind FROM job_counts') : [{ kind }];
  const sources = kinds.flatMap((one): Source<string>[] => {
    const read = (before: string, count: number): string[] =>
      driver.all<{ id: string }>(select, [...owner, one.kind, before, range.from, count]).map(({ id }) => id);
    const first = read(range.before, Math.ceil(wanted / kinds.length));
    return first.length === 0 ? [] : [{ first, more: (last, _, count) => read(last, count) }];
  });
  return merge(sources, (a, b) => a > b, wanted);
}

interface Group {
  kind: string;
  type: string;
  state: string;
  ended: 0 | 1;
  /** Its newest job; null when none fits. */
  newest: string | null;
}

function merged(driver: SqliteDriver, filter: JobFilter, range: Range): string[] {
  const { ownerId, limit, offset = 0 } = filter;
  const owner: SqlValue[] = ownerId === null ? [] : [ownerId];
  const sources = groupsOf(driver, filter, owner, range).flatMap((group): Source<string>[] => {
    const { kind, type, state, ended, newest: first } = group;
    if (first === null) return [];
    const select = following(ended, ownerId !== null);
    const more = (last: string, _: number, count: number): string[] =>
      driver
        .all<{ id: string }>(select, [...owner, kind, type, state, last, range.from, count])
        .map(({ id }) => id);
    return [{ first: [first], more }];
  });
  return merge(sources, (a, b) => a > b, offset + limit);
}

/** The groups that there are under the filter, each with its newest job. */
function groupsOf(driver: SqliteDriver, filter: JobFilter, owner: readonly SqlValue[], range: Range): Group[] {
  const wanted = (['kind', 'type', 'state', 'phase'] as const).filter((column) => filter[column] !== undefined);
  const { from, before } = range;
  const newestOf = (ended: 0 | 1): string =>
    `(SELECT id FROM jobs WHERE ${owner.length > 0 ? 'owner_id = ? AND' : ''} kind = g.kind AND type = g.type
      AND state = g.state AND id < ? AND id >= ? AND ${endedIs(ended)} ORDER BY id DESC LIMIT 1)`;
  return driver.all<Group>(
    `SELECT kind, type, state, ended, iif(ended = 0, ${newestOf(0)}, ${newestOf(1)}) AS newest
      FROM job_counts g WHERE count > 0 ${wanted.map((column) => `AND ${column} = ?`).join(' ')}`,
    [...owner, before, from, ...owner, before, from, ...wanted.map((column) => filter[column] ?? null)],
  );
}

function following(ended: 0 | 1, owned: boolean): string {
  return `SELECT id FROM jobs WHERE ${owned ? 'owner_id = ? AND' : ''} kind = ? AND type = ? AND state = ?
    AND id < ? AND id >= ? AND ${endedIs(ended)} ORDER BY id DESC LIMIT +?`;
}

/** In the words of the partial indexes. */
function endedIs(ended: 0 | 1): string {
  return ended === 1 ? 'ended_at IS NOT NULL' : 'ended_at IS NULL';
}
