import { ok, type Result } from '../../domain/errors.ts';
import { firstPlaceAt } from '../../domain/job/id.ts';
import type { Kinds } from '../../domain/kinds.ts';
import type { JobScope } from '../../ports/store/store.ts';
import type { RequestContext } from '../request.ts';
import { jobKindOf, type KindRows, type ListedJob } from './job-kind.ts';
import { problemOf, type JobPage, type ListJobs } from './list.ts';
import { scopes } from './scopes.ts';
import { statusesOf } from './statuses.ts';
import type { CountedJobs } from './stats.ts';

/** Where jobs are, when each has a store of its own. */
export interface ScatteredJobs {
  readonly kinds: Kinds;
  /** By the kind's name. */
  readonly rows: ReadonlyMap<string, KindRows>;
  /** Of one owner, or everybody's (null): newest first, older than `before`. */
  ids(ownerId: string | null, before: string | undefined, limit: number): Promise<readonly string[]>;
  /** Those of them whose history is written. */
  ended(ids: readonly string[]): Promise<readonly ListedJob[]>;
  /** From the job's own store; null when there is no such job. */
  one(id: string): Promise<ListedJob | null>;
}

/**
 * The maximum number of ids examined for one page. Beyond it the page is returned as it is, with the cursor to continue
 * from.
 */
const maxPages = 10;
const idsPerPage = 200;
/**
 * The maximum number of jobs read from stores of their own for one request: Cloudflare lets a request make 1,000 calls
 * in all. As above, the page is returned as it is before there would be more.
 */
const mostReads = 800;
/** The maximum number of ids counted for a total, where no job has to be read. */
const mostIds = 1_000;

/** Put together from an index of ids, the history, and the stores of those that are in none yet. */
export async function listApart(
  jobs: ScatteredJobs,
  { caller }: RequestContext,
  filter: ListJobs,
): Promise<Result<JobPage>> {
  const { limit, cursor, fields = [] } = filter;
  const seen = scopes(jobs.kinds, caller, filter.ownerId);
  if (!seen.ok) return seen;
  const problem = problemOf(seen.value, jobs.kinds, jobs.rows, filter);
  if (problem !== null) return problem;
  const found: ListedJob[] = [];
  const answer = async (nextCursor: string | null): Promise<Result<JobPage>> => {
    const rows = found.map((job) => jobKindOf(jobs.rows, job.kind).summary(job, fields));
    const isAll = nextCursor === null && cursor === undefined;
    const total = isAll ? { total: found.length, totalCapped: false } : await totalOf(jobs, seen.value, filter, found);
    return ok({ jobs: rows, nextCursor, ...total });
  };
  const from = filter.createdFrom === undefined ? '' : firstPlaceAt(filter.createdFrom);
  let before = earlier(cursor, filter.createdBefore === undefined ? undefined : firstPlaceAt(filter.createdBefore));
  const reads = new Reads(jobs);
  for (let page = 0; page < maxPages; page++) {
    const wanted = isUnfiltered(filter) ? Math.min(limit + 1 - found.length, mostReads) : idsPerPage;
    if (!reads.haveRoomFor(wanted)) break;
    const ids = await jobs.ids(ownerOf(seen.value), before, wanted);
    for (const job of await reads.resolve(ids.filter((id) => id >= from))) {
      if (!matches(job, filter, seen.value)) continue;
      // One row more than requested shows that there is a next page.
      if (found.length === limit) return answer(found.at(-1)?.id ?? null);
      found.push(job);
    }
    before = ids.at(-1);
    if (ids.length < wanted || before === undefined || before < from) return answer(null);
  }
  return answer(before ?? null);
}

/** Counts the newest jobs that the caller may see; the total is capped beyond the number that can be examined. */
export async function countApart(
  jobs: ScatteredJobs,
  { caller }: RequestContext,
  ownerId: string | undefined,
): Promise<Result<readonly CountedJobs[]>> {
  const seen = scopes(jobs.kinds, caller, ownerId);
  if (!seen.ok) return seen;
  const counts = new Map<string, Omit<CountedJobs, 'capped'>>();
  let before: string | undefined;
  let capped = false;
  const reads = new Reads(jobs);
  for (let page = 0; page < maxPages && reads.haveRoomFor(idsPerPage); page++) {
    const ids = await jobs.ids(ownerOf(seen.value), before, idsPerPage);
    for (const job of await reads.resolve(ids)) {
      if (!isSeen(job, seen.value)) continue;
      const { kind, state: status, phase } = job;
      const name = `${kind} ${status}`;
      counts.set(name, { kind, status, phase, count: (counts.get(name)?.count ?? 0) + 1 });
    }
    before = ids.at(-1);
    capped = ids.length === idsPerPage;
    if (!capped) break;
  }
  return ok([...counts.values()].map((one) => ({ ...one, capped })));
}

async function totalOf(
  jobs: ScatteredJobs,
  seen: readonly JobScope[],
  filter: ListJobs,
  found: readonly ListedJob[],
): Promise<Pick<JobPage, 'total' | 'totalCapped'>> {
  if (!isUnfiltered(filter)) return { total: found.length, totalCapped: true };
  const ids = await jobs.ids(ownerOf(seen), undefined, mostIds + 1);
  return { total: Math.min(mostIds, ids.length), totalCapped: ids.length > mostIds };
}

/** Reads jobs for one request, and counts those of which a store of their own was asked. */
class Reads {
  readonly #jobs: ScatteredJobs;
  #count = 0;

  constructor(jobs: ScatteredJobs) {
    this.#jobs = jobs;
  }

  haveRoomFor(count: number): boolean {
    return this.#count + count <= mostReads;
  }

  async resolve(ids: readonly string[]): Promise<readonly ListedJob[]> {
    const ended = new Map((await this.#jobs.ended(ids)).map((job) => [job.id, job]));
    const all = await Promise.all(ids.map((id) => ended.get(id) ?? this.#one(id)));
    return all.filter((job) => job !== null);
  }

  #one(id: string): Promise<ListedJob | null> {
    this.#count += 1;
    return this.#jobs.one(id);
  }
}

/** The owner whose ids are examined, if all scopes belong to one owner. */
function ownerOf(seen: readonly JobScope[]): string | null {
  const [first = null, ...others] = new Set(seen.map(({ ownerId }) => ownerId));
  return others.length === 0 ? first : null;
}

function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function isUnfiltered(filter: ListJobs): boolean {
  const { limit: _, cursor: __, ownerId: ___, fields: ____, ...conditions } = filter;
  return Object.values(conditions).every((one) => one === undefined);
}

function matches(job: ListedJob, filter: ListJobs, seen: readonly JobScope[]): boolean {
  const { kind, type, status, phase, labels = {}, parentId } = filter;
  return (
    isSeen(job, seen) &&
    (kind === undefined || job.kind === kind) &&
    (type === undefined || job.type === type) &&
    (statusesOf(status)?.includes(job.state) ?? true) &&
    (phase === undefined || job.phase === phase) &&
    (parentId === undefined || job.parentId === parentId) &&
    Object.entries(labels).every(([name, value]) => job.labels[name] === value)
  );
}

function isSeen(job: ListedJob, seen: readonly JobScope[]): boolean {
  return seen.some(({ kind, ownerId }) => kind === job.kind && (ownerId === null || ownerId === job.ownerId));
}
