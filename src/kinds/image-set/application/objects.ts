import type { Dependencies } from '../../../application/dependencies.ts';
import type { KindObjects } from '../../../application/objects/kind-objects.ts';
import type { JobReads } from '../../../ports/store/store.ts';
import { ownerPrefixes, partPrefixes } from '../domain/keys.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetFields } from '../domain/types.ts';
import { messageSeconds } from './message.ts';

/** `isReferredTo`: whether a set that has not ended is made of the photos of this one. */
export function createImageSetObjects(
  settings: UrlSettings,
  isReferredTo: IsReferredTo,
): KindObjects {
  return {
    ownerPrefixes,
    prefixes: partPrefixes,
    async inUse(asked) {
      const photos = asked.filter(({ part }) => part === 'inputs');
      const used = await Promise.all(photos.map(({ ownerId, jobId }) => isReferredTo(ownerId, jobId)));
      return new Set(photos.filter((_, i) => used[i]));
    },
    lastUrlEndsAt: (endedAt) => lastUrlEndsAt(endedAt, settings),
  };
}

type IsReferredTo = (ownerId: string, jobId: string) => Promise<boolean>;

type UrlSettings = Pick<Dependencies['settings'], 'uploadTimeLimitMs' | 'executionTimeLimitMs'>;

/** Those of the upload are signed before the end, and the last ones of results at the end. */
export function lastUrlEndsAt(endedAt: number, settings: UrlSettings): number {
  return endedAt + Math.max(settings.uploadTimeLimitMs, messageSeconds(settings) * 1_000);
}

/** How far ahead the deadline of a set is at most when it is set. Milliseconds. */
export function longestDeadlineMs({ uploadTimeLimitMs, executionTimeLimitMs }: UrlSettings): number {
  return Math.max(uploadTimeLimitMs, executionTimeLimitMs);
}

/** Where one store has all jobs. An owner's slots bound how many there are. */
export function referredToIn(jobs: Pick<JobReads, 'list'>): IsReferredTo {
  return async (ownerId, jobId) => {
    for (const phase of ['waiting', 'active'] as const) {
      const open = await jobs.list({ scopes: [{ kind: imageSet.name, ownerId }], phase, limit: 1_000 });
      if (open.some(({ fields }) => (fields as ImageSetFields).inputs?.jobId === jobId)) return true;
    }
    return false;
  };
}
