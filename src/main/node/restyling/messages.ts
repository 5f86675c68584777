import type { Logger } from '../../../ports/world.ts';
import type { ImageWorkerLimits } from '../../../kinds/image-set/worker/limits.ts';
import type { PhotoMade, PhotoOrder } from '../../../kinds/image-set/worker/make.ts';

/** What the restyling process and its owner say to each other. The photos' bytes never go this way. */

export interface RestylingModels {
  /** An absolute path; null: the built-in model. */
  readonly segmentModel: string | null;
  readonly runtime: 'auto' | 'wasm' | 'native';
}

export interface RestylingInit {
  readonly limits: ImageWorkerLimits;
  readonly models: RestylingModels;
  /** URL of a module whose default export makes a restyler; null: the one that is built in. */
  readonly restyler: string | null;
}

export type ToRestyling =
  | { readonly type: 'make'; readonly id: number; readonly order: PhotoOrder }
  | { readonly type: 'abort'; readonly id: number };

export type FromRestyling =
  | { readonly type: 'made'; readonly id: number; readonly made: PhotoMade }
  /** It was aborted, or broke off for a reason that is no fault of the photo's. */
  | { readonly type: 'unmade'; readonly id: number; readonly error: string }
  | {
      readonly type: 'log';
      readonly level: keyof Logger;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };
