import type { ReplicateSettings } from '../../imaging/replicate/index.ts';
import { defaultModels } from '../../imaging/replicate/models.ts';
import type { OptionValues } from './options.ts';

/** Null when there is no token. */
export function replicateFrom(values: OptionValues): ReplicateSettings | null {
  const token = values.replicateApiToken ?? values.replicateApiKey;
  const { replicateApiBaseUrl: baseUrl, aiSegmentModel, aiBgModel, aiPrices } = values;
  if (token === undefined || baseUrl === undefined) return null;
  return {
    baseUrl,
    token,
    segmentModel: aiSegmentModel ?? defaultModels.segment,
    backgroundsModel: aiBgModel ?? defaultModels.backgrounds,
    prices: aiPrices ?? {},
  };
}
