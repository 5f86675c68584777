import type { Job } from '../domain/job/job.ts';
import type { Kinds } from '../domain/kinds.ts';
import { startProcessing, type Tracer } from '../domain/trace.ts';
import type { Commit } from '../ports/store/commit.ts';

/**
 * A consumer span for each job that has ended, from its first start, of kinds whose work no worker claims by itself:
 * those who claim work trace their own attempts.
 */
export function createRunSpans(tracer: Tracer, kinds: Kinds): (commit: Pick<Commit, 'jobs'>) => void {
  const isTraced = (name: string): boolean => {
    const kind = kinds.find(name);
    return kind !== undefined && !kind.internal && kind.lifecycle.claims.length === 0;
  };
  return ({ jobs }) => {
    for (const { job, before } of jobs) {
      const hasEnded = job.endedAt !== null && (before?.endedAt ?? null) === null;
      if (hasEnded && job.startedAt !== null && isTraced(job.kind)) trace(tracer, job, job.startedAt, job.endedAt);
    }
  };
}

function trace(tracer: Tracer, job: Job, startedAt: number, endedAt: number): void {
  const { phase, state, attempt, costMicroUsd } = job;
  const attributes = {
    ...(attempt > 0 && { 'waybill.attempt': attempt }),
    ...(costMicroUsd > 0 && { 'waybill.cost_micro_usd': costMicroUsd }),
  };
  const span = startProcessing(tracer, job, attributes, startedAt);
  if (phase === 'failed') span.fail(state);
  span.end(Math.max(startedAt, endedAt));
}
