import { existsSync } from 'node:fs';
import { link, open } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from '../../objects/filesystem/layout.ts';
import { decodeTrailer, trailerBytes } from '../../objects/filesystem/trailer.ts';
import { names, type BackedUpObjects } from './manifest.ts';
import { readSums, type Sum, type SumsWriter } from './sums.ts';
import { comparePaths, copyFileHashed, FolderKeeper, walk, type FoundFile } from './tree.ts';

/** Where objects are below a data folder, and in a backup. */
export const objectsFolder = 'objects/objects';

/** Files that are copied at once: most are small, and wait for the disk. */
const filesAtOnce = 8;
/** How far the time of a file system may be behind the clock. */
const clockGrainMs = 2_000;

export interface ObjectCopies {
  readonly dataDir: string;
  /** The backup that is being written. */
  readonly target: string;
  /** An older one, whose files stand for equal ones; null: all are copied. */
  readonly older: string | null;
  /** When the database was copied. */
  readonly copiedAt: number;
  /** Whether the copy of the database has a job with one of these ids. */
  hasJob(ids: readonly string[]): boolean;
  readonly sums: SumsWriter;
  readonly signal: AbortSignal;
  onFile(done: number): void;
  note(text: string): void;
}

/** How many objects there are, and what copies of those take that the older backup does not have. */
export async function measureObjects(
  dataDir: string,
  older: string | null,
): Promise<{ readonly files: number; readonly newBytes: number }> {
  let [files, newBytes] = [0, 0];
  const known = older === null ? null : new Follower(walk(join(older, objectsFolder)));
  for await (const { path, size, mtimeMs } of walk(join(dataDir, objectsFolder))) {
    files += 1;
    const before = await known?.at(path);
    if (before?.size !== size || Math.abs(before.mtimeMs - mtimeMs) > 1) newBytes += size;
  }
  return { files, newBytes };
}

/**
 * Copies the objects after the database, so that all that the copy of the database names is there, unless it was
 * deleted in between. What was written since, for jobs that the copy does not know, stays behind: after a restore
 * nobody would ever delete it. A file is never changed once it has its name, so each is whole.
 */
export async function copyObjects(work: ObjectCopies): Promise<BackedUpObjects & { readonly in: 'backup' }> {
  const { dataDir, target, older, sums, signal } = work;
  const counts = { count: 0, bytes: 0, linked: 0, deletedMeanwhile: 0, damaged: 0 };
  const folders = new FolderKeeper(target);
  const known = older === null ? null : new Follower(readSums(join(older, names.sums)));
  const finish = async (batch: readonly Promise<Outcome>[]): Promise<void> => {
    for (const { path, type, sha256, size } of await Promise.all(batch)) {
      if (type === 'gone') counts.deletedMeanwhile += 1;
      else {
        await sums.add({ path, sha256 });
        counts.count += 1;
        counts.bytes += size;
        if (type === 'linked') counts.linked += 1;
        if (type === 'damaged') {
          counts.damaged += 1;
          if (counts.damaged <= 10) work.note(`Damaged in the data folder, and copied as it is: ${path}`);
        }
      }
    }
    work.onFile(counts.count + counts.deletedMeanwhile);
  };
  let batch: Promise<Outcome>[] = [];
  for await (const found of walk(join(dataDir, objectsFolder))) {
    signal.throwIfAborted();
    if (isOfLaterJob(found, work)) continue;
    const path = `${objectsFolder}/${found.path}`;
    const before = (await known?.at(path)) ?? null;
    if (batch.length === filesAtOnce) {
      await finish(batch);
      await folders.settle();
      batch = [];
    }
    await folders.enter(path);
    batch.push(copyOne(dataDir, target, path, before && older !== null ? { older, sha256: before.sha256 } : null));
  }
  await finish(batch);
  await folders.finish();
  return { in: 'backup', ...counts };
}

/** Keys that name no job, as those of product images, may have been written anew for one that the copy has. */
function isOfLaterJob({ path, ctimeMs }: FoundFile, { copiedAt, hasJob }: ObjectCopies): boolean {
  if (ctimeMs <= copiedAt + clockGrainMs) return false;
  const ids = path.split(/[/.]/).filter((part) => uuid.test(part));
  return ids.length > 0 && !hasJob(ids);
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Outcome extends Sum {
  readonly type: 'copied' | 'linked' | 'damaged' | 'gone';
  readonly size: number;
}

async function copyOne(
  dataDir: string,
  target: string,
  path: string,
  known: { readonly older: string; readonly sha256: string } | null,
): Promise<Outcome> {
  const [from, to] = [join(dataDir, path), join(target, path)];
  if (known !== null) {
    const size = await linkIfEqual(from, join(known.older, path), to);
    if (size !== null) return { path, type: 'linked', sha256: known.sha256, size };
  }
  const copied = await copyFileHashed(from, to, trailerBytes);
  if (copied === null) return { path, type: 'gone', sha256: '', size: 0 };
  const { sha256, size, headSha256, tail } = copied;
  const whole = decodeTrailer(tail)?.etag === headSha256.slice(0, 32);
  return { path, type: whole ? 'copied' : 'damaged', sha256, size };
}

/** Links the older file when it ends as the newer one does, hash of the contents and all. The size, or null. */
async function linkIfEqual(from: string, older: string, to: string): Promise<number | null> {
  const [a, b] = await Promise.all([endOf(from), endOf(older)]);
  if (a === null || b === null || a.size !== b.size || !a.end.equals(b.end)) return null;
  if (Math.abs(a.mtimeMs - b.mtimeMs) > 1 || decodeTrailer(a.end) === null) return null;
  try {
    await link(older, to);
    return a.size;
  } catch (error) {
    // Another file system, or one without links, or as many of them as it takes.
    if (/^(EXDEV|EPERM|EMLINK|ENOTSUP|ENOSYS|ENOENT)$/.test((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

async function endOf(path: string): Promise<{ size: number; mtimeMs: number; end: Buffer } | null> {
  const file = await open(path).catch(unlessMissing<Awaited<ReturnType<typeof open>>>);
  if (file === null) return null;
  try {
    const { size, mtimeMs } = await file.stat();
    const end = Buffer.alloc(trailerBytes);
    const { bytesRead } = await file.read(end, 0, trailerBytes, Math.max(0, size - trailerBytes));
    return { size, mtimeMs, end: end.subarray(0, bytesRead) };
  } finally {
    await file.close();
  }
}

/** Goes through a sorted sequence as far as it is asked for. */
class Follower<T extends { readonly path: string }> {
  readonly #from: AsyncIterator<T>;
  #current: T | null | undefined;

  constructor(from: AsyncIterable<T>) {
    this.#from = from[Symbol.asyncIterator]();
  }

  /** Paths have to come in the order of `comparePaths`. */
  async at(path: string): Promise<T | null> {
    for (;;) {
      if (this.#current === undefined) {
        const next = await this.#from.next();
        this.#current = next.done === true ? null : next.value;
      }
      if (this.#current === null) return null;
      const order = comparePaths(this.#current.path, path);
      if (order === 0) return this.#current;
      if (order > 0) return null;
      this.#current = undefined;
    }
  }
}

export function hasObjects(dataDir: string): boolean {
  return existsSync(join(dataDir, objectsFolder));
}
