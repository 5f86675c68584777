import type { WorkLease } from './work-store.ts';

/** What handlers log. Kept with their job, the newest lines only. */
export interface LogStore {
  /**
   * Appends lines in their order, if the lease is the live one; false, and nothing is kept, if it is not. Lines beyond
   * the newest `keep` of the job go. Whoever wants the lines of two calls in an order waits for the first.
   */
  append(lease: WorkLease, lines: readonly NewLogLine[], keep: number): Promise<boolean>;
  /** After a line's number, oldest first; limit 1 to 1,000. */
  read(jobId: string, options: { readonly after: number; readonly limit: number }): Promise<readonly LogLine[]>;
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface NewLogLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly attempt: number;
}

export interface LogLine extends NewLogLine {
  /** Within the job, from 1; numbers of lines that went are not used again. */
  readonly number: number;
}
