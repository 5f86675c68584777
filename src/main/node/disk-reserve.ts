import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createLoop, type Service } from '../../services/service.ts';
import { WakeUp } from '../../application/wake-up.ts';
import { diskNearlyFull } from '../../application/unavailable.ts';
import type { Refusal } from '../../domain/errors.ts';
import type { Config } from '../config/config.ts';
import { databasePath, postgresOptions } from './store.ts';
import { systemClock } from './world.ts';
import type { Logger } from '../../ports/world.ts';

/** What of a disk is kept free, so that what was accepted can be brought to its end when it fills up. */
export interface DiskReserve {
  /**
   * Why it takes nothing new now, or null. Results of what was accepted before may use the first half of the
   * reserve; the rest is the database's.
   */
  problem(use: 'new' | 'results'): Refusal | null;
  /** Null where nothing is kept on a disk of this machine. */
  space(): DiskSpace | null;
  /** Looks at the disk when nobody else does, so that the log says when it fills up and when that is over. */
  service(): Service;
}

export interface DiskSpace {
  readonly folder: string;
  /** Bytes that this process may still write. */
  readonly free: number;
  readonly reserve: number;
}

/** Where a server of this configuration keeps what it is given: none, where all of it is kept elsewhere. */
function foldersOnDisk(config: Config): string[] {
  const database = postgresOptions(config) === null ? [dirname(databasePath(config))] : [];
  return [...new Set([...database, ...(config.objects.type === 'filesystem' ? [config.dataDir] : [])])];
}

const mebibyte = 1024 ** 2;
const share = 0.02;
/** Longest age of what is known of the disk. */
const freshMs = 500;
const lookMs = 10_000;

/** What is kept free unless DISK_RESERVE_BYTES says otherwise. */
function defaultReserve(diskBytes: number, dev: boolean): number {
  return Math.floor(Math.min((dev ? 64 : 512) * mebibyte, diskBytes * share));
}

/** The folder that has least to spare decides. Told in the log when it begins and when it is over. */
export function createDiskReserve(config: Config, logger: Logger): DiskReserve {
  const { limits: { diskReserveBytes }, dev } = config;
  const folders = foldersOnDisk(config);
  let last: { readonly at: number; readonly space: DiskSpace | null } | null = null;
  let isLow = false;

  const space = (): DiskSpace | null => {
    const now = systemClock.now();
    if (last === null || Math.abs(now - last.at) >= freshMs) {
      last = { at: now, space: tightest(folders, diskReserveBytes, dev) };
    }
    return last.space;
  };
  const tell = (now: DiskSpace | null, low: boolean): void => {
    if (low === isLow) return;
    isLow = low;
    if (low) logger.warn('the disk is nearly full: no uploads and no new jobs are taken', { ...now });
    else logger.info('the disk has room again: uploads and new jobs are taken', { ...now });
  };

  const problem: DiskReserve['problem'] = (use) => {
    const now = space();
    const low = now !== null && now.free < now.reserve;
    tell(now, low);
    return low && (use === 'new' || now.free < now.reserve / 2) ? diskNearlyFull() : null;
  };
  const round = async (): Promise<number> => {
    problem('new');
    return lookMs;
  };
  const service = (): Service => createLoop({ name: 'disk-watch', logger, wakeUp: new WakeUp(), round });
  return { space, problem, service };
}

function tightest(folders: readonly string[], reserveBytes: number | null, dev: boolean): DiskSpace | null {
  let found: DiskSpace | null = null;
  for (const folder of folders) {
    const space = spaceOf(folder, reserveBytes, dev);
    if (space !== null && (found === null || space.free - space.reserve < found.free - found.reserve)) found = space;
  }
  return found;
}

/** Null where the system does not say. */
export function spaceOf(folder: string, reserveBytes: number | null, dev: boolean): DiskSpace | null {
  const disk = statDisk(folder);
  return disk && { folder, free: disk.free, reserve: reserveBytes ?? defaultReserve(disk.size, dev) };
}

/** In bytes, of which `free` are those that this process may still write; null where the system does not say. */
export function statDisk(folder: string): { readonly free: number; readonly size: number } | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { free: bavail * bsize, size: blocks * bsize };
  } catch {
    return null;
  }
}
