import type { ImageProviderConfig, PipelineConfig } from './config.ts';
import { replicateFrom } from './image-providers.ts';
import type { OptionValues } from './options.ts';
import type { OptionProblem } from './read.ts';
import { shopFrom } from './shop.ts';

/** Null when `--workers pipeline` has what it needs, or is not asked for. */
export function pipelineProblem(values: OptionValues): OptionProblem | null {
  const { workers, productImages, shopifyStoreDomain, segmentProvider, bgProvider } = values;
  if (!workers?.includes('pipeline')) return null;
  if (!productImages) {
    return { option: 'workers', message: '--workers pipeline needs product images, and PRODUCT_IMAGES is false' };
  }
  if (shopifyStoreDomain === undefined) {
    const message =
      '--workers pipeline needs a shop to put its images in: set SHOPIFY_STORE_DOMAIN and SHOPIFY_ADMIN_TOKEN, or ' +
      'leave the steps to an orchestrator of yours';
    return { option: 'shopifyStoreDomain', message };
  }
  if (replicateFrom(values) !== null) return null;
  const names = { segmentProvider: 'SEGMENT_PROVIDER', bgProvider: 'BG_PROVIDER' } as const;
  for (const [option, provider] of Object.entries({ segmentProvider, bgProvider })) {
    if (provider !== 'replicate') continue;
    const name = names[option as keyof typeof names];
    return { option: 'replicateApiToken', message: `REPLICATE_API_TOKEN is not set: ${name}=replicate needs it` };
  }
  return null;
}

/** Null without `--workers pipeline`. Requires that `pipelineProblem` and `shopProblem` found nothing. */
export function pipelineFrom(values: OptionValues): PipelineConfig | null {
  const { workers, aiMaxBgVariants, jobCostLimitUsd, aiDailySoftLimitUsd, pipelineConcurrency } = values;
  const shop = shopFrom(values);
  if (!workers?.includes('pipeline') || shop === null) return null;
  if (aiMaxBgVariants === undefined || jobCostLimitUsd === undefined) return null;
  if (aiDailySoftLimitUsd === undefined || pipelineConcurrency === undefined) return null;
  return {
    shop,
    segmentProvider: providerFrom(values, values.segmentProvider),
    bgProvider: providerFrom(values, values.bgProvider),
    maxVariants: aiMaxBgVariants,
    jobLimitMicroUsd: jobCostLimitUsd,
    dailyLimitMicroUsd: aiDailySoftLimitUsd,
    stepsAtOnce: pipelineConcurrency,
  };
}

function providerFrom(values: OptionValues, asked: 'local' | 'replicate' | undefined): ImageProviderConfig {
  const settings = replicateFrom(values);
  return settings === null || asked === 'local' ? { type: 'local' } : { type: 'replicate', settings };
}
