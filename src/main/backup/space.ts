import { CommandFailure } from '../../transports/cli/failure.ts';
import { statDisk } from '../node/disk-reserve.ts';

/** Throws CommandFailure when a disk cannot take so many more bytes, if the system says how many it can. */
export function assertSpace(folder: string, bytes: number): void {
  const free = statDisk(folder)?.free;
  if (free === undefined || free >= bytes) return;
  throw new CommandFailure(`${folder} has ${sizeText(free)} free, and ${sizeText(bytes)} are needed`);
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function sizeText(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < units.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}
