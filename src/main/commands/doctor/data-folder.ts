import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { spaceOf } from '../../node/disk-reserve.ts';
import { fail, ok, reasonOf, warn, type Finding } from './finding.ts';

const mebibyte = 1024 ** 2;
const fewBytes = 1024 * mebibyte;
const tooFewBytes = 100 * mebibyte;

/** `reserve`: what DISK_RESERVE_BYTES says, or null. */
export async function checkDataFolder(
  folder: string,
  reserve: { readonly bytes: number | null; readonly dev: boolean },
): Promise<Finding[]> {
  if (!existsSync(folder)) {
    const parent = nearestFolder(folder);
    try {
      accessSync(parent, constants.W_OK | constants.X_OK);
    } catch {
      return [
        fail('data', `${folder} is not there and cannot be made`, `Let this user write ${parent}, or use --data.`),
      ];
    }
    return [ok('data', `${folder} is not there yet; the server makes it`), freeSpace(parent, reserve)];
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
  return [writableByOthers(folder) ?? ok('data', `${folder} can be written`), freeSpace(folder, reserve)];
}

/** What is in it is this user's alone, but whoever can write the folder could put something else in its place. */
function writableByOthers(folder: string): Finding | null {
  if (process.platform === 'win32' || (statSync(folder).mode & 0o022) === 0) return null;
  return warn('data', `${folder} can be written by other users of this machine`, `Run: chmod go-w ${folder}`);
}

function freeSpace(folder: string, { bytes, dev }: { readonly bytes: number | null; readonly dev: boolean }): Finding {
  const space = spaceOf(folder, bytes, dev);
  if (space === null) return warn('disk', `${folder}: the system does not say how much is free`, 'Watch it yourself.');
  const free = `${sizeOf(space.free)} free in ${folder}`;
  const reserved = `${free}, of which DISK_RESERVE_BYTES keeps ${sizeOf(space.reserve)}`;
  if (space.free < space.reserve) {
    return fail('disk', reserved, 'Make room: a server refuses uploads and new jobs (503) until there is more.');
  }
  if (space.free < tooFewBytes) return fail('disk', free, 'Make room: the store cannot write a full disk.');
  return space.free < fewBytes ? warn('disk', reserved, 'Make room before it is full.') : ok('disk', free);
}

function sizeOf(bytes: number): string {
  return bytes < 1024 ** 3 ? `${Math.round(bytes / mebibyte)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

function nearestFolder(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) || parent === path ? parent : nearestFolder(parent);
}
