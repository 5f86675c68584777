import { objectPolicies, type EndedObjects } from '../../domain/job/ended-objects.ts';
import { clockToleranceMs } from '../../domain/job/start.ts';
import { partPrefixes } from '../../kinds/image-set/domain/keys.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import type { ImageSetFields } from '../../kinds/image-set/domain/types.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { EndedObjectStore } from '../../ports/store/ended-objects.ts';
import type { JobReads } from '../../ports/store/store.ts';
import { certainTime, type Clock, type Logger } from '../../ports/world.ts';
import type { Settings } from '../dependencies.ts';
import { messageSeconds } from '../../kinds/image-set/application/message.ts';

export interface PurgeDependencies {
  readonly endedObjects: EndedObjectStore;
  readonly objects: Pick<ObjectStore, 'list' | 'delete'>;
  readonly settings: Pick<Settings, 'objectRetention' | 'uploadTimeLimitMs' | 'executionTimeLimitMs'>;
  /** Whether a set that has not ended is made of the photos of this one. */
  readonly isReferredTo: (ownerId: string, jobId: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** After each deletion. Must not throw. */
  readonly onPurged?: (ended: EndedObjects, objects: number) => void;
}

/**
 * From when on a set's photos are said to be gone until they are: whoever has found them before has made another set of
 * them by then, which is seen.
 */
const graceMs = 60_000;
/** An upload that began while its URL was good may take so long, and clocks differ. */
const lateMs = 3_600_000;
const referredMs = 600_000;
const leaseMs = 300_000;
const [begunAtOnce, deletedAtOnce] = [200, 20];

/**
 * Begins to delete what has been kept for long enough, and goes on with what is due. What was uploaded late (a URL of
 * a bucket cannot be taken back) goes with a second look, when the last URL of the job has ended. All of it may be done
 * again, or by several servers at once. Answers whether there is more to do now.
 */
export async function purgeOnce(deps: PurgeDependencies): Promise<boolean> {
  const { endedObjects, settings, clock, logger } = deps;
  const now = clock.now();
  let more = false;
  for (const policy of objectPolicies) {
    const keptMs = settings.objectRetention[policy];
    if (keptMs === null) continue;
    const dueAt = policy === 'results' ? now : now + graceMs;
    const begun = await endedObjects.begin(policy, certainTime(clock) - keptMs, { now, dueAt, limit: begunAtOnce });
    more ||= begun === begunAtOnce;
  }
  const due = await endedObjects.due({ now, leaseMs, limit: deletedAtOnce });
  let deleted = 0;
  for (const ended of due) {
    try {
      deleted += await purge(deps, ended);
    } catch (error) {
      // It is given out again when the lease is over.
      const { jobId, part } = ended;
      logger.warn('objects of a job that has ended are not deleted yet', { jobId, part, error: String(error) });
    }
  }
  if (deleted > 0) logger.info('deleted objects of jobs that have ended', { objects: deleted });
  return more || due.length === deletedAtOnce;
}

async function purge(deps: PurgeDependencies, ended: EndedObjects): Promise<number> {
  const { endedObjects, clock } = deps;
  const { ownerId, jobId, part } = ended;
  if (part === 'inputs' && (await deps.isReferredTo(ownerId, jobId))) {
    await endedObjects.putOff(ended, clock.now() + referredMs);
    return 0;
  }
  let deleted = 0;
  for (const prefix of partPrefixes(part, ownerId, jobId)) deleted += await deleteAll(deps.objects, prefix);
  const urlsEndAt = lastUrlEndsAt(ended.endedAt, deps.settings);
  await endedObjects.putOff(ended, clock.now() < urlsEndAt ? urlsEndAt : null);
  if (deleted > 0) deps.onPurged?.(ended, deleted);
  return deleted;
}

async function deleteAll(objects: PurgeDependencies['objects'], prefix: string): Promise<number> {
  for (let deleted = 0; ; ) {
    const page = await objects.list(prefix);
    if (page.objects.length === 0) return deleted;
    await objects.delete(page.objects.map(({ key }) => key));
    deleted += page.objects.length;
    if (page.cursor === null) return deleted;
  }
}

/** Nothing that is begun waits for longer. */
export function latestObjectsDue(now: number, settings: PurgeDependencies['settings']): number {
  return Math.max(lastUrlEndsAt(now, settings), now + Math.max(graceMs, referredMs, leaseMs)) + clockToleranceMs;
}

/** Those of the upload are signed before the end, and the last ones of results at the end. */
function lastUrlEndsAt(endedAt: number, settings: PurgeDependencies['settings']): number {
  return endedAt + Math.max(settings.uploadTimeLimitMs, messageSeconds(settings) * 1_000) + lateMs;
}

/** Where one store has all jobs. An owner's slots bound how many there are. */
export function referredToIn(jobs: Pick<JobReads, 'list'>): PurgeDependencies['isReferredTo'] {
  return async (ownerId, jobId) => {
    for (const phase of ['waiting', 'active'] as const) {
      const open = await jobs.list({ ownerId, kind: imageSet.name, phase, limit: 1_000 });
      if (open.some(({ fields }) => (fields as ImageSetFields).inputs?.jobId === jobId)) return true;
    }
    return false;
  };
}
