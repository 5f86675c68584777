import { chmod, mkdir, readdir, realpath, rm } from 'node:fs/promises';
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

/** Never throws. False: some of it cannot be deleted, and goes with the worker. */
export async function removeFolder(path: string): Promise<boolean> {
  const options = { recursive: true, force: true } as const;
  try {
    await rm(path, options);
    return true;
  } catch {
    // Go's module cache and the like are folders that nothing can be deleted from.
    await makeWritable(path).catch(() => {});
    return rm(path, options).then(
      () => true,
      () => false,
    );
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
