import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail, ok, reasonOf, warn, type Finding } from './finding.ts';

const mebibyte = 1024 ** 2;
const fewBytes = 1024 * mebibyte;
const tooFewBytes = 100 * mebibyte;

export async function checkDataFolder(folder: string): Promise<Finding[]> {
  if (!existsSync(folder)) {
    const parent = nearestFolder(folder);
    try {
      accessSync(parent, constants.W_OK | constants.X_OK);
    } catch {
      return [
        fail('data', `${folder} is not there and cannot be made`, `Let this user write ${parent}, or use --data.`),
      ];
    }
    return [ok('data', `${folder} is not there yet; the server makes it`), freeSpace(parent)];
  }
  if (!statSync(folder).isDirectory()) return [fail('data', `${folder} is no folder`, 'Name another one with --data.')];
  const probe = join(folder, `.doctor-${randomUUID()}`);
  try {
    const file = await open(probe, 'wx', 0o600);
    await file.writeFile('a line of text');
    await file.sync();
    await file.close();
  } catch (error) {
    return [fail('data', `${folder} cannot be written: ${reasonOf(error)}`, 'Let this user write it, or use --data.')];
  } finally {
    await unlink(probe).catch(() => {});
  }
  return [ok('data', `${folder} can be written`), freeSpace(folder)];
}

function freeSpace(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const bytes = bavail * bsize;
  const free = `${(bytes / 1024 ** 3).toFixed(1)} GiB free`;
  if (bytes < tooFewBytes) return fail('disk', free, 'Make room: the store cannot write a full disk.');
  return bytes < fewBytes ? warn('disk', free, 'Make room before it is full.') : ok('disk', free);
}

function nearestFolder(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) || parent === path ? parent : nearestFolder(parent);
}
