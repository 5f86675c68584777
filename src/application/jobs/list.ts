import { ok, refuse, type Result } from '../../domain/errors.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Labels } from '../../domain/job/job.ts';
import type { Kinds } from '../../domain/kinds.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { JobFilter, JobScope, JobSummary } from '../../ports/store/store.ts';
import type { Dependencies } from '../dependencies.ts';
import { readPage } from '../page.ts';
import type { RequestContext } from '../request.ts';
import type { Turns } from '../turns.ts';
import { storedId } from '../users/stored-id.ts';
import { jobKindOf, type JobKinds, type KindRows } from './job-kind.ts';
import { scopes } from './scopes.ts';
import { statusesOf } from './statuses.ts';

export interface ListJobs {
  readonly ownerId?: string;
  readonly kind?: string;
  readonly type?: string;
  /** One, or several with commas between. */
  readonly status?: string;
  readonly phase?: Phase;
  /** Those that have all of these. */
  readonly labels?: Labels;
  readonly parentId?: string;
  readonly createdFrom?: number;
  readonly createdBefore?: number;
  /** What rows have of their kind's `payloadFields`; nothing if left out. */
  readonly fields?: readonly string[];
  /** 1 to 1,000. */
  readonly limit: number;
  readonly cursor?: string;
  /** So many of the newest are left out, 0 to 10,000; not with a cursor. */
  readonly offset?: number;
}

export interface JobPage {
  /** As their kinds show them in lists. */
  readonly jobs: readonly unknown[];
  readonly nextCursor: string | null;
  /** Of all pages. */
  readonly total: number;
  /** Whether there may be more than `total`, because counting stopped. */
  readonly totalCapped: boolean;
}

type Deps = Pick<Dependencies, 'store' | 'users' | 'kinds'>;

/** Counted of one owner's jobs, or under a filter that no count is kept of: about as much work as a page. */
export const mostCounted = 10_000;
/** Used where each job has to be examined. */
const mostLookedAt = 200;
/** Read at first for a page: without what is large, and with it. */
const [firstListed, firstWhole] = [64, 2];

export async function listJobs(
  { store, users, kinds }: Deps,
  jobKinds: JobKinds,
  wholePages: Turns,
  { caller }: RequestContext,
  { limit, cursor, offset = 0, fields = [], ...asked }: ListJobs,
): Promise<Result<JobPage>> {
  const { ownerId, kind } = asked;
  const seen = scopes(kinds, caller, ownerId === undefined ? undefined : await storedId(users, ownerId));
  if (!seen.ok) return seen;
  const problem = problemOf(seen.value, kinds, jobKinds, { ...asked, fields });
  if (problem !== null) return problem;
  const wanted = seen.value.filter((scope) => kind === undefined || scope.kind === kind);
  const statuses = statusesOf(asked.status) ?? [undefined];
  const filters = statuses.map((status) => filterOf({ ...asked, status }, wanted));
  const whole = fields.length > 0;
  const { entries, hasMore } = await readPage<JobSummary>({
    limit,
    firstStep: whole ? firstWhole : firstListed,
    read: (count, last) => {
      const before = last === null ? cursor : placeOf(last);
      const page = { whole, limit: count, ...(before === undefined ? { offset } : { before }) };
      const read = (): Promise<readonly JobSummary[]> => newestOf(store, filters, page);
      return whole ? wholePages.take(read) : read();
    },
  });
  const isAll = !hasMore && cursor === undefined && offset === 0;
  const last = entries.at(-1);
  return ok({
    jobs: entries.map((job) => jobKindOf(jobKinds, job.kind).summary(job, fields)),
    nextCursor: hasMore && last !== undefined ? placeOf(last) : null,
    ...(isAll ? { total: entries.length, totalCapped: false } : await totalOfAll({ store, kinds }, filters)),
  });
}

/** Of what any of the filters finds, by place. No job is found by two of them. */
async function newestOf(
  store: Deps['store'],
  filters: readonly Omit<JobFilter, 'limit'>[],
  { offset = 0, limit, ...page }: Pick<JobFilter, 'offset' | 'limit' | 'before' | 'whole'>,
): Promise<readonly JobSummary[]> {
  const [filter, ...more] = filters;
  if (filter !== undefined && more.length === 0) return store.jobs.list({ ...filter, ...page, offset, limit });
  const found: JobSummary[] = [];
  for (const each of filters) found.push(...(await store.jobs.list({ ...each, ...page, limit: offset + limit })));
  return found.sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1)).slice(offset, offset + limit);
}

