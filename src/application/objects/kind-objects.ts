import type { ObjectPart } from '../../domain/job/ended-objects.ts';

/** Where the objects of a kind's jobs are, and for how long they are needed. */
export interface KindObjects {
  /** What begins like this is an owner's. */
  ownerPrefixes(ownerId: string): readonly string[];
  /** What begins like this is one job's. */
  prefixes(part: ObjectPart, ownerId: string, jobId: string): readonly string[];
  /**
   * Whether a job that has not ended needs the objects: another one that uses them, or this one, which was retried.
   */
  isInUse(part: ObjectPart, ownerId: string, jobId: string): Promise<boolean>;
  /** By when the last URL ends that was signed for a job which ended then. Milliseconds since 1970. */
  lastUrlEndsAt(endedAt: number): number;
}
