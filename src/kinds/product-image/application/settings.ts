import type { RemoteFiles } from '../../../ports/remote-files.ts';

export interface ProductImageSettings {
  /** The secrets that webhooks may be signed with; null: they need no signature. */
  readonly secrets: readonly string[] | null;
  /** Images of one sku that have not failed, at most. */
  readonly maxPerSku: number;
  /** Those that there are; null: any. */
  readonly themes: readonly string[] | null;
  readonly defaultTheme: string;
  /** From the start of a job to its end. */
  readonly timeLimitMs: number;
  /** How often a job may be retried. */
  readonly maxRetries: number;
  readonly files: RemoteFiles;
}

/** The account that all product images belong to. */
export const shopOwner = 'shop';
