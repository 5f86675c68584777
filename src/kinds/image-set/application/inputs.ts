import { refuse, type Result } from '../../../domain/errors.ts';
import { inputsOf } from '../domain/inputs.ts';
import { inputKey } from '../domain/keys.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob, InputSource } from '../domain/types.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { otherKind, unknownJob } from '../../../application/operation.ts';

/** Finds the photos of one's own set, for another one to be made of; refuses when they are not all there. */
export type FindInputs = (
  context: RequestContext,
  jobId: string,
  items: readonly number[] | undefined,
) => Promise<Result<InputSource>>;

export function findInputs({ store, objects }: Pick<Dependencies, 'store' | 'objects'>): FindInputs {
  return async ({ caller }, jobId, items) => {
    const job = (await store.jobs.get(jobId)) as ImageSetJob | null;
    if (job === null || job.ownerId !== caller.userId) return unknownJob(jobId);
    if (job.kind !== imageSet.name) return otherKind(job, imageSet.name);
    const found = inputsOf(job, items);
    if (!found.ok) return found;
    const { value: source } = found;
    // Those that are about to be deleted are gone: see `purge.ts`.
    const purged = await store.endedObjects.purged(source.jobId);
    if (purged.some(({ part }) => part === 'inputs')) {
      const message = `The photos of job ${jobId} have been deleted: upload them again.`;
      return refuse('missing_uploads', message, { missing: items ?? source.items.map((_, at) => at) });
    }
    const gone = new Set(await missingInputs(objects, caller.userId, source));
    if (gone.size === 0) return found;
    const missing = source.items.flatMap((idx, at) => (gone.has(idx) ? [items?.[at] ?? at] : []));
    const message = `${missing.length} photos of job ${jobId} are missing or have been deleted: items ` +
      `${missing.join(', ')}.`;
    return refuse('missing_uploads', message, { missing });
  };
}

/** Which of the items have no photo. A set's photos are few enough for one page of a list. */
export async function missingInputs(
  objects: ObjectStore,
  ownerId: string,
  { jobId, items }: InputSource,
): Promise<readonly number[]> {
  const first = inputKey(ownerId, jobId, 0);
  const { objects: page } = await objects.list(first.slice(0, first.lastIndexOf('/') + 1));
  const there = new Set(page.flatMap(({ key, size }) => (size === 0 ? [] : [key])));
  return items.filter((idx) => !there.has(inputKey(ownerId, jobId, idx)));
}
