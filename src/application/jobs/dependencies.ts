import { refuseDependent, type DependencyNews } from '../../domain/job/dependencies.ts';
import { InvariantViolation, ok, refuse, type Result } from '../../domain/errors.ts';
import type { Job, JobEvent } from '../../domain/job/job.ts';
import type { Kind, StandardCommand } from '../../domain/job/kind.ts';
import type { Kinds } from '../../domain/kinds.ts';
import type { Caller } from '../caller.ts';
import type { Draft } from '../write-path/draft.ts';
import { onAnyJob, type JobDependencies } from './on-any-job.ts';
import { seesJob } from './scopes.ts';

/** A job that is to wait for others. */
interface Dependent {
  readonly kinds: Kinds;
  readonly caller: Caller;
  readonly jobId: string;
  /** Ids of jobs of whatever kind, none twice. The command has to name them in its `reads`, by `ref.job`. */
  readonly dependsOn: readonly string[];
}

/**
 * Makes a job that waits for those of `dependsOn` that have not succeeded; of each that ended otherwise it is told at
 * once. Refused where the caller sees no such job, or nothing can wait for it.
 *
 * @param creation the command, by the ids that it waits for
 */
export function createDependent<F, C extends { readonly type: string }, E extends JobEvent>(
  draft: Draft,
  kind: Kind<F, C, E>,
  { kinds, caller, jobId, dependsOn }: Dependent,
  creation: (waitsFor: readonly string[]) => C & { readonly type: 'create' },
): Result<Job<F>> {
  if (dependsOn.length === 0) return draft.createJob(kind, jobId, creation(dependsOn));
  const ended: (StandardCommand & { readonly type: 'dependencyEnded' })[] = [];
  const waitsFor: string[] = [];
  for (const id of dependsOn) {
    const dependency = draft.anyJob(id);
    if (dependency === null || !seesJob(kinds, caller, dependency)) {
      return refuse('invalid_request', `There is no job ${id} to depend on.`, { fields: { dependsOn: 'unknown' } });
    }
    const told = addDependent(draft, kinds, dependency, jobId);
    if (!told.ok) return told;
    const { phase } = dependency;
    if (phase === 'succeeded') continue;
    waitsFor.push(id);
    if (phase === 'failed' || phase === 'canceled') ended.push({ type: 'dependencyEnded', jobId: id, phase });
  }
  let made = draft.createJob(kind, jobId, creation(waitsFor));
  for (const news of ended) if (made.ok) made = draft.changeJob(kind, made.value, news);
  return made;
}

/**
 * For a job that is retried: those of its dependencies that have not ended. They will notify it of their end.
 * Dependencies that ended without success are not waited for, since the person who retries knows about them.
 */
export function dependOnAgain(
  draft: Draft,
  kinds: Kinds,
  jobId: string,
  dependsOn: readonly string[],
): Result<readonly string[]> {
  const open: string[] = [];
  for (const id of dependsOn) {
    const dependency = draft.anyJob(id);
    if (dependency === null || dependency.endedAt !== null) continue;
    const told = addDependent(draft, kinds, dependency, jobId);
    if (!told.ok) return told;
    open.push(id);
  }
  return ok(open);
}

/** Throws when its kind takes no notice: the dependent would wait without end. */
function addDependent(draft: Draft, kinds: Kinds, dependency: Job, jobId: string): Result<Job> {
  const kind = kinds.of(dependency.kind);
  if (kind.dependents === undefined) return refuseDependent(dependency);
  const told = draft.changeJob(kind, dependency, { type: 'addDependent', jobId });
  if (told.ok && told.value.endedAt === null && !kind.dependents(told.value).includes(jobId)) {
    throw new InvariantViolation(`the ${kind.name} ${dependency.id} does not know that ${jobId} waits for it`);
  }
  return told;
}

/** Tells each dependent of `jobId` how that job ended. Idempotent. */
export async function tellOfEnd(
  deps: JobDependencies,
  jobId: string,
  { dependents, phase }: DependencyNews,
): Promise<void> {
  const told = await Promise.all(
    dependents.map((id) => onAnyJob(deps, id, { type: 'dependencyEnded', jobId, phase }, jobId)),
  );
  // One that was deleted meanwhile needs no word.
  const failed = told.find((one) => !one.ok && one.refusal.code !== 'not_found');
  if (failed !== undefined && !failed.ok) throw new Error(failed.refusal.message);
}
