import type { Item } from '../../../domain/job/job.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import type { ObjectPart } from '../../../domain/job/ended-objects.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob } from '../domain/types.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { seenJob } from '../../../application/operation.ts';
import { progressOf, type JobProgress } from './commands.ts';

export interface ImageSetView extends JobProgress {
  readonly preset: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly cancelReason: 'requested' | 'expired' | null;
  /** Since when its results are gone, and its photos; null: they are kept. */
  readonly purgedAt: number | null;
  readonly inputsPurgedAt: number | null;
  /** Finished items only, by idx. URLs are presigned GETs, present for what was delivered. */
  readonly items: readonly (Pick<Item, 'idx' | 'state' | 'error'> & {
    readonly outputUrl: string | null;
    readonly previewUrl: string | null;
  })[];
}

/** The set as it is, with presigned GET URLs of what was delivered. */
export async function getImageSet(
  deps: Dependencies,
  context: RequestContext,
  jobId: string,
): Promise<Result<ImageSetView>> {
  const found = seenJob(await deps.store.jobs.get(jobId), imageSet, jobId, context);
  return found.ok ? ok(await showImageSet(deps, found.value as ImageSetJob)) : found;
}

export async function showImageSet(
  { store, objects, settings }: Pick<Dependencies, 'store' | 'objects' | 'settings'>,
  job: ImageSetJob,
): Promise<ImageSetView> {
  const jobId = job.id;
  const purged = job.endedAt === null ? [] : await store.endedObjects.purged(jobId);
  const purgedAt = (part: ObjectPart): number | null => purged.find((one) => one.part === part)?.purgedAt ?? null;
  const isThere = purgedAt('results') === null;
  const sign = (key: string | null): Promise<string | null> =>
    key === null || !isThere
      ? Promise.resolve(null)
      : objects.presignGet(key, { expiresInSeconds: settings.resultUrlSeconds });
  const finished = [...job.items.values()].sort((a, b) => a.idx - b.idx);
  const items = await Promise.all(
    finished.map(async ({ idx, state, error, outputKey, previewKey }) => {
      const [outputUrl, previewUrl] = await Promise.all([sign(outputKey), sign(previewKey)]);
      return { idx, state, error, outputUrl, previewUrl };
    }),
  );
  const { createdAt, updatedAt, startedAt, endedAt, fields } = job;
  return {
    jobId,
    status: job.state,
    progress: progressOf(job),
    preset: fields.preset,
    createdAt,
    updatedAt,
    startedAt,
    endedAt,
    cancelReason: fields.cancelReason,
    purgedAt: purgedAt('results'),
    inputsPurgedAt: purgedAt('inputs'),
    items,
  };
}
