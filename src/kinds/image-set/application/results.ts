import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { seenJob } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob } from '../domain/types.ts';

/** An item that has ended, with what its photo was called; an empty name where nobody said. */
interface Ended {
  readonly idx: number;
  readonly name: string;
}

/** What there is of a set to be downloaded, and what failed of it, each by idx. Plain data. */
export interface ResultKeys {
  readonly jobId: string;
  /** Where all of them are, but for those that a worker has put elsewhere. */
  readonly prefix: string;
  readonly delivered: readonly (Ended & { readonly key: string; readonly recordedAt: number })[];
  readonly failed: readonly (Ended & { readonly error: string })[];
}

/** The same with contents. */
export interface ResultFiles extends Pick<ResultKeys, 'jobId' | 'failed'> {
  readonly delivered: readonly (ResultKeys['delivered'][number] & {
    /** Bytes. */
    readonly size: number;
    /** Reads it when it is asked for. Throws where it has gone since, or has another size. */
    read(): Promise<ReadableStream<Uint8Array>>;
  })[];
}

export async function resultKeys(
  { store }: Pick<Dependencies, 'store'>,
  context: RequestContext,
  jobId: string,
): Promise<Result<ResultKeys>> {
  const found = seenJob(await store.jobs.get(jobId), imageSet, jobId, context);
  if (!found.ok) return found;
  const { ownerId, state, endedAt, items, fields } = found.value as ImageSetJob;
  const purged = endedAt === null ? [] : await store.endedObjects.purged(jobId);
  if (purged.some(({ part }) => part === 'results')) {
    return refuse('not_found', `The results of job ${jobId} have been deleted.`);
  }
  const ended = [...items.values()].sort((a, b) => a.idx - b.idx);
  const named = ({ idx }: { readonly idx: number }): Ended => ({ idx, name: fields.names[idx] ?? '' });
  const delivered = ended.flatMap((item) =>
    item.outputKey === null ? [] : [{ ...named(item), key: item.outputKey, recordedAt: item.recordedAt }]);
  if (delivered.length === 0) {
    return refuse('invalid_state', `No photo of job ${jobId} has a result: the job is ${state}.`, { state });
  }
  const failed = ended.flatMap((item) =>
    item.state === 'failed' ? [{ ...named(item), error: item.error ?? 'The worker gave no reason.' }] : []);
  return ok({ jobId, prefix: `outputs/${ownerId}/${jobId}/`, delivered, failed });
}

/** A result that is not there is among those that failed. */
export async function resultFiles(
  objects: ObjectStore,
  { jobId, prefix, delivered, failed }: ResultKeys,
): Promise<Result<ResultFiles>> {
  const { objects: page } = await objects.list(prefix);
  const sizes = new Map(page.map(({ key, size }) => [key, size]));
  const files: ResultFiles['delivered'][number][] = [];
  const missing: ResultKeys['failed'][number][] = [];
  for (const result of delivered) {
    const { idx, name, key } = result;
    const size = sizes.get(key) ?? (await objects.head(key))?.size;
    if (size === undefined) missing.push({ idx, name, error: 'The result is not there any longer.' });
    else files.push({ ...result, size, read: () => read(objects, key, size) });
  }
  if (files.length === 0) return refuse('not_found', `The results of job ${jobId} are not there any longer.`);
  return ok({ jobId, delivered: files, failed: [...failed, ...missing].sort((a, b) => a.idx - b.idx) });
}

async function read(objects: ObjectStore, key: string, size: number): Promise<ReadableStream<Uint8Array>> {
  const object = await objects.get(key);
  if (object === null) throw new Error(`the result ${key} has gone`);
  if (object.info.size === size) return object.body;
  await object.body.cancel();
  throw new Error(`the result ${key} has ${object.info.size} bytes, and had ${size} when its download began`);
}
