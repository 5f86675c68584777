import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const preloaded = new URL('./shifted-date.mjs', import.meta.url).href;

/** A wall clock that tests set, for processes that are started with `env`. */
export interface ShiftedClock {
  readonly env: Readonly<Record<string, string>>;
  /** Ahead of the real time by so many milliseconds from now on. */
  set(aheadMs: number): void;
}

export function createShiftedClock(folder: string, aheadMs: number): ShiftedClock {
  const file = join(folder, `clock-${crypto.randomUUID()}`);
  const set = (ms: number): void => {
    // Never seen half written.
    writeFileSync(`${file}.new`, String(ms));
    renameSync(`${file}.new`, file);
  };
  set(aheadMs);
  return { env: { NODE_OPTIONS: `--import=${preloaded}`, SHIFTED_DATE_FILE: file }, set };
}

