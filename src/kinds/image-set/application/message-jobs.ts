import type { Dependencies } from '../../../application/dependencies.ts';
import { expireJob } from '../../../application/jobs/expire.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob } from '../domain/types.ts';
import { imageSetMessage } from './message.ts';
import type { MessageJobs } from './queue.ts';

/** The jobs of one store, for the queue of their messages. */
export function messageJobs(deps: Dependencies): MessageJobs {
  const find = async (jobId: string): Promise<ImageSetJob | null> => {
    const job = await deps.store.jobs.get(jobId);
    return job?.kind === imageSet.name ? (job as ImageSetJob) : null;
  };
  return {
    message: async (jobId) => {
      const job = await find(jobId);
      return job === null || imageSet.lifecycle.isTerminal(job.state) ? null : imageSetMessage(deps, job);
    },
    hasProgressed: async (jobId, since) => {
      const items = (await find(jobId))?.items.values() ?? [];
      return [...items].some(({ recordedAt }) => recordedAt >= since);
    },
    giveUp: async (jobId, reason) => void (await expireJob(deps, jobId, reason, { early: true })),
  };
}
