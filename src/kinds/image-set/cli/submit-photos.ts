import { basename } from 'node:path';
import type { Progress } from '../../../transports/cli/terminal/progress.ts';
import type { ImageSetClient } from './client.ts';
import { getImageSet } from './get.ts';
import type { Photo } from './photos.ts';
import { uploadPhotos } from './uploads.ts';

type Input<N extends 'createImageSet' | 'executeImageSet'> = NonNullable<Parameters<ImageSetClient[N]>[0]['body']>;

export interface PhotoOrder {
  readonly body: Input<'createImageSet'>;
  /** What is uploaded; none where the photos are those of another job. */
  readonly photos: readonly Photo[];
  /** What to do with them. */
  readonly orders: Input<'executeImageSet'>;
  readonly idempotencyKey: string;
  /** Whether an earlier request with the same key may have created the job. */
  readonly mayBeThere: boolean;
}

/** What is said of a photo when its job is created. */
export function uploadOf({ path, contentType, size }: Photo) {
  return { name: basename(path), contentType, contentLength: size };
}

/** Creates the job, uploads the photos, confirms and executes. What fails before is undone: the job is canceled. */
export async function submitPhotos(
  client: ImageSetClient,
  { body, photos, orders, idempotencyKey, mayBeThere }: PhotoOrder,
  { signal, progress, onCreated, onUndone }: {
    readonly signal: AbortSignal;
    readonly progress: Progress;
    onCreated(jobId: string): void;
    /** `ok`: whether the job is canceled, and holds no credits any more. */
    onUndone(jobId: string, ok: boolean): void;
  },
): Promise<{ readonly jobId: string; readonly status: string }> {
  // Not to be stopped: a job whose id is not known could not be undone.
  const all = photos.length > 0 ? body : { ...body, execute: orders };
  const { jobId, urls, status: begun } = await client.createImageSet({ body: all, idempotencyKey });
  onCreated(jobId);
  const params = { id: jobId };
  try {
    signal.throwIfAborted();
    const before = mayBeThere ? (await getImageSet(client, jobId, signal)).status : begun;
    if (before === 'created') {
      await uploadPhotos(client, urls, photos, progress, signal);
      const confirm = { totalItems: photos.length, verify: true, execute: orders };
      return await client.confirmUpload({ params, body: confirm }, { signal });
    }
    if (before !== 'uploaded') return { jobId, status: before };
    return await client.executeImageSet({ params, body: orders }, { signal });
  } catch (error) {
    const { ok } = await client.call('cancelJob', { params }, { timeoutMs: 5_000 });
    onUndone(jobId, ok);
    throw error;
  }
}
