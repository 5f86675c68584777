import { open, readdir, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { photoType } from '../cli/photo-type.ts';
import { ToolProblem } from '../../../transports/mcp/tool.ts';

/** As many as one set has. */
const mostPhotos = 200;
/** A folder with more entries than this is hardly one of photos. */
const mostEntries = 10_000;

/**
 * The photos at these paths: files as they are, folders by the photos in them, by name. Throws ToolProblem for what is
 * none of both.
 */
export async function photosAt(paths: readonly string[]): Promise<readonly string[]> {
  const photos: string[] = [];
  for (const path of paths) {
    photos.push(...(await photosOf(path)));
    if (photos.length > mostPhotos) {
      throw new ToolProblem(`These are more than ${mostPhotos} photos, which is what one set takes: give fewer.`);
    }
  }
  const repeated = photos.find((path, index) => photos.indexOf(path) !== index);
  if (repeated !== undefined) throw new ToolProblem(`${repeated} is there twice.`);
  return photos;
}

async function photosOf(path: string): Promise<readonly string[]> {
  const name = JSON.stringify(path);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    throw new ToolProblem(`${name} is a URL: paths of files on this machine are needed. Download it first.`);
  }
  if (path.includes('\0') || !isAbsolute(path)) {
    throw new ToolProblem(`${name} is no absolute path: give one such as ${JSON.stringify(exampleOf(path))}.`);
  }
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new ToolProblem(
      error.code === 'ENOENT' ? `There is nothing at ${name}.` : `${name} cannot be read: ${error.message}.`,
    );
  });
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path).catch((error: Error) => {
    throw new ToolProblem(`The folder ${name} cannot be read: ${error.message}.`);
  });
  if (entries.length > mostEntries) throw new ToolProblem(`The folder ${name} has ${entries.length} entries.`);
  const photos: string[] = [];
  for (const entry of entries.filter((each) => !each.startsWith('.')).sort()) {
    if (photos.length <= mostPhotos && await isPhoto(join(path, entry))) photos.push(join(path, entry));
  }
  if (photos.length === 0) throw new ToolProblem(`The folder ${name} has no photos in it.`);
  return photos;
}

function exampleOf(path: string): string {
  return join(process.cwd(), path.replaceAll('\0', '').replace(/^~\//, '') || 'photo.jpg');
}

async function isPhoto(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => null);
  // Others, such as pipes, would never be read to their end.
  if (!info?.isFile()) return false;
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const head = Buffer.alloc(16);
    await file.read(head, 0, head.length, 0);
    return photoType(head) !== null;
  } finally {
    await file.close();
  }
}
