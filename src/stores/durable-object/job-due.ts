import type { ObjectPolicy } from '../../domain/job/ended-objects.ts';
import type { Job } from '../../domain/job/job.ts';
import type { JobRows, KeptObjects } from './job-rows.ts';
import { lookAt } from './patience.ts';

/**
 * A job that is still open a while after it was created is put into the common index of open jobs: most have ended by
 * then, and cost nothing.
 */
const indexAfterMs = 60_000;
/** How long an object that refused to create its job remembers that: much longer than any request takes. */
const refusedMs = 86_400_000;

/** How long what belongs to a job that has ended is kept. Milliseconds; null: for ever. */
export interface Keeping {
  readonly objects: Readonly<Record<ObjectPolicy, number | null>>;
  readonly job: number | null;
}

/** When the object is next to be looked after; null: never. Milliseconds since 1970. */
export function nextDue(rows: JobRows, keeping: Keeping, now: number): number | null {
  const { job, outbox } = rows;
  const dues = [outbox[0]?.dueAt ?? null, ...objectsDue(rows.objects, keeping), endsAt(rows, keeping)];
  if (job !== null) dues.push(job.deadlineAt, rows.isIndexed || job.endedAt !== null ? null : indexAt(job));
  const found = dues.flatMap((due) => (due === null ? [] : lookAt(due, now)));
  return found.length === 0 ? null : Math.min(...found);
}

/** Whether there are objects to be deleted now, or to be said to be gone. */
export function hasObjectsDue({ objects }: JobRows, keeping: Keeping, now: number): boolean {
  return objectsDue(objects, keeping).some((due) => due !== null && due <= now);
}

function objectsDue(objects: readonly KeptObjects[], keeping: Keeping): (number | null)[] {
  return objects.map(({ policy, endedAt, purgedAt, dueAt }) => {
    const kept = keeping.objects[policy];
    if (purgedAt !== null) return dueAt;
    return kept === null ? null : endedAt + kept + 1;
  });
}

/** Whether all that the object has stored is to be deleted now. */
export function hasEnded(rows: JobRows, keeping: Keeping, now: number): boolean {
  const at = endsAt(rows, keeping);
  return at !== null && at <= now;
}

function endsAt({ exists, job, idempotency, outbox, objects }: JobRows, keeping: Keeping): number | null {
  if (!exists) return null;
  if (job === null) return Math.max(0, ...idempotency.map(({ createdAt }) => createdAt)) + refusedMs;
  const isOver = outbox.length === 0 && objects.every(({ purgedAt, dueAt }) => purgedAt !== null && dueAt === null);
  return job.endedAt === null || keeping.job === null || !isOver ? null : job.endedAt + keeping.job + 1;
}

/** The job, if it is to be put into the common index of open jobs now. */
export function jobToIndex({ job, isIndexed }: JobRows, now: number): Job | null {
  return job === null || job.endedAt !== null || isIndexed || indexAt(job) > now ? null : job;
}

function indexAt({ createdAt }: Job): number {
  return createdAt + indexAfterMs;
}
