import type { Workshop } from '../../../imaging/local/product/workshop.ts';
import type { QualityLimits } from '../../../imaging/local/product/quality.ts';
import type { StudioFailureCode } from '../../../ports/studio.ts';

/** What a studio process and its owner say to each other; pictures go along as bytes. */

export interface StudioInit {
  /** An absolute path; null: the built-in model. */
  readonly segmentModel: string | null;
  readonly runtime: 'auto' | 'wasm' | 'native';
  readonly quality: QualityLimits;
  /** Of one call. */
  readonly timeoutMs: number;
}

export type WorkName = keyof Workshop;

export type ToStudio =
  | { readonly type: 'do'; readonly id: number; readonly name: WorkName; readonly order: unknown }
  | { readonly type: 'abort'; readonly id: number };

export type FromStudio =
  | { readonly type: 'done'; readonly id: number; readonly value: unknown }
  /** `code` null: it broke off for a reason that is no fault of the picture's. */
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly code: StudioFailureCode | null;
      readonly message: string;
    };
