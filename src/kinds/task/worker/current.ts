import { AsyncLocalStorage } from 'node:async_hooks';
import type { Printing } from './printing.ts';

/** An attempt whose handler was begun. */
export interface Current {
  readonly task: { readonly id: string; readonly type: string; readonly attempt: number };
  /** Whether the attempt fails with the error: not when it has ended. */
  stray(error: unknown): boolean;
  /** Null: what its handler prints is not captured, or the attempt has ended. */
  readonly printing: Printing | null;
}

/** Whose handler runs: known wherever a handler's own calls lead, after awaits and in timers too. */
export const current = new AsyncLocalStorage<Current>();
