import { ApiError } from '../../../client/index.ts';
import type { ImageSetClient, ImageSetView } from './client.ts';

/** Throws `not_found` for a job of another kind. */
export async function getImageSet(client: ImageSetClient, id: string, signal: AbortSignal): Promise<ImageSetView> {
  const job = await client.getJob({ params: { id } }, { signal });
  // The answers' kinds are those of the routes that the server was made of.
  if (job.kind === 'image-set') return job as unknown as ImageSetView;
  throw new ApiError(
    'not_found',
    `Job ${id} is of the kind ${job.kind}, but this is for jobs of the kind image-set.`,
  );
}
