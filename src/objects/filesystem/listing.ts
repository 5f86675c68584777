/** Listing in key order, straight from the folders; a page costs one look into each folder it passes. */
import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { objectKeyProblem } from '../../domain/object-key.ts';
import type { ObjectPage, ObjectSummary } from '../../ports/object-store.ts';
import { folderExists, folderSuffix, objectSuffix, unlessMissing } from './layout.ts';
import { trailerBytes } from './trailer.ts';

interface Found {
  readonly key: string;
  readonly path: string;
}

interface Entry {
  /** An object's key, or a folder's with a slash at its end, so that `a-b` comes before what is in `a/`. */
  readonly key: string;
  readonly path: string;
  readonly isFolder: boolean;
}

export async function listObjects(root: string, prefix: string, limit: number, after: string): Promise<ObjectPage> {
  const found: Found[] = [];
  const start = folderOfPrefix(root, prefix);
  if (start !== null && (await folderExists(start.path))) {
    for await (const object of walk(start.path, start.key, prefix, after)) {
      found.push(object);
      if (found.length > limit) break;
    }
  }
  const page = found.slice(0, limit);
  const objects: ObjectSummary[] = [];
  // One may have been deleted since its folder was read; so a page may be shorter than the limit.
  for (const summary of await Promise.all(page.map(summarize))) if (summary !== null) objects.push(summary);
  return { objects, cursor: found.length > limit ? (page.at(-1)?.key ?? null) : null };
}

/** The deepest folder that the prefix names whole; null when no key can begin like that. */
function folderOfPrefix(root: string, prefix: string): { readonly key: string; readonly path: string } | null {
  const key = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (key === '') return { key, path: root };
  if (objectKeyProblem(key.slice(0, -1)) !== null || !key.isWellFormed()) return null;
  return { key, path: join(root, ...key.slice(0, -1).split('/').map((segment) => segment + folderSuffix)) };
}

async function* walk(folder: string, folderKey: string, prefix: string, after: string): AsyncGenerator<Found> {
  for (const entry of await entriesOf(folder, folderKey)) {
    const begins = entry.key.startsWith(prefix) || (entry.isFolder && prefix.startsWith(entry.key));
    if (!begins) continue;
    if (entry.isFolder) {
      if (compareKeys(entry.key, after) > 0 || after.startsWith(entry.key)) {
        yield* walk(entry.path, entry.key, prefix, after);
      }
    } else if (compareKeys(entry.key, after) > 0) yield entry;
  }
}

async function entriesOf(folder: string, folderKey: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const read = await readdir(folder, { withFileTypes: true }).catch(unlessMissing<Dirent[]>);
  for (const entry of read ?? []) {
    const { name } = entry;
    const path = join(folder, name);
    if (entry.isFile() && name.endsWith(objectSuffix)) {
      entries.push({ key: folderKey + name.slice(0, -objectSuffix.length), path, isFolder: false });
    } else if (entry.isDirectory() && name.endsWith(folderSuffix)) {
      entries.push({ key: `${folderKey}${name.slice(0, -folderSuffix.length)}/`, path, isFolder: true });
    }
  }
  return entries.sort((left, right) => compareKeys(left.key, right.key));
}

async function summarize(object: Found): Promise<ObjectSummary | null> {
  const stats = await lstat(object.path).catch(unlessMissing<Stats>);
  if (stats === null || stats.size < trailerBytes) return null;
  return { key: object.key, size: stats.size - trailerBytes, modifiedAt: Math.round(stats.mtimeMs) };
}

/**
 * Order of the UTF-8 bytes, as S3 lists. JavaScript compares UTF-16 units, which puts the surrogates
 * (characters above U+FFFF) before U+E000 to U+FFFF; both are moved to where they belong.
 */
function compareKeys(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a === b) continue;
    if (a < 0xd800 || b < 0xd800) return a - b;
    return ((a - 0xb800) % 0x2800) - ((b - 0xb800) % 0x2800);
  }
  return left.length - right.length;
}
