import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { fileWithin } from './paths.ts';

export interface OutputFile {
  /** Relative to the work directory. */
  readonly path: string;
  /** Where it is. */
  readonly real: string;
  readonly size: number;
}

export interface FoundOutputs {
  readonly files: readonly OutputFile[];
  /** Of those that were asked for: what nothing fits. */
  readonly missing: readonly string[];
  /** Whether there are more files than may be kept. */
  readonly isCut: boolean;
}

const maxFiles = 1_000;
/** Entries of the work directory that are looked at. */
const maxEntries = 100_000;

/**
 * Files, all that is in folders, and what fits patterns (`*`, `?`, `[…]`, `{a,b}`, `**`; of a folder that fits, all
 * that is in it). Patterns do not mean names that begin with a dot. What links lead to outside is left out.
 */
export async function findOutputs(folder: string, wanted: readonly string[]): Promise<FoundOutputs> {
  const files = new Map<string, OutputFile>();
  const missing: string[] = [];
  let entries: readonly string[] | null = null;
  for (const each of wanted) {
    const path = posix.normalize(each).replace(/\/$/, '');
    let any = false;
    const add = async (entry: string): Promise<void> => {
      const file = files.size > maxFiles ? null : await fileWithin(folder, entry);
      if (file === null) return;
      any = true;
      files.set(entry, { path: entry, ...file });
    };
    const isWithin = !/^(?:\/|\.\.(?:\/|$))/.test(path);
    if (isWithin) await add(path);
    if (isWithin && !any) {
      entries ??= await entriesOf(folder);
      const fits = await matcherOf(path);
      for (const entry of entries) if (fits(entry)) await add(entry);
    }
    if (!any) missing.push(each);
  }
  const all = [...files.values()];
  return { files: all.slice(0, maxFiles), missing, isCut: all.length > maxFiles };
}

async function matcherOf(path: string): Promise<(entry: string) => boolean> {
  if (path === '.') return () => true;
  if (!/[*?[\]{}()!]/.test(path)) return (entry) => entry.startsWith(`${path}/`);
  const { default: picomatch } = await import('picomatch');
  return picomatch([path, `${path}/**`]);
}

/** Paths of what is below a folder, without what links lead to. Sorted. */
async function entriesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [''];
  for (let at = folders.pop(); at !== undefined && found.length < maxEntries; at = folders.pop()) {
    const entries = await readdir(`${folder}/${at}`, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = `${at}${entry.name}`;
      if (entry.isDirectory()) folders.push(`${path}/`);
      else found.push(path);
    }
  }
  return found.sort();
}
