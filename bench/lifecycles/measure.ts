import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

export interface Histogram {
  /** Times one call and counts it. */
  time<T>(call: () => Promise<T>): Promise<T>;
  /** Counts what was timed elsewhere. Milliseconds. */
  add(ms: number): void;
  /** The percentile in milliseconds, with two digits. */
  p(percent: number): string;
}

export function histogram(): Histogram {
  const all: number[] = [];
  let sorted = false;
  const add = (ms: number): void => {
    all.push(ms);
    sorted = false;
  };
  return {
    add,
    time: async (call) => {
      const began = performance.now();
      const value = await call();
      add(performance.now() - began);
      return value;
    },
    p: (percent) => {
      if (!sorted) all.sort((a, b) => a - b);
      sorted = true;
      return (all[Math.min(all.length - 1, Math.floor((all.length * percent) / 100))] ?? 0).toFixed(2);
    },
  };
}

export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} cores (${first?.model ?? 'unknown'}), Node ${process.versions.node}`;
}

/** How many durable writes of one page a second this disk takes: what every commit waits for. */
export function probeFsync(folder: string): number {
  const path = join(folder, 'probe');
  const file = openSync(path, 'w');
  const page = new Uint8Array(4096);
  const began = performance.now();
  const rounds = 200;
  for (let round = 0; round < rounds; round++) {
    writeSync(file, page, 0, page.length, round * page.length);
    fdatasyncSync(file);
  }
  const rate = rounds / ((performance.now() - began) / 1000);
  closeSync(file);
  unlinkSync(path);
  return rate;
}

/** The upper one of two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
