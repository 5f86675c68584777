import { declareTable } from './tables.ts';

/**
 * How much there is of something that has a limit. Whoever adds to it has read it: what another commit added meanwhile
 * is a conflict, and is decided again on the greater count. So no limit is exceeded, under any interleaving.
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
