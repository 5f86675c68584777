import { clockToleranceMs } from '../../domain/job/start.ts';
import { correctedDeadline, type TimeStep } from '../../domain/time/deadline.ts';
import type { DeadlineFilter } from '../../ports/store/store.ts';
import type { Dependencies } from '../dependencies.ts';
import { onAnyJob } from './on-any-job.ts';

type DeadlineDependencies = Pick<Dependencies, 'store' | 'writePath' | 'kinds'>;

const pageSize = 500;
/** A job has at most a few hundred events, mostly, and its newest deadline is among the first of them, or the last. */
const eventsAtOnce = 1_000;

/**
 * Corrects deadlines of open jobs after the clock may have been set. Returns how many it corrected. `longestMs`: the
 * longest time for which a deadline is ever set.
 */
export async function correctDeadlines(
  deps: DeadlineDependencies,
  now: number,
  steps: readonly TimeStep[],
  longestMs: number,
): Promise<number> {
  const latest = now + clockToleranceMs;
  const suspects: DeadlineFilter[] = [
    { after: latest + longestMs },
    { after: latest, createdAfter: latest },
    ...steps.map(({ from }) => ({ after: from })),
  ];
  let corrected = 0;
  for (const suspect of suspects) corrected += await correctAll(deps, suspect, now, steps);
  return corrected;
}

async function correctAll(
  deps: DeadlineDependencies,
  filter: DeadlineFilter,
  now: number,
  steps: readonly TimeStep[],
): Promise<number> {
  let corrected = 0;
  for (let from = filter; ; ) {
    const page = await deps.store.jobs.deadlines({ ...from, limit: pageSize });
    for (const { id } of page) if (await correct(deps, id, now, steps)) corrected += 1;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return corrected;
    from = { ...filter, after: last.deadlineAt, afterId: last.id };
  }
}

async function correct(
  deps: DeadlineDependencies,
  jobId: string,
  now: number,
  steps: readonly TimeStep[],
): Promise<boolean> {
  const events = await deps.store.jobs.events(jobId, { after: 0, limit: eventsAtOnce });
  const better = correctedDeadline(events, now, steps);
  if (better === null) return false;
  const result = await onAnyJob(deps, jobId, { type: 'correctDeadline', ...better, at: now });
  return result.ok && result.value.deadlineAt === better.to;
}
