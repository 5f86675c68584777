import type { RequestContext } from './application.ts';
import type { Dependencies } from './dependencies.ts';
import { refuse, type Result } from '../domain/errors.ts';
import { maySee } from './caller.ts';
import type { Job, JobEvent } from '../domain/job/job.ts';
import type { Kind } from '../domain/job/kind.ts';
import type { Draft } from './write-path/draft.ts';
import { ref, type Ref } from './write-path/refs.ts';

/** Who a stored change is put down to. */
export interface Origin {
  readonly actor: string;
  readonly correlationId: string;
}

export function originOf(context: RequestContext): Origin {
  return { actor: context.caller.userId, correlationId: context.correlationId };
}

export function unknownJob(jobId: string): Extract<Result<never>, { ok: false }> {
  return refuse('not_found', `There is no job ${jobId}.`);
}

/** Runs `decide` on a job of the kind that passes `admits`; for everyone else the job does not exist. */
export function onJob<F, C extends { readonly type: string }, E extends JobEvent, T>(
  { writePath }: Pick<Dependencies, 'writePath'>,
  kind: Kind<F, C, E>,
  jobId: string,
  by: { readonly origin: Origin; readonly admits: (job: Job<F>) => boolean; readonly reads?: readonly Ref[] },
  decide: (draft: Draft, job: Job<F>) => Result<T>,
): Promise<Result<T>> {
  return writePath.run({
    ...by.origin,
    reads: [ref.job(jobId), ...(by.reads ?? [])],
    decide: (draft) => {
      const job = draft.job(kind, jobId);
      return job === null || !by.admits(job) ? unknownJob(jobId) : decide(draft, job);
    },
  });
}

/** For a command of the user that the job belongs to, or of an admin. */
export function byUser(context: RequestContext): { origin: Origin; admits: (job: Job) => boolean } {
  return { origin: originOf(context), admits: (job) => maySee(context.caller, job.ownerId) };
}
