import { maxProviderBytes } from '../../domain/picture-limits.ts';
import type { ImageProvider } from '../../ports/image-provider.ts';
import type { Studio } from '../../ports/studio.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { createReplicate } from '../../imaging/replicate/index.ts';
import {
  usualPipelineTimes, type PipelineSettings, type PipelineTimes,
} from '../../kinds/product-image/application/pipeline/settings.ts';
import { productImageModuleWith } from '../../kinds/product-image/module.ts';
import { createShopify } from '../../shops/shopify/index.ts';
import type { Config, ImageProviderConfig, PipelineConfig } from '../config/config.ts';
import type { kindModules } from '../kinds.ts';
import { createRemoteFiles } from './remote-files.ts';
import { missingImagingPackages } from './imaging.ts';
import { startStudio, type RunningStudio } from './studio/studio.ts';

/** For tests, and programs that have something else. */
export interface ProductImageParts {
  /** Instead of the studio that is built in. */
  readonly imaging?: { readonly studio: Studio; readonly provider: ImageProvider } | undefined;
  /** Instead of the usual ones. */
  readonly times?: Partial<PipelineTimes> | undefined;
}

/** What models at Replicate are made for, and what the masters have. */
const backgroundPixels = { replicate: 1_024, local: 2_048 } as const;

/** The kind as the configuration has it, and the studio that it works with, to be stopped. */
export function createProductImages(
  { productImages, models, limits, webhookAllowPrivate: allowPrivate }: Pick<
    Config, 'productImages' | 'models' | 'limits' | 'webhookAllowPrivate'
  >,
  { clock, logger, imaging, times }: ProductImageParts & { readonly clock: Clock; readonly logger: Logger },
): { readonly productImage: typeof kindModules.productImage; readonly studio: RunningStudio | null } {
  if (productImages === null) return { productImage: productImageModuleWith(null), studio: null };
  const { studioProcesses: processes, quality, pipeline: config } = productImages;
  const started = imaging === undefined
    ? startStudio({ logger, memoryBytes: limits.imageMemoryBytes, processes, models, quality })
    : null;
  const missing = started === null ? null : missingImagingPackages();
  if (missing !== null) logger.warn('product images cannot be made', { why: missing });
  const { studio, provider: local } = imaging ?? started!;
  const pipeline = config && createPipeline(config, {
    clock, local, maxOriginalBytes: Math.min(limits.maxUploadBytes, maxProviderBytes), times,
  });
  const files = createRemoteFiles({ allowPrivate });
  const settings = { ...productImages, files, making: { studio, local }, pipeline };
  return { productImage: productImageModuleWith(settings), studio: started };
}

function createPipeline(
  { shop, segmentProvider, bgProvider, ...limits }: PipelineConfig,
  { clock, local, maxOriginalBytes, times }: Pick<ProductImageParts, 'times'> & {
    readonly clock: Clock; readonly local: ImageProvider; readonly maxOriginalBytes: number;
  },
): PipelineSettings {
  const providerOf = (of: ImageProviderConfig): ImageProvider =>
    of.type === 'local' ? local : createReplicate(of.settings, { clock });
  return {
    ...limits,
    shop: createShopify(shop),
    segmentProvider: providerOf(segmentProvider),
    bgProvider: providerOf(bgProvider),
    backgroundPixels: backgroundPixels[bgProvider.type],
    maxOriginalBytes,
    times: { ...usualPipelineTimes, ...times },
  };
}
