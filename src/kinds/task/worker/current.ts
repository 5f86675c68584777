import { AsyncLocalStorage } from 'node:async_hooks';

/** An attempt whose handler was begun. */
export interface Current {
  readonly task: { readonly id: string; readonly type: string; readonly attempt: number };
  /** Whether the attempt fails with the error: not when it has ended. */
  stray(error: unknown): boolean;
}

/** Whose handler runs: known wherever a handler's own calls lead, after awaits and in timers too. */
export const current = new AsyncLocalStorage<Current>();
