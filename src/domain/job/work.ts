/** How a waiting job is offered to workers. */
export interface Work {
  /** Whether it waits for other jobs: nobody may claim it before they have ended. */
  readonly blocked: boolean;
  /** Those with a greater number are claimed first; −1,000 to 1,000. Among equals, the one submitted first. */
  readonly priority: number;
  /** Milliseconds since 1970; it is not claimed before. */
  readonly dueAt: number;
  /** Where it waits for so long from now on, and not until a time that somebody named; else null. Milliseconds. */
  readonly pauseMs: number | null;
  /** Jobs of one type with the same key share the type's limits per key; null: it has none. */
  readonly concurrencyKey: string | null;
  /** How long an attempt may take; null: as long as its worker keeps the lease. Milliseconds. */
  readonly timeoutMs: number | null;
}

/** So many starts in any stretch of so many milliseconds. */
export interface RateLimit {
  readonly count: number;
  readonly windowMs: number;
}

/** What holds for all work of one type together. Never exceeded, however many servers and workers there are. */
export interface WorkLimits {
  /** Nothing begins while it is. */
  readonly paused: boolean;
  /** Attempts at once; null: as many as there are workers for. */
  readonly maxRunning: number | null;
  /** Attempts at once with the same concurrency key. */
  readonly maxRunningPerKey: number;
  readonly rate: RateLimit | null;
  readonly ratePerKey: RateLimit | null;
}

export const noWorkLimits: WorkLimits = {
  paused: false, maxRunning: null, maxRunningPerKey: 1, rate: null, ratePerKey: null,
};

/** Whether all work of the type waits for slots; else only what has a concurrency key does. */
export function isLimited({ paused, maxRunning, rate }: WorkLimits): boolean {
  return paused || maxRunning !== null || rate !== null;
}
