import { ApiError } from '../../../client/index.ts';
import { CommandFailure } from '../../../transports/cli/failure.ts';
import type { Progress } from '../../../transports/cli/terminal/progress.ts';
import type { CreatedImageSet, ImageSetClient } from './client.ts';
import { inParallel } from './in-parallel.ts';
import type { Photo } from './photos.ts';

const uploadsAtOnce = 4;

/** PUTs each photo to the URL of its place. The first failure stops the others. */
export async function uploadPhotos(
  client: ImageSetClient,
  urls: CreatedImageSet['urls'],
  photos: readonly Photo[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let done = 0;
  const tell = (): void => progress.update({ label: 'uploading', done, failed: 0, total: photos.length });
  tell();
  await inParallel(photos, uploadsAtOnce, signal, async (photo, idx, stop) => {
    const place = urls.find((each) => each.idx === idx);
    if (place === undefined) throw new CommandFailure(`the server gave no URL for ${photo.path}`);
    try {
      await client.upload(place.url, photo.blob, { signal: stop });
    } catch (error) {
      const failed = error instanceof ApiError && error.code !== 'aborted';
      throw failed ? new CommandFailure(`${photo.path} cannot be uploaded: ${error.message}`) : error;
    }
    done += 1;
    tell();
  });
}
