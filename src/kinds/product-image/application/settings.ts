import type { ImageProvider } from '../../../ports/image-provider.ts';
import type { RemoteFiles } from '../../../ports/remote-files.ts';
import type { Studio } from '../../../ports/studio.ts';
import type { Themes } from '../domain/theme.ts';
import type { PipelineSettings } from './pipeline/settings.ts';

export interface ProductImageSettings {
  /** The secrets that webhooks may be signed with; null: they need no signature. */
  readonly secrets: readonly string[] | null;
  /** Images of one sku that have not failed, at most. */
  readonly maxPerSku: number;
  /** Those that there are; null: any. */
  readonly themes: readonly string[] | null;
  readonly defaultTheme: string;
  /** How images look, by theme, but for those that operators store; `default` is among them. */
  readonly looks: Themes;
  /** From the start of a job to its end. */
  readonly timeLimitMs: number;
  /** How often a job may be retried, and the pipeline try again by itself each time. */
  readonly maxRetries: number;
  readonly files: RemoteFiles;
  /** What pixels are worked on with here; null: they are not, which leaves previews and smaller pictures out. */
  readonly making: Making | null;
  /** Null: an orchestrator outside does the steps. */
  readonly pipeline: PipelineSettings | null;
}

export interface Making {
  readonly studio: Studio;
  /** Cuts out and makes backgrounds on this machine, at no cost. */
  readonly local: ImageProvider;
}

/** The account that all product images belong to. */
export const shopOwner = 'shop';
