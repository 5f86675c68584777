import type { KindObjects } from '../../../application/objects/kind-objects.ts';
import { timeOfId } from '../../../domain/job/id.ts';
import type { ObjectSummary } from '../../../ports/object-store.ts';
import { certainTime } from '../../../ports/world.ts';
import {
  artifactPrefix, commandUploads, ownerArtifactPrefix, readKey, uploadPrefix,
} from '../domain/keys.ts';
import type { DiscardedArtifacts } from '../domain/discard.ts';
import { urlSeconds } from './artifacts.ts';
import type { CommandDependencies } from './dependencies.ts';
import { uploadUsableMs } from './inputs.ts';
import { JobsInUse, keysInUse } from './keys-in-use.ts';

type Deps = Pick<CommandDependencies, 'store' | 'objects' | 'clock' | 'logger' | 'quotas'>;

/** Files that jobs have left behind are kept as results; what is uploaded for jobs belongs to none of them. */
export function createCommandObjects(deps: Pick<Deps, 'store' | 'clock'>): KindObjects {
  const { store } = deps;
  const jobsInUse = new JobsInUse(deps);
  return {
    ownerPrefixes: (ownerId) => [ownerArtifactPrefix(ownerId), uploadPrefix(ownerId)],
    prefixes: (part, ownerId, jobId) => (part === 'results' ? [artifactPrefix(ownerId, jobId)] : []),
    async inUse(asked) {
      const prefixes = await jobsInUse.prefixes();
      const used = await Promise.all(asked.map(async ({ ownerId, jobId }) => {
        if (prefixes.has(artifactPrefix(ownerId, jobId))) return true;
        const job = await store.jobs.get(jobId);
        return job !== null && job.endedAt === null;
      }));
      return new Set(asked.filter((_, i) => used[i]));
    },
    lastUrlEndsAt: (endedAt) => endedAt + urlSeconds * 1_000,
  };
}

/** An upload that began while its URL was good may take so long, and clocks differ. */
const lateMs = 2 * 3_600_000;
const sweepMs = 3_600_000;
const unsettledMs = 60_000;

/** Deletes uploads that no job can be submitted with any longer and none uses. Answers when to call again. */
export async function sweepUploads(deps: Deps, signal: AbortSignal): Promise<number> {
  const { objects, clock, logger, quotas } = deps;
  if (clock.settled?.() === false) return unsettledMs;
  const madeBefore = certainTime(clock) - uploadUsableMs - lateMs;
  let inUse: ReadonlySet<string> | null = null;
  for (let cursor: string | null = null; !signal.aborted; ) {
    const page = await objects.list(commandUploads, cursor === null ? {} : { cursor });
    const old = page.objects.filter(({ key }) => isOlder(key, madeBefore));
    if (old.length > 0) inUse ??= await keysInUse(deps);
    const unused = old.filter(({ key }) => inUse?.has(key) === false);
    await deleteOf(deps, unused);
    const owners = new Set(unused.map(({ key }) => readKey(key)?.ownerId ?? ''));
    for (const ownerId of owners) quotas?.objects.forget(ownerId);
    if (unused.length > 0) logger.info('deleted uploads that no command uses', { objects: unused.length });
    cursor = page.cursor;
    if (cursor === null) break;
  }
  return sweepMs;
}

function isOlder(objectKey: string, madeBefore: number): boolean {
  const key = readKey(objectKey);
  return key?.type === 'upload' && timeOfId(key.uploadId) < madeBefore;
}

/** Deletes what executions of a job left behind that is run again. May be done again. */
export async function discardArtifacts(
  deps: Deps,
  jobId: string,
  { ownerId, throughToken }: DiscardedArtifacts,
): Promise<void> {
  const { objects, quotas } = deps;
  for (let cursor: string | null = null; ; ) {
    const page = await objects.list(artifactPrefix(ownerId, jobId), cursor === null ? {} : { cursor });
    await deleteOf(deps, page.objects.filter(({ key: name }) => {
      const key = readKey(name);
      return key?.type === 'artifact' && key.token <= throughToken;
    }));
    if (page.objects.length > 0) quotas?.objects.forget(ownerId);
    cursor = page.cursor;
    if (cursor === null) return;
  }
}

async function deleteOf({ objects }: Pick<Deps, 'objects'>, found: readonly ObjectSummary[]): Promise<void> {
  if (found.length > 0) await objects.delete(found.map(({ key }) => key));
}
