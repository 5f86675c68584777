import type { Item } from '../../../domain/job/job.ts';
import type { ObjectPart } from '../../../domain/job/ended-objects.ts';
import { inputPreviewKey } from '../domain/keys.ts';
import type { ImageSetJob } from '../domain/types.ts';
import type { Dependencies } from '../../../application/dependencies.ts';

/** What a set by itself is shown with. */
export interface ImageSetDetail {
  /** Since when its results are gone, and its photos; null: they are kept. */
  readonly purgedAt: number | null;
  readonly inputsPurgedAt: number | null;
  /** Finished items only, by idx. URLs are presigned GETs, present for what was uploaded. */
  readonly items: readonly (Pick<Item, 'idx' | 'state' | 'error' | 'errorCode' | 'confidence' | 'recordedAt'> & {
    /** What the photo's file was called; null where nobody said. */
    readonly name: string | null;
    readonly outputUrl: string | null;
    readonly previewUrl: string | null;
    readonly inputPreviewUrl: string | null;
  })[];
}

export async function detailOfImageSet(
  { store, objects, settings }: Pick<Dependencies, 'store' | 'objects' | 'settings'>,
  { id: jobId, ownerId, endedAt, fields, ...job }: ImageSetJob,
  /** Of its items, the first so many. */
  most = Infinity,
): Promise<ImageSetDetail> {
  const purged = endedAt === null ? [] : await store.endedObjects.purged(jobId);
  const purgedAt = (part: ObjectPart): number | null => purged.find((one) => one.part === part)?.purgedAt ?? null;
  const isThere = purgedAt('results') === null;
  const sign = (key: string | null): Promise<string | null> =>
    key === null || !isThere
      ? Promise.resolve(null)
      : objects.presignGet(key, { expiresInSeconds: settings.resultUrlSeconds });
  const previewed = new Set(fields.previewed);
  const finished = [...job.items.values()].filter(({ idx }) => idx < most).sort((a, b) => a.idx - b.idx);
  const items = await Promise.all(
    finished.map(async ({ idx, state, error, errorCode, confidence, recordedAt, outputKey, previewKey }) => {
      const previewOfInput = previewed.has(idx) ? inputPreviewKey(ownerId, jobId, idx) : null;
      const [outputUrl, previewUrl, inputPreviewUrl] = await Promise.all([
        sign(outputKey), sign(previewKey), sign(previewOfInput),
      ]);
      const name = fields.names[idx] || null;
      const item = { idx, name, state, error, errorCode, confidence, recordedAt };
      return { ...item, outputUrl, previewUrl, inputPreviewUrl };
    }),
  );
  return { purgedAt: purgedAt('results'), inputsPurgedAt: purgedAt('inputs'), items };
}
