import { waitingForOthers } from '../../../domain/job/dependencies.ts';
import type { Job } from '../../../domain/job/job.ts';
import type { TaskFields } from './types.ts';

/** What a task that is not begun waits for. */
export interface Waiting {
  /**
   * - `dependencies`: jobs that have to end before
   * - `time`: it is not due yet
   * - `paused`: its type is
   * - `worker`: no worker asks for its type
   * - `turn`: a place at a worker, or under the limits of its type
   */
  readonly code: 'dependencies' | 'time' | 'paused' | 'worker' | 'turn';
  /** A sentence for a person. */
  readonly message: string;
}

/**
 * Null when it waits for nothing: it is at work, or has ended.
 *
 * @param isPaused whether its type is
 * @param isAskedFor whether a worker has asked for its type within a minute
 */
export function waitingOf(
  { state, type, attempt, fields }: Pick<Job<TaskFields>, 'state' | 'type' | 'attempt' | 'fields'>,
  now: number,
  { isPaused, isAskedFor }: { readonly isPaused: boolean; readonly isAskedFor: boolean },
): Waiting | null {
  if (state !== 'pending') return null;
  const { runAt, waitsFor = [] } = fields;
  const others = waitingForOthers(fields);
  if (others !== null) return fields.suspended !== undefined ? waitingForChildren(waitsFor.length) : others;
  if (runAt > now) {
    const begun = attempt === 0 ? 'It is not begun' : 'The next attempt is not begun';
    const what = fields.suspended !== undefined ? 'Its handler sleeps, and does not go on' : begun;
    return { code: 'time', message: `${what} before ${new Date(runAt).toISOString()}.` };
  }
  if (isPaused) {
    return { code: 'paused', message: `Tasks of type ${type} are paused until an operator resumes the type.` };
  }
  if (!isAskedFor) {
    return { code: 'worker', message: `No worker asks for tasks of type ${type}: start one with a handler for it.` };
  }
  return { code: 'turn', message: 'All workers are busy, or the type has reached its limits.' };
}

function waitingForChildren(count: number): Waiting {
  const which = count === 1 ? 'a task that it has started' : `${count} tasks that it has started`;
  return { code: 'dependencies', message: `Its handler waits for ${which}.` };
}
