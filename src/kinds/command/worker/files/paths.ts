import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath, type FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';

/** What was asked for is not within the work directory. */
class OutsideError extends Error {
  override readonly name = 'OutsideError';
}

/**
 * Where a path of a job is, in its work directory.
 *
 * @throws {OutsideError} for one that leaves it by its own words
 */
function within(folder: string, path: string): string {
  const full = join(folder, path);
  if (path === '' || path.includes('\0') || isAbsolute(path) || !isBelow(folder, full)) {
    throw new OutsideError(`${JSON.stringify(path)} is outside the work directory`);
  }
  return full;
}

function isBelow(folder: string, path: string): boolean {
  const steps = relative(folder, path);
  return steps !== '' && steps !== '..' && !steps.startsWith(`..${sep}`) && !isAbsolute(steps);
}

/**
 * A new file, with the folders that lead to it. Replaces one that is there.
 *
 * @throws {OutsideError} when a link leads out of the work directory
 */
export async function createWithin(folder: string, path: string): Promise<FileHandle> {
  const full = within(folder, path);
  await mkdir(dirname(full), { recursive: true });
  const parent = await realpath(dirname(full));
  if (parent !== folder && !isBelow(folder, parent))
    throw new OutsideError(`${JSON.stringify(path)} leads out of the work directory`);
  const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;
  return open(full, O_CREAT | O_NOFOLLOW | O_TRUNC | O_WRONLY, 0o644);
}

/** A regular file in a folder, links followed as long as they stay within; null: there is none. */
export async function fileWithin(
  folder: string,
  path: string,
): Promise<{ readonly real: string; readonly size: number } | null> {
  try {
    const real = await realpath(join(folder, path));
    if (!isBelow(folder, real)) return null;
    const found = await lstat(real);
    return found.isFile() ? { real, size: found.size } : null;
  } catch {
    return null;
  }
}
