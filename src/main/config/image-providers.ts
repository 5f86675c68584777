import type { ReplicateSettings } from '../../imaging/replicate/index.ts';
import type { OptionValues } from './options.ts';

/** Null when there is no token. */
export function replicateFrom(values: OptionValues): ReplicateSettings | null {
  const token = values.replicateApiToken ?? values.replicateApiKey;
  const { replicateApiBaseUrl: baseUrl, aiSegmentModel: segmentModel, aiBgModel: backgroundsModel, aiPrices } = values;
  if (token === undefined || baseUrl === undefined || segmentModel === undefined || backgroundsModel === undefined) {
    return null;
  }
  return { baseUrl, token, segmentModel, backgroundsModel, prices: aiPrices ?? {} };
}
