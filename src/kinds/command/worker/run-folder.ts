import { chmod, mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What a run has on disk, below the worker's folder. */
export interface RunFolder {
  readonly path: string;
  /** Where the command runs. */
  readonly work: string;
  /** For its temporary files. */
  readonly temporary: string;
}

/** Made anew. */
export async function makeRunFolder(parent: string, name: string): Promise<RunFolder> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const path = join(await realpath(parent), name);
  await removeFolder(path);
  const [work, temporary] = [join(path, 'work'), join(path, 'tmp')];
  await mkdir(work, { recursive: true, mode: 0o700 });
  await mkdir(temporary, { mode: 0o700 });
  return { path, work, temporary };
}

/** Never throws: what cannot be deleted goes with the worker. */
export async function removeFolder(path: string): Promise<void> {
  const options = { recursive: true, force: true } as const;
  try {
    await rm(path, options);
  } catch {
    // Go's module cache and the like are folders that nothing can be deleted from.
    await chmod(path, 0o700).catch(() => {});
    await rm(path, options).catch(() => {});
  }
}
