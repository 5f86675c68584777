import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { inputsOf, type FoundInputs } from '../domain/inputs.ts';
import { inputKeyAt } from '../../../domain/job/input-keys.ts';
import { inputKey, inputKeysOf } from '../domain/keys.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob, InputSource } from '../domain/types.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { otherKind, seenJob, unknownJob } from '../../../application/operation.ts';

/** Finds the photos of one's own set, for another one to be made of; refuses when they are not all there. */
export type FindInputs = (
  context: RequestContext,
  jobId: string,
  items: readonly number[] | undefined,
) => Promise<Result<FoundInputs>>;

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

/** A photo that a set is made of. */
export interface InputPhoto {
  readonly idx: number;
  /** What its file was called; null where nobody said. */
  readonly name: string | null;
  /** Presigned GET; null before the upload was confirmed, and when it is known to be deleted. */
  readonly inputUrl: string | null;
}

/** All of a set, by idx. */
export async function listInputs(
  { store, objects, settings }: Pick<Dependencies, 'store' | 'objects' | 'settings'>,
  context: RequestContext,
  jobId: string,
): Promise<Result<readonly InputPhoto[]>> {
  const found = seenJob(await store.jobs.get(jobId), imageSet, jobId, context);
  return found.ok ? ok(await inputsOfSet({ store, objects, settings }, found.value as ImageSetJob)) : found;
}

/** The first of a set, by idx. */
export async function inputsOfSet(
  { store, objects, settings }: Pick<Dependencies, 'store' | 'objects' | 'settings'>,
  job: ImageSetJob,
  most = Infinity,
): Promise<readonly InputPhoto[]> {
  const { total, itemCount, inputs, names } = job.fields;
  // Those of a set that has not ended are never deleted.
  const purged = job.endedAt === null ? [] : await store.endedObjects.purged(inputs?.jobId ?? job.id);
  const areThere = total !== null && !purged.some(({ part }) => part === 'inputs');
  const keys = inputKeysOf(job);
  const expiresInSeconds = settings.resultUrlSeconds;
  const photos = Array.from({ length: Math.min(most, total ?? itemCount) }, async (_, idx) => ({
    idx,
    name: names[idx] || null,
    inputUrl: areThere ? await objects.presignGet(inputKeyAt(keys, idx), { expiresInSeconds }) : null,
  }));
  return Promise.all(photos);
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
