import { requireRole, type Caller } from '../../../application/caller.ts';
import { scopes } from '../../../application/jobs/scopes.ts';
import { byUser, onJob, seenJob } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { placeOf } from '../../../domain/job/id.ts';
import type { JobScope, JobSummary } from '../../../ports/store/store.ts';
import { command } from '../domain/kind.ts';
import type { CommandInput, CommandJob } from '../domain/types.ts';
import type { CommandDependencies } from './dependencies.ts';

type Deps = Pick<CommandDependencies, 'store' | 'kinds' | 'writePath'>;

/** A command job in a list, perhaps without what is large. */
export type ListedCommand = JobSummary & { readonly input: Pick<CommandInput, 'name'> };

export interface ListCommands {
  /** 1 to 200. */
  readonly limit: number;
  /** So many are left out first, 0 to 10,000. */
  readonly offset: number;
  readonly state?: string;
  /** How the name or the id begins. */
  readonly search?: string;
}

export interface ListedCommands {
  /** Newest first. */
  readonly jobs: readonly ListedCommand[];
  /** Of all that the filters find. */
  readonly total: number;
  /** Whether there may be more than `total`. */
  readonly totalCapped: boolean;
}

/** As far as jobs are counted and looked through. */
const most = 10_000;
const lookedAtOnce = 500;

export async function getCommand(
  { store }: Pick<Deps, 'store'>,
  context: RequestContext,
  jobId: string,
): Promise<Result<CommandJob>> {
  const refused = requireRole(context.caller, 'operator');
  if (refused !== null) return refused;
  return seenJob(await store.jobs.get(jobId), command, jobId, context) as Result<CommandJob>;
}

/** Of the command jobs that an operator sees: the own ones, everybody's for an admin. */
export function commandScopes(kinds: Deps['kinds'], caller: Caller): Result<readonly JobScope[]> {
  const refused = requireRole(caller, 'operator');
  if (refused !== null) return refused;
  const seen = scopes(kinds, caller);
  return seen.ok ? ok(seen.value.filter(({ kind }) => kind === command.name)) : seen;
}

/** Those that the caller sees. */
export async function listCommands(
  { store, kinds }: Pick<Deps, 'store' | 'kinds'>,
  { caller }: RequestContext,
  { limit, offset, state, search }: ListCommands,
): Promise<Result<ListedCommands>> {
  const seen = commandScopes(kinds, caller);
  if (!seen.ok) return seen;
  const filter = { scopes: seen.value, ...(state !== undefined && { state }) };
  if (search !== undefined) return ok(await searched(store, filter, search, { limit, offset }));
  const [jobs, counted] = await Promise.all([
    store.jobs.list({ ...filter, limit, offset }), store.jobs.count({ ...filter, limit: most + 1 }),
  ]);
  return ok({
    jobs: jobs as readonly ListedCommand[], total: Math.min(most, counted), totalCapped: counted > most,
  });
}

/** No index has beginnings of names in the order of ids, so that the newest jobs are looked through. */
async function searched(
  store: Deps['store'],
  filter: { readonly scopes: readonly JobScope[]; readonly state?: string },
  search: string,
  { limit, offset }: Pick<ListCommands, 'limit' | 'offset'>,
): Promise<ListedCommands> {
  const id = search.toLowerCase();
  const jobs: ListedCommand[] = [];
  let [total, looked] = [0, 0];
  for (let before: string | undefined; ;) {
    const some = (await store.jobs.list({
      ...filter, limit: lookedAtOnce, ...(before !== undefined && { before }),
    })) as readonly ListedCommand[];
    for (const job of some) {
      if (!job.id.startsWith(id) && !job.input.name.startsWith(search)) continue;
      if (total >= offset && jobs.length < limit) jobs.push(job);
      total += 1;
    }
    looked += some.length;
    const last = some.at(-1);
    before = last === undefined ? undefined : placeOf(last);
    if (some.length < lookedAtOnce) return { jobs, total, totalCapped: false };
    if (looked >= most) return { jobs, total, totalCapped: true };
  }
}

export interface CancelCommand {
  readonly reason?: string;
  /** Only if this is its newest execution. */
  readonly attempt?: number;
}

/** The job as it is then. */
export function cancelCommand(
  deps: Pick<Deps, 'writePath'>,
  context: RequestContext,
  jobId: string,
  { reason, attempt }: CancelCommand,
): Promise<Result<CommandJob>> {
  const refused = requireRole(context.caller, 'operator');
  if (refused !== null) return Promise.resolve(refused);
  return onJob(deps, command, jobId, byUser(context), (draft, job) => {
    if (attempt !== undefined && attempt !== job.attempt) {
      const is = job.attempt === 0 ? 'it has not been executed yet' : `the newest one has the number ${job.attempt}`;
      return refuse('invalid_state', `Execution ${attempt} is not the newest one of job ${jobId}: ${is}.`, {
        state: job.state, attempt: job.attempt,
      });
    }
    return draft.changeJob(command, job, { type: 'cancel', ...(reason !== undefined && { reason }) });
  }) as Promise<Result<CommandJob>>;
}
