import { ok } from '../../domain/errors.ts';
import type { KindRows, ListedJob } from './job-kind.ts';
import { jobKindOf, type Jobs, type ListJobs, listedOwner } from './jobs.ts';
import type { RequestContext } from '../request.ts';

/** Where jobs are, when each has a store of its own. */
export interface ScatteredJobs {
  /** Of one owner, or everybody's (null): newest first, older than `before`. */
  ids(ownerId: string | null, before: string | undefined, limit: number): Promise<readonly string[]>;
  /** Those of them whose history is written. */
  ended(ids: readonly string[]): Promise<readonly ListedJob[]>;
  /** From the job's own store; null when there is no such job. */
  one(id: string): Promise<ListedJob | null>;
}

/** Ids looked at for one page, at most: then it is answered as it is, with the cursor to go on from. */
const maxPages = 10;
const idsPerPage = 200;

/** Put together from an index of ids, the history, and the stores of those that are in none yet. */
export async function listApart(
  jobs: ScatteredJobs,
  kinds: ReadonlyMap<string, KindRows>,
  { caller }: RequestContext,
  filter: ListJobs,
): ReturnType<Jobs['list']> {
  const pageOf = (rows: readonly ListedJob[], nextCursor: string | null): Awaited<ReturnType<Jobs['list']>> =>
    ok({ jobs: rows.map((job) => jobKindOf(kinds, job.kind).summary(job, [])), nextCursor });
  const owner = await listedOwner(undefined, caller, filter.ownerId);
  if (!owner.ok) return owner;
  const found: ListedJob[] = [];
  let before = filter.cursor;
  for (let page = 0; page < maxPages; page++) {
    const wanted = isUnfiltered(filter) ? filter.limit + 1 - found.length : idsPerPage;
    const ids = await jobs.ids(owner.value, before, wanted);
    for (const job of await resolve(jobs, ids)) {
      if (!matches(job, filter) || (owner.value !== null && job.ownerId !== owner.value)) continue;
      // One more than asked for tells that there is a next page.
      if (found.length === filter.limit) return pageOf(found, found.at(-1)?.id ?? null);
      found.push(job);
    }
    if (ids.length < wanted) return pageOf(found, null);
    before = ids.at(-1);
  }
  return pageOf(found, before ?? null);
}

async function resolve(jobs: ScatteredJobs, ids: readonly string[]): Promise<readonly ListedJob[]> {
  const ended = new Map((await jobs.ended(ids)).map((job) => [job.id, job]));
  const all = await Promise.all(ids.map((id) => ended.get(id) ?? jobs.one(id)));
  return all.filter((job) => job !== null);
}

function isUnfiltered({ kind, status, phase }: ListJobs): boolean {
  return kind === undefined && status === undefined && phase === undefined;
}

function matches(job: ListedJob, { kind, status, phase }: ListJobs): boolean {
  return (
    (kind === undefined || job.kind === kind) &&
    (status === undefined || job.state === status) &&
    (phase === undefined || job.phase === phase)
  );
}
