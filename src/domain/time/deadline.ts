import { clockToleranceMs } from '../job/start.ts';
import type { RecordedEvent } from '../job/job.ts';

/** The time was set: `from` was the time before it, by `byMs` it became later. */
export interface TimeStep {
  readonly from: number;
  readonly byMs: number;
}

/**
 * Where the deadline of a job that has not ended has to be, by its events; null: where it is. One that was set by a
 * clock that was ahead ends as long from now as it was given for. One that had not passed when the time was set ahead
 * moves with it: nobody has had the time between.
 */
export function correctedDeadline(
  events: readonly RecordedEvent[],
  now: number,
  steps: readonly TimeStep[],
): { readonly from: number; readonly to: number } | null {
  const set = events.findLast(({ body }) => body.deadlineAt !== undefined);
  const from = set?.body.deadlineAt;
  if (set === undefined || from === undefined || from === null) return null;
  if (set.occurredAt > now + clockToleranceMs) return { from, to: now + (from - set.occurredAt) };
  // Ahead and back again, before anybody looked, is nothing.
  const byMs = steps.reduce((sum, step) => {
    const isOfBefore = set.occurredAt <= step.from + clockToleranceMs;
    const hadNotPassed = step.byMs < 0 || from + sum > step.from;
    return isOfBefore && hadNotPassed ? sum + step.byMs : sum;
  }, 0);
  const to = from + Math.max(0, byMs);
  return to === from ? null : { from, to };
}