async function totalOfAll(
  deps: Pick<Deps, 'store' | 'kinds'>,
  filters: readonly Omit<JobFilter, 'limit'>[],
): Promise<Pick<JobPage, 'total' | 'totalCapped'>> {
  const totals = [];
  for (const filter of filters) totals.push(await totalOf(deps, filter));
  const total = totals.reduce((sum, one) => sum + one.total, 0);
  return { total, totalCapped: totals.some(({ totalCapped }) => totalCapped) };
}

function filterOf(
  asked: Omit<ListJobs, 'limit' | 'status'> & { readonly status: string | undefined },
  wanted: readonly JobScope[],
): Omit<JobFilter, 'limit'> {
  const { type, status, phase, labels, parentId, createdFrom, createdBefore } = asked;
  return {
    scopes: wanted,
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { state: status }),
    ...(phase === undefined ? {} : { phase }),
    ...(labels === undefined ? {} : { labels }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(createdFrom === undefined ? {} : { createdFrom }),
    ...(createdBefore === undefined ? {} : { createdBefore }),
  };
}

/** Why the kind, the status or the fields cannot be asked for, or null. `seen`: of the kinds that the caller sees. */
export function problemOf(
  seen: readonly JobScope[],
  kinds: Kinds,
  rows: ReadonlyMap<string, KindRows>,
  { kind, status, fields = [] }: Pick<ListJobs, 'kind' | 'status' | 'fields'>,
): (Result<never> & { ok: false }) | null {
  const names = seen.map((scope) => scope.kind);
  const withheld = kind === undefined || names.includes(kind) ? undefined : kinds.find(kind);
  if (withheld?.internal === false) {
    return refuse('forbidden', `Only users with the role ${withheld.access.role} can list jobs of the kind ${kind}.`);
  }
  if (kind !== undefined && !names.includes(kind)) {
    const problem = names.length === 0 ? 'names no kind' : `must be ${names.join(' or ')}`;
    return refuse('invalid_request', `The request is not valid: kind ${problem}.`, { fields: { kind: problem } });
  }
  const offered = kind === undefined ? names : [kind];
  const states = new Set(offered.flatMap((name) => Object.keys(kinds.of(name).lifecycle.states)));
  if (statusesOf(status)?.every((one) => states.has(one)) === false) {
    const problem = `must be one of ${[...states].join(', ')}`;
    return refuse('invalid_request', `The request is not valid: status ${problem}.`, { fields: { status: problem } });
  }
  const known = new Set(offered.flatMap((name) => jobKindOf(rows, name).payloadFields));
  if (fields.every((field) => known.has(field))) return null;
  const problem = known.size === 0 ? 'is not for jobs of this kind' : `must name some of ${[...known].join(', ')}`;
  return refuse('invalid_request', `The request is not valid: fields ${problem}.`, { fields: { fields: problem } });
}

/** By the counts that the store keeps where it does, else by its indexes, and then not without end. */
async function totalOf(
  { store, kinds }: Pick<Deps, 'store' | 'kinds'>,
  filter: Omit<JobFilter, 'limit'>,
): Promise<Pick<JobPage, 'total' | 'totalCapped'>> {
  const { type, state, phase, labels = {}, parentId, createdFrom, createdBefore } = filter;
  const labeled = Object.keys(labels).length;
  const isKept = labeled === 0 && [parentId, createdFrom, createdBefore].every((one) => one === undefined);
  const everybodys = filter.scopes.filter(({ ownerId }) => isKept && ownerId === null);
  const kept = everybodys.length === 0 ? [] : await store.jobs.counts();
  const known = kept
    .filter((one) => everybodys.some(({ kind }) => kind === one.kind))
    .filter((one) => type === undefined || one.type === type)
    .filter((one) => state === undefined || one.state === state)
    .filter((one) => phase === undefined || kinds.of(one.kind).lifecycle.phase(one.state) === phase)
    .reduce((sum, { count }) => sum + count, 0);
  const others = filter.scopes.filter((scope) => !everybodys.includes(scope));
  const conditions = [type, state, phase].filter((one) => one !== undefined).length + labeled;
  const isLookedAt = parentId !== undefined || (labeled > 0 && conditions > 1);
  const most = isLookedAt ? mostLookedAt : mostCounted;
  const counted = others.length === 0 ? 0 : await store.jobs.count({ ...filter, scopes: others, limit: most + 1 });
  return { total: known + Math.min(most, counted), totalCapped: counted > most };
}
