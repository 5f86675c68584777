import { ok, type Result } from '../../../domain/errors.ts';
import type { ObjectPart } from '../../../domain/job/ended-objects.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob } from '../domain/types.ts';
import type { ImageSetView, RequestContext } from '../../../application/application.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { seenJob } from '../../../application/operation.ts';
import { progressOf } from './commands.ts';

/** The set as it is, with presigned GET URLs of what was delivered. */
export async function getImageSet(
  { store, objects, settings }: Dependencies,
  context: RequestContext,
  jobId: string,
): Promise<Result<ImageSetView>> {
  const found = seenJob(await store.jobs.get(jobId), imageSet, jobId, context);
  if (!found.ok) return found;
  const job = found.value as ImageSetJob;
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
  return ok({
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
  });
}
