/**
 * Where a key lives on disk: each segment is a file name of its own, folders end in `.d` and
 * objects in `.f`, so that `a` and `a/b` can both exist, as they can in S3. Everything else in
 * the tree (a stray file, a symbolic link) is not an object.
 *
 * On a file system that does not tell `A` from `a` (macOS's and Windows's usual ones), keys that
 * differ only in case are one object.
 */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { InvariantViolation } from '../../domain/errors.ts';
import type { NotWritableReason } from '../../ports/store/unreachable.ts';
import { objectKeyProblem } from '../../domain/object-key.ts';

export const folderSuffix = '.d';
export const objectSuffix = '.f';

/** Linux, macOS and Windows take 255 bytes a name; two of them are the suffix. */
const maxSegmentBytes = 253;

/** A key that this store cannot hold, though another could. */
export class PathRefused extends InvariantViolation {}

/** Why this store refuses a key, or null. */
function fileKeyProblem(key: string): string | null {
  const problem = objectKeyProblem(key);
  if (problem !== null) return problem;
  if (!key.isWellFormed()) return 'it is not well-formed Unicode';
  for (const segment of key.split('/')) {
    if (Buffer.byteLength(segment) > maxSegmentBytes) {
      return `it has a segment longer than ${maxSegmentBytes} bytes, the most that a file system takes`;
    }
  }
  return null;
}

/** Throws PathRefused. */
export function assertFileKey(key: string): void {
  const problem = fileKeyProblem(key);
  if (problem !== null) throw new PathRefused(`object key ${JSON.stringify(key)}: ${problem}`);
}

/** The object's path below `root`. Throws PathRefused for a key that `fileKeyProblem` refuses. */
export function pathOfKey(root: string, key: string): string {
  assertFileKey(key);
  const segments = key.split('/');
  const name = segments.pop() as string;
  return join(root, ...segments.map((segment) => segment + folderSuffix), name + objectSuffix);
}

/**
 * False when the folder is not there. Throws PathRefused when a symbolic link on the way leads
 * elsewhere. `root` is a real path itself.
 */
export async function folderExists(folder: string): Promise<boolean> {
  let real: string;
  try {
    real = await realpath(folder);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  if (real !== folder) throw linkRefused(folder);
  return true;
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** What the disk has to do with a failed write, or null. */
export function diskReasonOf(error: unknown): NotWritableReason | null {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'disk_full';
    case 'EROFS':
      return 'read_only';
    case 'EIO':
      return 'disk_error';
    default:
      return null;
  }
}

/** ENOTDIR: a plain file stands where a folder would. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** For `.catch`: null when the thing is not there. */
export function unlessMissing<T>(error: unknown): T | null {
  if (isMissing(error)) return null;
  throw error;
}

/** A key whose file is somewhere else. The message is for the log, as it tells where. */
export class LinkRefused extends PathRefused {}

export function linkRefused(path: string): LinkRefused {
  return new LinkRefused(`${path} is, or lies behind, a symbolic link; objects are kept in plain folders only`);
}
