import type { ImageWorkerStats } from '../../../worker/images/stats.ts';
import type { ImageWorkerLimits } from '../../../worker/images/limits.ts';
import type { Logger } from '../../../ports/world.ts';

/** What the thread is started with. */
export interface ThreadData {
  readonly server: string;
  readonly secret: string;
  readonly concurrency: number;
  readonly limits: Partial<ImageWorkerLimits>;
  /** URL of a module whose default export makes a restyler; null: the one that is built in. */
  readonly restyler: string | null;
}

/** To the thread. The other way out is being terminated. */
export type ToThread = { readonly type: 'stop' };

export type FromThread =
  | {
      readonly type: 'log';
      readonly level: keyof Logger;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'stats'; readonly stats: ImageWorkerStats };
