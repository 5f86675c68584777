import type { Refusal } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import type { TaskJob } from '../domain/types.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Asked, Evidence, Scene } from '../../../testing/simulator/ask.ts';
import { shown } from '../../../testing/simulator/invariant.ts';

function allTasks({ truth }: Pick<Scene, 'truth'>): TaskJob[] {
  return truth.jobs().filter(({ kind }) => kind === 'task') as unknown as TaskJob[];
}

/** A task for which the request makes sense, mostly. */
export function anyTask(scene: Scene, random: SeededRandom, states: readonly string[]): TaskJob | null {
  const tasks = allTasks(scene);
  const among = random.chance(0.1) ? tasks : tasks.filter(({ state }) => states.includes(state));
  return among.length === 0 ? null : random.pick(among);
}

/** Everything that the task was while it was asked about; null for not there. */
export function taskDuring(evidence: Evidence, id: string, { from, to }: Asked): (TaskJob | null)[] {
  return evidence.truth.jobDuring(id, from, to) as (Job | null)[] as (TaskJob | null)[];
}

export function causedBy({ correlationId }: Asked, evidence: Evidence): string[] {
  return evidence.eventsOf(correlationId).map(({ body }) => body.type);
}

/** A refusal leaves nothing behind, and what it says was so at some moment. */
export function judgeRefusal(refusal: Refusal, asked: Asked, evidence: Evidence, wasSo: boolean): string | null {
  const caused = causedBy(asked, evidence);
  if (caused.length > 0) return `refused as ${refusal.code}, and yet ${shown(caused)} was stored`;
  return wasSo ? null : `refused as ${refusal.code} ${shown(refusal.details)}, which was so at no moment`;
}

export function isHidden(tasks: readonly (TaskJob | null)[], userId: string): boolean {
  return tasks.some((task) => task === null || task.ownerId !== userId);
}

export function judgeOnceAtMost(asked: Asked, evidence: Evidence): string | null {
  const caused = causedBy(asked, evidence);
  return new Set(caused).size === caused.length ? null : `${shown(caused)} were stored`;
}
