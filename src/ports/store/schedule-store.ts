import { declareTable } from './tables.ts';

/** How schedules are found. Commits write them, as rows of `scheduleTable`; `Store.records` gets one by its id. */
export interface ScheduleStore {
  /**
   * By name, then id, after the one whose id is given (none, if it is gone); null owner: everybody's. Limit 1 to 1,000.
   */
  list(options: { readonly ownerId: string | null; readonly after: string | null; readonly limit: number }):
    Promise<readonly StoredSchedule[]>;
  /** Enabled ones with `nextAt` at or before `now`, the longest due first. Limit 1 to 1,000. */
  due(now: number, options: { readonly exceptKinds: readonly string[]; readonly limit: number }):
    Promise<readonly StoredSchedule[]>;
  /** The earliest `nextAt` of an enabled one; null when there is none. */
  nextDueAt(exceptKinds: readonly string[]): Promise<number | null>;
}

export interface StoredSchedule {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly cron: string;
  /** IANA name: "Europe/Berlin". */
  readonly timeZone: string;
  /** Name of the kind of its jobs. */
  readonly kind: string;
  /** The type of its jobs within the kind; empty where the kind has none. */
  readonly jobType: string;
  /** What is submitted at each tick, plain JSON. */
  readonly template: unknown;
  /** What becomes of ticks that nobody was there for: none of them, one for all, or each (the newest 100). */
  readonly missed: 'skip' | 'once' | 'all';
  readonly enabled: boolean;
  /** The next tick that no job was made for. Milliseconds since 1970; null when the cron has no more. */
  readonly nextAt: number | null;
  readonly lastAt: number | null;
  readonly lastJobId: string | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What is due, and the lists, are SQL of each store. */
export const scheduleTable = declareTable<StoredSchedule>('schedules', {
  key: ['id'],
  columns: {
    id: 'text', ownerId: 'text', name: 'text', cron: 'text', timeZone: 'text', kind: 'text', jobType: 'text',
    template: 'json', missed: 'text', enabled: 'boolean', nextAt: 'bigint', lastAt: 'bigint', lastJobId: 'text',
    createdAt: 'bigint', updatedAt: 'bigint',
  },
});
