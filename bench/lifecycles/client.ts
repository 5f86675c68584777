import type { Histogram } from './measure.ts';

/** One way to take jobs through their life. */
export interface BenchClient {
  /** Client `index` takes one job of three items from create to done; each answer is awaited and timed. */
  lifecycle(index: number, latency: Histogram): Promise<void>;
  memoryMb(): Promise<{ readonly now: number; readonly peak: number }>;
  /** Processor time of the process that holds the store, user and system. */
  cpuSeconds(): number;
  close(): Promise<void>;
}

/** Of this run alone: a store may be measured more than once. */
const run = Date.now().toString(36);
export const benchUser = (index: number): string => `bench-${run}-${index}`;

export const items = 3;
export const concepts = { background: { action: 'remove', value: '' } } as const;
