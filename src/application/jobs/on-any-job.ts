import type { Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { StandardCommand } from '../../domain/job/kind.ts';
import type { Dependencies } from '../dependencies.ts';
import { unknownJob } from '../operation.ts';
import { ref } from '../write-path/refs.ts';

export type JobDependencies = Pick<Dependencies, 'writePath' | 'kinds'>;

/** Says it to a job of whatever kind, in the server's own name; the job as it is then. */
export function onAnyJob(
  { writePath, kinds }: JobDependencies,
  jobId: string,
  command: StandardCommand,
): Promise<Result<Job>> {
  return writePath.run({
    actor: 'system',
    correlationId: jobId,
    reads: [ref.job(jobId)],
    decide: (draft) => {
      const job = draft.anyJob(jobId);
      return job === null ? unknownJob(jobId) : draft.changeJob(kinds.of(job.kind), job, command);
    },
  });
}
