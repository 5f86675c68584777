import type { EndedObjects, ObjectPart } from '../../domain/job/ended-objects.ts';

/** A part of the objects of one job. */
export type AskedObjects = Pick<EndedObjects, 'part' | 'ownerId' | 'jobId'>;

/** Where the objects of a kind's jobs are, and for how long they are needed. */
export interface KindObjects {
  /** What begins like this is an owner's. */
  ownerPrefixes(ownerId: string): readonly string[];
  /** What begins like this is one job's. */
  prefixes(part: ObjectPart, ownerId: string, jobId: string): readonly string[];
  /**
   * Which of the objects a job needs that has not ended: another one that uses them, whoever owns it, or the job
   * itself, which was retried. All that are to be deleted now are asked about at once.
   */
  inUse<Asked extends AskedObjects>(asked: readonly Asked[]): Promise<ReadonlySet<Asked>>;
  /** By when the last URL ends that was signed for a job which ended then. Milliseconds since 1970. */
  lastUrlEndsAt(endedAt: number): number;
}
