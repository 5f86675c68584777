import type { Logger } from '../../ports/world.ts';
import { endedBefore, removeHistories } from '../../stores/d1/history.ts';
import { putOffJobs, takeDueJobs } from '../../stores/d1/open-jobs.ts';
import { systemClock } from '../node/world.ts';
import type { Bindings } from './bindings.ts';
import type { Repaired } from './calls.ts';
import { jobOf } from './others.ts';
import { mustHear } from './said.ts';

/** Of each sort, in one run. One may make 1,000 calls. */
const atOnce = 200;
/** Until one that could not be looked at is looked at again. */
const againMs = 3_600_000;
/** How long after its time a job that has ended should be gone. */
const graceMs = 86_400_000;

interface Tools {
  readonly env: Bindings;
  /** How long jobs are kept after their end; null: for ever. */
  readonly keepMs: number | null;
  readonly logger: Logger;
}

/**
 * By the cron: jobs whose alarm should have ended them, or deleted what is left of them, do so now, and set it again.
 * The runtime tries an alarm six times and then forgets it.
 */
export async function repairJobs(tools: Tools): Promise<void> {
  const { env, keepMs, logger } = tools;
  const now = systemClock.now();
  const open = await repairEach(tools, await takeDueJobs(env.DB, now, now + againMs, atOnce));
  await putOffJobs(env.DB, open);
  const ended = keepMs === null ? [] : await endedBefore(env.DB, now - keepMs - graceMs, atOnce);
  const gone = (await repairEach(tools, ended)).filter(({ exists }) => !exists);
  if (gone.length > 0) await removeHistories(env.DB, gone.map(({ jobId }) => jobId));
  if (open.length + gone.length > 0) logger.info('looked after jobs', { open: open.length, deleted: gone.length });
}

/** Without those that could not be looked after now. */
async function repairEach(
  { env, logger }: Tools,
  jobIds: readonly string[],
): Promise<readonly (Repaired & { readonly jobId: string })[]> {
  const found = await Promise.all(
    jobIds.map(async (jobId) => {
      try {
        return { jobId, ...(await mustHear(jobOf(env, jobId).repair(jobId))) };
      } catch (error) {
        logger.warn('a job could not be looked after', { jobId, error: String(error) });
        return null;
      }
    }),
  );
  return found.filter((one) => one !== null);
}
