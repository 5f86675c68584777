import { requireRole } from '../../../application/caller.ts';
import { countJobs } from '../../../application/jobs/stats.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import { placeOf } from '../../../domain/job/id.ts';
import type { JobScope } from '../../../ports/store/store.ts';
import { alternating, chooseProvider, type ProviderView } from '../domain/choose-provider.ts';
import { command } from '../domain/kind.ts';
import type { CommandJob } from '../domain/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { commandScopes } from './jobs.ts';
import { countByState } from './states.ts';

/** How many command jobs there are in each state. */
export interface QueueStatus {
  readonly states: Readonly<Record<string, number>>;
  readonly updatedAt: number;
}

/** A job that has no worker yet. */
export interface WaitingJob {
  readonly job: CommandJob;
  /** Why not, one sentence. */
  readonly because: string;
}

export interface WaitingJobs {
  readonly jobs: readonly WaitingJob[];
  /** All that wait, up to 10,000. */
  readonly total: number;
}

const mostCounted = 10_000;
/** Of jobs that may not start yet, how many of the newest are sorted. */
const mostLater = 1_000;

/** Of the jobs that the caller sees, as lists have them. */
export async function queueStatus(
  deps: Pick<CommandDependencies, 'store' | 'users' | 'kinds' | 'clock'>,
  context: RequestContext,
): Promise<Result<QueueStatus>> {
  const refused = requireRole(context.caller, 'operator');
  if (refused !== null) return refused;
  const counted = await countJobs(deps, context, undefined);
  if (!counted.ok) return counted;
  const states = countByState(command, counted.value.map(({ status, ...one }) => ({ ...one, state: status })));
  return ok({ states, updatedAt: deps.clock.now() });
}

/** Those that may start now in the order in which workers are looked for, then those that may not yet; 1 to 100. */
export async function waitingJobs(
  { store, kinds, providers, clock }: Pick<CommandDependencies, 'store' | 'kinds' | 'providers' | 'clock'>,
  { caller }: RequestContext,
  limit: number,
): Promise<Result<WaitingJobs>> {
  const seen = commandScopes(kinds, caller);
  if (!seen.ok) return seen;
  const own = seen.value;
  const filter = { scopes: own, state: 'PENDING' };
  const ready = (await store.work.candidates({ kind: command.name, after: '', perOwner: limit }))
    .filter(({ ownerId }) => own.some((scope) => scope.ownerId === null || scope.ownerId === ownerId));
  const first = alternating(ready).slice(0, limit).map(({ jobId }) => jobId);
  const later = first.length === limit ? [] : await laterJobs(store, own, new Set(first), limit - first.length);
  const [jobs, total] = await Promise.all([
    Promise.all([...first, ...later].map((id) => store.jobs.get(id))),
    store.jobs.count({ ...filter, limit: mostCounted + 1 }),
    providers.refresh(),
  ]);
  const views = await providers.views();
  const now = clock.now();
  const isReady = new Set(first);
  const waiting = jobs.filter((job) => job?.state === 'PENDING').map((each) => {
    const job = each as CommandJob;
    return { job, because: isReady.has(job.id) ? whyNoWorker(job, views, now) : whyNotYet(job, now) };
  });
  return ok({ jobs: waiting, total: Math.min(mostCounted, total) });
}

async function laterJobs(
  store: CommandDependencies['store'],
  own: readonly JobScope[],
  ready: ReadonlySet<string>,
  limit: number,
): Promise<readonly string[]> {
  const jobs = await store.jobs.list({ scopes: own, state: 'PENDING', limit: mostLater });
  return jobs
    .filter(({ id }) => !ready.has(id))
    .map((job) => ({ id: job.id, place: placeOf(job), runAt: (job.fields as CommandJob['fields']).runAt }))
    .sort((a, b) => a.runAt - b.runAt || (a.place < b.place ? -1 : 1))
    .slice(0, limit)
    .map(({ id }) => id);
}

function whyNoWorker(
  { input: { requirements }, ownerId }: CommandJob,
  views: readonly ProviderView[],
  now: number,
): string {
  const choice = chooseProvider({ requirements, ownerId, until: now }, views);
  return 'why' in choice ? choice.why : 'A worker is about to be chosen.';
}

function whyNotYet({ fields: { runAt } }: CommandJob, now: number): string {
  return runAt > now ? `It does not start before ${new Date(runAt).toISOString()}.` : 'It waits for other jobs.';
}
