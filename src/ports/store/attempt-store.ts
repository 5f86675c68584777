/** How often something was tried, by key, within a window of time. */
export interface AttemptStore {
  /**
   * Counts one attempt under each key within its window, which begins with the first attempt after the last window's
   * end, or after one that ends later than it can: that was begun by a clock that was ahead.
   * Answers the counts, this attempt included, and when each window ends.
   */
  count(keys: readonly string[], options: { readonly now: number; readonly windowMs: number }):
    Promise<readonly { readonly count: number; readonly endsAt: number }[]>;
  /** After a success: those under `clear` go, and those under `release` count one less. */
  settle(keys: { readonly clear: readonly string[]; readonly release: readonly string[] }): Promise<void>;
}
