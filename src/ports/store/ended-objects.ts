import type { EndedObjects, ObjectPart, ObjectPolicy } from '../../domain/job/ended-objects.ts';

/** The objects of ended jobs that are still in object storage: a durable list of what to delete, and when. */
export interface EndedObjectStore {
  /**
   * Begins to delete what is kept under the policy and ended before a time, the longest ago first: from then on it is
   * due at `dueAt`. At most `limit` (1 to 1,000); returns how many.
   */
  begin(
    policy: ObjectPolicy,
    endedBefore: number,
    options: { readonly now: number; readonly dueAt: number; readonly limit: number },
  ): Promise<number>;
  /**
   * Due rows, the longest due first, now postponed until `now + leaseMs`: so several servers may ask, and the rows of a
   * server that dies are taken by the next.
   */
  due(options: { readonly now: number; readonly leaseMs: number; readonly limit: number }):
    Promise<readonly EndedObjects[]>;
  /** When to come back to what is begun; null: never again. */
  putOff(objects: Pick<EndedObjects, 'jobId' | 'part'>, dueAt: number | null): Promise<void>;
  /**
   * Those that ended after `now`, by a clock that was ahead, have ended now; what is begun and due after `latestDueAt`
   * is due now. Returns how many there were.
   */
  heal(options: { readonly now: number; readonly latestDueAt: number }): Promise<number>;
  /** When the next is due of those that are begun; null when none is. */
  nextDueAt(): Promise<number | null>;
  /** Of one job, the parts whose deletion has begun. */
  purged(jobId: string): Promise<readonly { readonly part: ObjectPart; readonly purgedAt: number }[]>;
}
