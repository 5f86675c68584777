import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { imageSet } from '../domain/kind.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { originOf } from '../../../application/operation.ts';
import { ref } from '../../../application/write-path/refs.ts';
import {
  createIn, readsOf, readsOfExecution, repeated, reserveIn, withinSetQuota, type Begin, type Submission,
} from './submit.ts';

/*
 * A job and its account in stores of their own, so that no commit changes both:
 *
 *   account   reserve (and remember the Idempotency-Key)      idempotent by the key
 *   job       create                                          idempotent by the job's id
 *
 * Whatever dies in between leaves a reservation without a job. The account's side finds it after a while and
 * asks the job's side, which answers that the job is there, or refuses from then on ever to create it; only
 * then the reservation goes back. So never both: a job without its reservation, and a reservation without its job.
 */

/** Whether a job that was asked for is there, and if not, that it never will be. */
export type Creation = 'created' | 'refused';

const creationScope = 'creation';

/** `reserve` and `create` are what the two sides do: `reserveApart` and `createApart`. */
export function beginApart(sides: {
  readonly reserve: Begin;
  readonly create: (context: RequestContext, submission: Submission) => Promise<Result<Creation>>;
}): Begin {
  return async (context, submission) => {
    let { repeatable } = submission;
    for (;;) {
      const reserved = await sides.reserve(context, { ...submission, repeatable });
      if (!reserved.ok) return reserved;
      const jobId = reserved.value;
      const created = await sides.create(context, { ...submission, jobId });
      if (!created.ok) return created;
      if (created.value === 'created') return reserved;
      if (repeatable === null || jobId === submission.jobId) {
        return refuse('unavailable', 'Creating the job took too long and was abandoned: try again.');
      }
      // The first request with this key died half-way and was given up since. What follows a job that was given up
      // has a key of its own, so that all later repeats come to the same job again.
      repeatable = { ...repeatable, key: `${repeatable.key} after ${jobId}` };
    }
  };
}

/** On the account's side, which alone reserves for it: what the quota counts here needs no cap in the commit. */
export function reserveApart({ writePath, quotas }: Pick<Dependencies, 'writePath' | 'quotas'>): Begin {
  return withinSetQuota(quotas, (context, submission) =>
    writePath.run({
      ...originOf(context),
      reads: readsOf(context, submission),
      decide: (draft) => repeated(draft, submission) ?? reserveIn(draft, context.caller.userId, submission),
    }));
}

/** On the job's side. */
export function createApart(
  deps: Pick<Dependencies, 'writePath' | 'settings'>,
  context: RequestContext,
  submission: Submission,
): Promise<Result<Creation>> {
  const { jobId } = submission;
  const ownerId = context.caller.userId;
  return deps.writePath.run({
    ...originOf(context),
    reads: [ref.job(jobId), ref.idempotency(creationScope, jobId), ...readsOfExecution(submission)],
    decide: (draft): Result<Creation> => {
      const before = draft.job(imageSet, jobId);
      if (before !== null) {
        return before.ownerId === ownerId ? ok('created') : refuse('conflict', `Job ${jobId} already exists.`);
      }
      if (draft.idempotency(creationScope, jobId) !== null) return ok('refused');
      const job = createIn(draft, deps, context, submission);
      return job.ok ? ok('created') : job;
    },
  });
}

/** On the job's side: unless the job is there, it is never created from now on. */
export function refuseCreation(
  { writePath }: Pick<Dependencies, 'writePath'>,
  jobId: string,
): Promise<Result<Creation>> {
  return writePath.run({
    actor: 'system',
    correlationId: jobId,
    reads: [ref.job(jobId), ref.idempotency(creationScope, jobId)],
    decide: (draft): Result<Creation> => {
      if (draft.job(imageSet, jobId) !== null) return ok('created');
      if (draft.idempotency(creationScope, jobId) === null) {
        draft.remember({
          scope: creationScope, key: jobId, fingerprint: '', resourceId: jobId, createdAt: draft.now,
        });
      }
      return ok('refused');
    },
  });
}
