import type { Item } from '../../../domain/job/job.ts';
import type { ObjectPart } from '../../../domain/job/ended-objects.ts';
import type { ImageSetJob } from '../domain/types.ts';
import type { Dependencies } from '../../../application/dependencies.ts';

/** What a set by itself is shown with. */
export interface ImageSetDetail {
  /** Since when its results are gone, and its photos; null: they are kept. */
  readonly purgedAt: number | null;
  readonly inputsPurgedAt: number | null;
  /** Finished items only, by idx. URLs are presigned GETs, present for what was uploaded. */
  readonly items: readonly (Pick<Item, 'idx' | 'state' | 'error' | 'errorCode'> & {
    readonly outputUrl: string | null;
    readonly previewUrl: string | null;
  })[];
}

export async function detailOfImageSet(
  { store, objects, settings }: Pick<Dependencies, 'store' | 'objects' | 'settings'>,
  job: ImageSetJob,
): Promise<ImageSetDetail> {
  const purged = job.endedAt === null ? [] : await store.endedObjects.purged(job.id);
  const purgedAt = (part: ObjectPart): number | null => purged.find((one) => one.part === part)?.purgedAt ?? null;
  const isThere = purgedAt('results') === null;
  const sign = (key: string | null): Promise<string | null> =>
    key === null || !isThere
      ? Promise.resolve(null)
      : objects.presignGet(key, { expiresInSeconds: settings.resultUrlSeconds });
  const finished = [...job.items.values()].sort((a, b) => a.idx - b.idx);
  const items = await Promise.all(
    finished.map(async ({ idx, state, error, errorCode, outputKey, previewKey }) => {
      const [outputUrl, previewUrl] = await Promise.all([sign(outputKey), sign(previewKey)]);
      return { idx, state, error, errorCode, outputUrl, previewUrl };
    }),
  );
  return { purgedAt: purgedAt('results'), inputsPurgedAt: purgedAt('inputs'), items };
}
