import { openAsBlob } from 'node:fs';
import { open } from 'node:fs/promises';
import { photoType } from './photo-type.ts';
import { CommandFailure, exits } from '../../../transports/cli/failure.ts';

/** A photo on this machine. */
export interface Photo {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  /** Reads the file when it is sent; its type is `contentType`. */
  readonly blob: Blob;
}

/** Throws CommandFailure for the first that cannot be read or is no photo. */
export async function openPhotos(paths: readonly string[]): Promise<readonly Photo[]> {
  const photos: Photo[] = [];
  for (const path of paths) photos.push(await openPhoto(path));
  return photos;
}

async function openPhoto(path: string): Promise<Photo> {
  const head = Buffer.alloc(16);
  let size = 0;
  try {
    const file = await open(path);
    try {
      const info = await file.stat();
      if (!info.isFile()) throw new CommandFailure(`${path} is no file`, exits.noInput);
      size = info.size;
      await file.read(head, 0, head.length, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CommandFailure(
      gone ? `there is no file ${path}` : `cannot read ${(error as Error).message}`,
      exits.noInput,
    );
  }
  const contentType = photoType(head);
  if (contentType === null) {
    throw new CommandFailure(`${path} is no photo: JPEG, PNG, WebP, AVIF, HEIC, TIFF and GIF are`, exits.noInput);
  }
  return { path, size, contentType, blob: await openAsBlob(path, { type: contentType }) };
}
