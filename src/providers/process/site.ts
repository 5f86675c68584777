import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The id of a state folder, which gets one if need be, by one server of many. It stands beside the folder, which holds
 * folders of providers only.
 */
export async function siteOf(stateFolder: string): Promise<string> {
  const file = `${stateFolder}.site`;
  const known = await readFile(file, 'utf8').catch(() => null);
  if (known !== null) return known;
  await mkdir(dirname(stateFolder), { recursive: true, mode: 0o700 });
  const id = randomUUID();
  // A link appears with its content, and only if there is none yet.
  const written = `${file}.${id}`;
  await writeFile(written, id, { flag: 'wx', mode: 0o600 });
  try {
    await link(written, file);
    return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return await readFile(file, 'utf8');
  } finally {
    await rm(written, { force: true });
  }
}
