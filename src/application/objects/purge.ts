import { InvariantViolation } from '../../domain/errors.ts';
import { objectPolicies, type EndedObjects } from '../../domain/job/ended-objects.ts';
import { clockToleranceMs } from '../../domain/job/start.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { EndedObjectStore } from '../../ports/store/ended-objects.ts';
import { certainTime, type Clock, type Logger } from '../../ports/world.ts';
import type { Settings } from '../dependencies.ts';
import type { KindObjects } from './kind-objects.ts';

export interface PurgeDependencies {
  readonly endedObjects: EndedObjectStore;
  readonly objects: Pick<ObjectStore, 'list' | 'delete'>;
  readonly settings: Pick<Settings, 'objectRetention'>;
  /** By the kind's name; undefined for a kind without objects. */
  readonly objectsOf: (kind: string) => KindObjects | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** After each deletion. Must not throw. */
  readonly onPurged?: (ended: EndedObjects, objects: number) => void;
}

/**
 * How long before their deletion a job's uploads are reported as deleted. A request that still found them has created
 * its job by then, and that job is noticed.
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
  // What fails is given out again when the lease is over.
  const failed = (some: readonly EndedObjects[], error: unknown): void => {
    for (const { jobId, part } of some) {
      logger.warn('objects of a job that has ended are not deleted yet', { jobId, part, error: String(error) });
    }
  };
  for (const [kind, some] of Map.groupBy(due, (ended) => ended.kind)) {
    try {
      const ofKind = objectsOf(deps, kind);
      const inUse = await ofKind.inUse(some);
      for (const ended of some) {
        try {
          deleted += await purge(deps, ofKind, ended, inUse.has(ended));
        } catch (error) {
          failed([ended], error);
        }
      }
    } catch (error) {
      failed(some, error);
    }
  }
  if (deleted > 0) logger.info('deleted objects of jobs that have ended', { objects: deleted });
  return more || due.length === deletedAtOnce;
}

function objectsOf({ objectsOf: of }: PurgeDependencies, kind: string): KindObjects {
  const ofKind = of(kind);
  if (ofKind === undefined) throw new InvariantViolation(`jobs of the kind ${kind} have no objects`);
  return ofKind;
}

async function purge(
  deps: PurgeDependencies,
  ofKind: KindObjects,
  ended: EndedObjects,
  isInUse: boolean,
): Promise<number> {
  const { endedObjects, clock } = deps;
  const { ownerId, jobId, part } = ended;
  if (isInUse) {
    await endedObjects.putOff(ended, clock.now() + referredMs);
    return 0;
  }
  let deleted = 0;
  for (const prefix of ofKind.prefixes(part, ownerId, jobId)) deleted += await deleteAll(deps.objects, prefix);
  const urlsEndAt = ofKind.lastUrlEndsAt(ended.endedAt) + lateMs;
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

/** Nothing that is begun waits for longer. `urlsEndAt`: when the last URL ends of a job that ends now. */
export function latestObjectsDue(now: number, urlsEndAt: number): number {
  return Math.max(urlsEndAt + lateMs, now + Math.max(graceMs, referredMs, leaseMs)) + clockToleranceMs;
}
