import { declareTable } from './tables.ts';

/**
 * Counts things that have a limit. A command that adds one has read the counter, so an addition by another commit
 * meanwhile is a conflict, and the command is decided again on the greater count. No interleaving exceeds a limit.
 */
export interface Counter {
  /** What is counted: "schedules". */
  readonly kind: string;
  /** For whom or for what: a user's id, a provider's name. */
  readonly scope: string;
  /** Which part of that; empty: there are no parts. */
  readonly key: string;
  readonly value: number;
  readonly version: number;
}

export const counters = declareTable<Counter>('counters', {
  key: ['kind', 'scope', 'key'],
  columns: { kind: 'text', scope: 'text', key: 'text', value: 'bigint' },
});
