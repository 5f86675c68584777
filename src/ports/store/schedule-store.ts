import { declareTable } from './tables.ts';

/** What is to be submitted again and again. */
export interface ScheduleStore {
  /** False when the id is taken. */
  insert(schedule: StoredSchedule): Promise<boolean>;
  get(id: string): Promise<StoredSchedule | null>;
  /**
   * By name, then id, after the one whose id is given (none, if it is gone); null owner: everybody's. Limit 1 to 1,000.
   */
  list(options: { readonly ownerId: string | null; readonly after: string | null; readonly limit: number }):
    Promise<readonly StoredSchedule[]>;
  /** Replaces it if it is still at `version`; the new one has the next. False if it is not. */
  replace(schedule: StoredSchedule, version: number): Promise<boolean>;
  delete(id: string): Promise<boolean>;
  /** Those of the owner that are enabled, each as if it was replaced. Answers how many there were. */
  switchOff(ownerId: string, now: number): Promise<number>;
  /** How many an owner has. */
  count(ownerId: string): Promise<number>;
  /** Enabled ones with `nextAt` at or before `now`, the longest due first. */
  due(now: number, limit: number): Promise<readonly StoredSchedule[]>;
  /** The earliest `nextAt` of an enabled one; null when there is none. */
  nextDueAt(): Promise<number | null>;
}

export interface StoredSchedule {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly cron: string;
  /** IANA name: "Europe/Berlin". */
  readonly timeZone: string;
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

/** Its rows are read and written by the declaration; what is due and the lists are SQL of each store. */
export const scheduleTable = declareTable<StoredSchedule>('schedules', {
  key: ['id'],
  columns: {
    id: 'text', ownerId: 'text', name: 'text', cron: 'text', timeZone: 'text', jobType: 'text', template: 'json',
    missed: 'text', enabled: 'boolean', nextAt: 'bigint', lastAt: 'bigint', lastJobId: 'text', createdAt: 'bigint',
    updatedAt: 'bigint',
  },
});
