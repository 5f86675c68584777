import { createHash, type Hash } from 'node:crypto';
import { constants, type Dirent, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../objects/filesystem/folders.ts';
import { unlessMissing } from '../../objects/filesystem/layout.ts';

/** A plain file somewhere below a folder. */
export interface FoundFile {
  /** With slashes, relative to the folder that was walked. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** When its name or its contents changed last, by the system's clock. */
  readonly ctimeMs: number;
}

/** All plain files below a folder, in the order of `comparePaths`; what goes away meanwhile is left out. */
export async function* walk(root: string, folder = ''): AsyncGenerator<FoundFile> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(unlessMissing<Dirent[]>);
  const named = (entries ?? []).filter((entry) => entry.isFile() || entry.isDirectory());
  for (const entry of named.sort((a, b) => compareTexts(a.name, b.name))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(root, path);
    else {
      const stats = await lstat(join(root, path)).catch(unlessMissing<Stats>);
      if (stats?.isFile() !== true) continue;
      yield { path, size: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs };
    }
  }
}

/** Segment by segment, as folders are walked. */
export function comparePaths(left: string, right: string): number {
  const [a, b] = [left.split('/'), right.split('/')];
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = compareTexts(a[at] ?? '', b[at] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

export interface CopiedFile {
  readonly sha256: string;
  readonly size: number;
  /** Of all bytes but the last `tailBytes`. */
  readonly headSha256: string;
  /** The last `tailBytes`; shorter when the file is. */
  readonly tail: Buffer;
}

const bufferBytes = 256 * 1024;

/** Copies a file to a new one, synced and for its owner alone, with its time. Null when there is none. */
export async function copyFileHashed(from: string, to: string, tailBytes = 0): Promise<CopiedFile | null> {
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW).catch(unlessMissing<FileHandle>);
  if (source === null) return null;
  try {
    const { size, atimeMs, mtimeMs } = await source.stat();
    const target = await open(to, 'wx', 0o600);
    try {
      const copied = await pump(source, target, Math.max(0, size - tailBytes));
      await target.utimes(atimeMs / 1000, mtimeMs / 1000);
      await target.sync();
      return copied;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function pump(source: FileHandle, target: FileHandle, headBytes: number): Promise<CopiedFile> {
  const hash = createHash('sha256');
  const tail: Buffer[] = [];
  const buffer = Buffer.allocUnsafe(bufferBytes);
  let head: Hash | null = headBytes === 0 ? hash.copy() : null;
  let size = 0;
  for (;;) {
    // Up to where the head ends and no further, so that its hash can be taken there.
    const wanted = size < headBytes ? Math.min(bufferBytes, headBytes - size) : bufferBytes;
    const { bytesRead } = await source.read(buffer, 0, wanted, null);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    if (size >= headBytes) tail.push(Buffer.from(chunk));
    hash.update(chunk);
    size += bytesRead;
    if (size === headBytes) head = hash.copy();
    // From where the last chunk ended, all of it.
    await target.writeFile(chunk);
  }
  const headSha256 = (head ?? hash.copy()).digest('hex');
  return { sha256: hash.digest('hex'), size, headSha256, tail: Buffer.concat(tail) };
}

/** Makes folders as files are put into them, in the order of `comparePaths`, and syncs those that are complete. */
export class FolderKeeper {
  readonly #root: string;
  #open: readonly string[] = [];
  #left: string[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  async enter(path: string): Promise<void> {
    const wanted: string[] = [];
    for (let at = dirname(path); at !== '.'; at = dirname(at)) wanted.unshift(at);
    const shared = wanted.findIndex((folder, index) => this.#open[index] !== folder);
    const kept = shared === -1 ? wanted.length : shared;
    this.#left.push(...this.#open.slice(kept).reverse());
    this.#open = wanted;
    const missing = wanted.at(-1);
    if (shared !== -1 && missing !== undefined) {
      await mkdir(join(this.#root, missing), { recursive: true, mode: 0o700 });
    }
  }

  /** To be called when all files are there for which `enter` was called. */
  async settle(): Promise<void> {
    for (const folder of this.#left.splice(0)) await syncFolder(join(this.#root, folder));
  }

  async finish(): Promise<void> {
    this.#left.push(...this.#open.toReversed(), '.');
    this.#open = [];
    await this.settle();
  }
}
