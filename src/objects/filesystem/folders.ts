/**
 * Making folders that outlast a power cut. A name is on the disk once the folder it stands in is synced.
 *
 * Syncing takes milliseconds, in which another process could prune a folder that is still empty; so all
 * folders are made first, then the object is moved there, then everything is synced. Meanwhile another
 * write may find the folder there already: it must not be acknowledged before the name of the folder is
 * on the disk too. So what is made and not yet synced is kept count of, and whoever comes by syncs it as well.
 */
import { closeSync, fsyncSync, openSync, type Stats } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { codeOf, folderExists, linkRefused, unlessMissing } from './layout.ts';

export interface Folders {
  /** Makes it where it is missing, never through a symbolic link. Adds to `changed` where it made a name. */
  make(folder: string, changed: Set<string>): Promise<void>;
  /** Afterwards every name from the root to what stands in `folder` is on the disk. */
  sync(folder: string): Promise<void>;
  /** Says that this write has ended; `changed` is what its `make` filled. */
  release(changed: ReadonlySet<string>): void;
}

export function createFolders(root: string): Folders {
  /** How many writes have made a name in a folder and not ended. */
  const unsynced = new Map<string, number>();

  return {
    async make(folder, changed) {
      if (await folderExists(folder)) return;
      let at = root;
      for (const name of folder.slice(root.length).split(sep)) {
        if (name === '') continue;
        const parent = at;
        at = join(at, name);
        // Before the name is there for others to find.
        if (!changed.has(parent)) unsynced.set(parent, (unsynced.get(parent) ?? 0) + 1);
        changed.add(parent);
        await makeOne(at);
      }
    },

    async sync(folder) {
      await syncFolder(folder);
      for (let at = folder; at !== root; ) {
        at = dirname(at);
        if (unsynced.has(at)) await syncFolder(at);
      }
    },

    release(changed) {
      for (const folder of changed) {
        const left = (unsynced.get(folder) ?? 0) - 1;
        if (left > 0) unsynced.set(folder, left);
        else unsynced.delete(folder);
      }
    },
  };
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const stats = await lstat(path).catch(unlessMissing<Stats>);
    if (stats !== null && !stats.isDirectory()) throw linkRefused(path);
  }
}

/** Windows cannot sync a folder, one that was just pruned needs no sync, and one above ours may not be ours to open. */
const harmless: ReadonlySet<string | undefined> = new Set(['EPERM', 'EISDIR', 'EINVAL', 'ENOENT', 'EACCES']);

export async function syncFolder(folder: string): Promise<void> {
  let handle;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!harmless.has(codeOf(error))) throw error;
  } finally {
    await handle?.close();
  }
}

/** The same, at once: at the start. */
export function syncFolderNow(folder: string): void {
  let fd: number | null = null;
  try {
    fd = openSync(folder, 'r');
    fsyncSync(fd);
  } catch (error) {
    if (!harmless.has(codeOf(error))) throw error;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
