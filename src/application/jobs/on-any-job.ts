import type { Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { AnyKind, StandardCommand } from '../../domain/job/kind.ts';
import type { Dependencies } from '../dependencies.ts';
import { originOf, unknownJob, type Origin } from '../operation.ts';
import type { RequestContext } from '../request.ts';
import type { Draft } from '../write-path/draft.ts';
import { ref } from '../write-path/refs.ts';
import { seesJob } from './scopes.ts';

export type JobDependencies = Pick<Dependencies, 'writePath' | 'kinds'>;

/**
 * Says it to a job of whatever kind, in the server's own name; the job as it is then.
 *
 * @param correlationId the job's id if left out
 * @param onDecided called whenever it is decided, with whether it changes the job; the last time counts
 */
export function onAnyJob(
  deps: JobDependencies,
  jobId: string,
  command: StandardCommand,
  correlationId = jobId,
  onDecided?: (changes: boolean) => void,
): Promise<Result<Job>> {
  const origin = { actor: 'system', correlationId };
  return onAdmitted(deps, jobId, origin, () => true, (draft, job, kind) => {
    const after = draft.changeJob(kind, job, command);
    onDecided?.(after.ok && after.value !== job);
    return after;
  });
}

/** Runs `decide` on a job of whatever kind that the caller sees. */
export function onSeenJob<T>(
  deps: JobDependencies,
  context: RequestContext,
  jobId: string,
  decide: (draft: Draft, job: Job, kind: AnyKind) => Result<T>,
): Promise<Result<T>> {
  return onAdmitted(deps, jobId, originOf(context), (job) => seesJob(deps.kinds, context.caller, job), decide);
}

function onAdmitted<T>(
  { writePath, kinds }: JobDependencies,
  jobId: string,
  origin: Origin,
  admits: (job: Job) => boolean,
  decide: (draft: Draft, job: Job, kind: AnyKind) => Result<T>,
): Promise<Result<T>> {
  return writePath.run({
    ...origin,
    reads: [ref.job(jobId)],
    decide: (draft) => {
      const job = draft.anyJob(jobId);
      return job === null || !admits(job) ? unknownJob(jobId) : decide(draft, job, kinds.of(job.kind));
    },
  });
}
