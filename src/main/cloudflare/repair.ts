import type { Logger } from '../../ports/world.ts';
import { removeOpenJob, takeDueJobs } from '../../stores/d1/open-jobs.ts';
import { systemClock } from '../node/world.ts';
import type { Bindings } from './bindings.ts';
import { heard } from './said.ts';

const atOnce = 100;
const againMs = 3_600_000;

/**
 * By the cron: jobs that should have ended and flushed their history long ago do what their alarm would have done,
 * and set it again. The runtime tries an alarm six times and then forgets it.
 */
export async function repairJobs(env: Bindings, logger: Logger): Promise<void> {
  const now = systemClock.now();
  const due = await takeDueJobs(env.DB, now, now + againMs, atOnce);
  const results = await Promise.all(
    due.map(async (jobId) => {
      const found = await heard(env.JOB_COORDINATOR.getByName(jobId).repair(jobId));
      if (found.ok && !found.value) await removeOpenJob(env.DB, jobId);
      return found.ok;
    }),
  );
  const failed = results.filter((done) => !done).length;
  if (due.length > 0) logger.info('looked after open jobs', { jobs: due.length, failed });
}
