import type { ImageProvider } from '../../../../ports/image-provider.ts';
import type { Shop } from '../../../../ports/shop.ts';

/** What the pipeline does its steps with. */
export interface PipelineSettings {
  readonly shop: Shop;
  /** Cuts products out. */
  readonly segmentProvider: ImageProvider;
  /** Makes backgrounds. */
  readonly bgProvider: ImageProvider;
  /** Backgrounds of one image, 1 to 4; a theme may have fewer. */
  readonly maxVariants: number;
  /** Width and height of backgrounds, 256 to 2,048 pixels. */
  readonly backgroundPixels: number;
  /** What one job may cost; null: anything. Micro-dollars. */
  readonly jobLimitMicroUsd: number | null;
  /** After so much on one day in UTC, no call that costs something is begun; null: there is no limit. Micro-dollars. */
  readonly dailyLimitMicroUsd: number | null;
  /** Steps at once on this server, each of another job. */
  readonly stepsAtOnce: number;
  readonly maxOriginalBytes: number;
  readonly times: PipelineTimes;
}

/** Milliseconds. */
export interface PipelineTimes {
  /** After how long another runner takes a step whose server is not heard of. */
  readonly leaseMs: number;
  /** Between two looks for jobs that nobody does. */
  readonly pickUpMs: number;
  /** Between two looks whether calls that are paused may be made again. */
  readonly pausedMs: number;
}

export const usualPipelineTimes: PipelineTimes = { leaseMs: 15_000, pickUpMs: 60_000, pausedMs: 900_000 };
