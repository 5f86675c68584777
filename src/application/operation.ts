import type { AuditNote } from './audit/note.ts';
import type { RequestContext } from './request.ts';
import type { Dependencies } from './dependencies.ts';
import { refuse, type Result } from '../domain/errors.ts';
import { maySee } from './caller.ts';
import type { Job, JobEvent } from '../domain/job/job.ts';
import type { Kind } from '../domain/job/kind.ts';
import type { Draft } from './write-path/draft.ts';
import type { Operation } from './write-path/write-path.ts';
import { ref, type Ref } from './write-path/refs.ts';

/** Who a stored change is put down to. */
export interface Origin {
  readonly actor: string;
  readonly correlationId: string;
  readonly audit?: AuditNote;
}

export function originOf(context: RequestContext): Origin {
  const { caller, correlationId, audit } = context;
  return { actor: caller.userId, correlationId, ...(audit !== undefined && { audit }) };
}

export function unknownJob(jobId: string): Extract<Result<never>, { ok: false }> {
  return refuse('not_found', `There is no job ${jobId}.`);
}

/** For a caller who may see the job but addressed it as one of another kind. */
export function otherKind({ id, kind }: Pick<Job, 'id' | 'kind'>, wanted: string): ReturnType<typeof unknownJob> {
  return refuse('not_found', `Job ${id} is of the kind ${kind}, but this is for jobs of the kind ${wanted}.`);
}

/** What the store has under the id, if the caller sees it and it is of the kind. */
export function seenJob(
  job: Job | null,
  { name }: { readonly name: string },
  jobId: string,
  { caller }: Pick<RequestContext, 'caller'>,
): Result<Job> {
  if (job === null || !maySee(caller, job.ownerId)) return unknownJob(jobId);
  return job.kind === name ? { ok: true, value: job } : otherKind(job, name);
}

/** How a command on a job goes. */
interface OnJob<F> {
  readonly origin: Origin;
  readonly admits: (job: Job<F>) => boolean;
  /** Which callers learn the kind of a job of another kind; nobody if omitted. */
  readonly sees?: (job: Job) => boolean;
  readonly reads?: readonly Ref[];
}

/** Runs `decide` on a job of the kind that passes `admits`; for other callers the job does not exist. */
export function onJob<F, C extends { readonly type: string }, E extends JobEvent, T>(
  { writePath }: Pick<Dependencies, 'writePath'>,
  kind: Kind<F, C, E>,
  jobId: string,
  by: OnJob<F>,
  decide: (draft: Draft, job: Job<F>) => Result<T>,
): Promise<Result<T>> {
  return writePath.run(operationOn(kind, jobId, by, decide));
}

/** What `onJob` runs, for those who run many at once. */
export function operationOn<F, C extends { readonly type: string }, E extends JobEvent, T>(
  kind: Kind<F, C, E>,
  jobId: string,
  { origin, admits, sees, reads = [] }: OnJob<F>,
  decide: (draft: Draft, job: Job<F>) => Result<T>,
): Operation<T> {
  return {
    ...origin,
    reads: [ref.job(jobId), ...reads],
    decide: (draft) => {
      const job = draft.job(kind, jobId);
      if (job !== null) return admits(job) ? decide(draft, job) : unknownJob(jobId);
      const other = draft.anyJob(jobId);
      return other !== null && sees?.(other) === true ? otherKind(other, kind.name) : unknownJob(jobId);
    },
  };
}

/** For a command of the user that the job belongs to, or of an admin. */
export function byUser(
  context: RequestContext,
): { origin: Origin; admits: (job: Job) => boolean; sees: (job: Job) => boolean } {
  const sees = (job: Job): boolean => maySee(context.caller, job.ownerId);
  return { origin: originOf(context), admits: sees, sees };
}
