/**
 * Writing an object: into a file of its own in `incoming/`, synced, then moved to its place in one
 * step. Until that step nothing has changed for a reader, and a crash leaves no more than the file
 * in `incoming/`, which the next start removes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, statSync, unlinkSync, type Stats } from 'node:fs';
import { link, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Refusal } from '../../domain/errors.ts';
import type { UploadGuard } from '../../ports/upload-guard.ts';
import type { ContentChecks } from './checksums.ts';
import type { Folders } from './folders.ts';
import { codeOf, isMissing, pathOfKey, unlessMissing } from './layout.ts';
import { encodeTrailer, trailerBytes } from './trailer.ts';

export interface WriteOptions {
  readonly contentType: string;
  /** Bytes. One more and the write is given up. */
  readonly maxBytes: number;
  /** Bytes that must come, no more and no fewer; null when any number is good. */
  readonly exactBytes: number | null;
  readonly onlyIfAbsent: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Of the contents; left out: they may be any. */
  readonly checks?: ContentChecks;
  /** Asked on the way and before it takes its place; null, or left out: it may. */
  readonly guard?: Pick<UploadGuard, 'halfway' | 'place'> | null;
}

export type WriteResult =
  | { readonly ok: true; readonly etag: string }
  | { readonly ok: false; readonly problem: 'too_large' | 'wrong_length' | 'exists' }
  | { readonly ok: false; readonly problem: 'wrong_contents'; readonly message: string }
  | { readonly ok: false; readonly problem: 'refused'; readonly refusal: Refusal };

export interface Places {
  /** Real path of the folder that holds the objects. */
  readonly root: string;
  /** Real path of the folder that holds unfinished writes; on the same file system. */
  readonly incoming: string;
  readonly folders: Folders;
}

/** Tells our own unfinished writes from those of an earlier process with our number, as in a container. */
const thisProcess = randomUUID();

/** A delete may prune the folder between our making it and our moving a file there; so we make it again. */
const maxMoveAttempts = 50;

export async function writeObject(
  places: Places,
  key: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: WriteOptions,
): Promise<WriteResult> {
  const target = pathOfKey(places.root, key);
  const unfinished = join(places.incoming, `${process.pid}.${thisProcess}.${randomUUID()}`);
  const changed = new Set<string>();
  try {
    const filled = await fill(unfinished, key, chunks, options);
    if (!filled.ok) return filled;
    const refusal = (await options.guard?.place(key, {
      bytes: await contentsOf(unfinished), replaced: await contentsOf(target),
    })) ?? null;
    if (refusal !== null) return { ok: false, problem: 'refused', refusal };
    const moved = await move(places, unfinished, target, options.onlyIfAbsent, changed);
    if (!moved) return { ok: false, problem: 'exists' };
    await places.folders.sync(dirname(target));
    return filled;
  } finally {
    places.folders.release(changed);
    // After the rename there is nothing left; after a refusal, an error or a link there is.
    await unlink(unfinished).catch(unlessMissing);
  }
}

async function fill(
  path: string,
  key: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: WriteOptions,
): Promise<WriteResult> {
  const most = Math.min(options.maxBytes, options.exactBytes ?? options.maxBytes);
  const handle = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      if (bytes > most) return { ok: false, problem: bytes > options.maxBytes ? 'too_large' : 'wrong_length' };
      const refusal = options.guard?.halfway(key) ?? null;
      if (refusal !== null) return { ok: false, problem: 'refused', refusal };
      hash.update(chunk);
      options.checks?.update(chunk);
      await writeAll(handle, chunk);
    }
    if (options.exactBytes !== null && bytes !== options.exactBytes) return { ok: false, problem: 'wrong_length' };
    const message = options.checks?.problem() ?? null;
    if (message !== null) return { ok: false, problem: 'wrong_contents', message };
    const etag = hash.digest('hex').slice(0, 32);
    await writeAll(handle, encodeTrailer({ etag, contentType: options.contentType }));
    await handle.utimes(options.now / 1000, options.now / 1000);
    await handle.sync();
    return { ok: true, etag };
  } finally {
    await handle.close();
  }
}

/** Of the object that is there, 0 when there is none. */
export function sizeOf(places: Places, key: string): Promise<number> {
  return contentsOf(pathOfKey(places.root, key));
}

async function contentsOf(path: string): Promise<number> {
  const stats = await lstat(path).catch(unlessMissing<Stats>);
  return Math.max(0, (stats?.size ?? 0) - trailerBytes);
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) done += (await handle.write(bytes, done)).bytesWritten;
}

/** False when `onlyIfAbsent` and there is an object already: link, unlike rename, replaces nothing. */
async function move(
  places: Places,
  from: string,
  to: string,
  onlyIfAbsent: boolean,
  changed: Set<string>,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await places.folders.make(dirname(to), changed);
      await (onlyIfAbsent ? link(from, to) : rename(from, to));
      return true;
    } catch (error) {
      if (onlyIfAbsent && codeOf(error) === 'EEXIST') return false;
      if (!isMissing(error) || attempt === maxMoveAttempts) throw error;
    }
  }
}

/** No upload is silent for so long (its idle limit is far shorter). */
const abandonedAfterMs = 3_600_000;

/** Removes what a crashed server left, but not what a live process is writing. How many it removed. */
export function removeUnfinished(incoming: string): number {
  let removed = 0;
  for (const name of readdirSync(incoming)) {
    const path = join(incoming, name);
    const [pid = '', owner] = name.split('.');
    try {
      const idleMs = Date.now() - statSync(path).mtimeMs;
      if (idleMs < abandonedAfterMs && (owner === thisProcess || otherProcessAlive(Number(pid)))) continue;
      unlinkSync(path);
      removed += 1;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return removed;
}

function otherProcessAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
