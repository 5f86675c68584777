import type { Job } from '../../../domain/job/job.ts';
import type { Work } from '../../../domain/job/work.ts';
import type { CommandFields, CommandInput } from './types.ts';

/** How a job that waits is offered to schedulers. */
export function workOf(
  { priority }: CommandInput,
  dueAt: number,
  { blocked = false, pauseMs = null }: { readonly blocked?: boolean; readonly pauseMs?: number | null } = {},
): Work {
  return { blocked, priority, dueAt, pauseMs, concurrencyKey: null, timeoutMs: null };
}

/** A job that waits for others has none until they have ended. */
export function startDeadline(
  { startWithinMs }: CommandInput,
  from: number,
  waitsFor: readonly string[] = [],
): number | null {
  return startWithinMs === null || waitsFor.length > 0 ? null : from + startWithinMs;
}

export function inputOf({ input }: Job<CommandFields>): CommandInput {
  return input as CommandInput;
}
