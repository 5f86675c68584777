import { parsePrices } from '../prices.ts';
import { hidden, option } from './option.ts';
import { modelPattern } from '../../../imaging/replicate/models.ts';
import { choice, httpUrl, secret, text } from '../values.ts';

const model = text('MODEL', 'a model of Replicate, owner/name or owner/name:version', modelPattern);

const provider = choice('local', 'replicate');

export const imageProviderOptions = {
  segmentProvider: option(
    'imageProviders',
    'SEGMENT_PROVIDER',
    provider,
    null,
    'Who cuts products out for --workers pipeline: this machine, or Replicate. Default: replicate where there is a ' +
      'token, else local.',
  ),
  bgProvider: option(
    'imageProviders',
    'BG_PROVIDER',
    provider,
    null,
    'Who makes backgrounds for --workers pipeline. Default: replicate where there is a token, else local.',
  ),
  replicateApiToken: hidden(
    'imageProviders',
    'REPLICATE_API_TOKEN',
    secret(8),
    'Token of an account at Replicate. With it, SEGMENT_PROVIDER and BG_PROVIDER are replicate unless they are set.',
  ),
  replicateApiKey: hidden(
    'imageProviders',
    'REPLICATE_API_KEY',
    secret(8),
    'Another name for REPLICATE_API_TOKEN, which is taken if both are set.',
  ),
  aiSegmentModel: option(
    'imageProviders',
    'AI_SEGMENT_MODEL',
    model,
    null,
    'Model at Replicate that cuts products out: takes `image`, and gives one picture. Default: cjwbw/rembg, version ' +
      'fb8af171.',
  ),
  aiBgModel: option(
    'imageProviders',
    'AI_BG_MODEL',
    model,
    null,
    'Model at Replicate that makes backgrounds: takes `prompt`, `negative_prompt`, `width`, `height`, `num_outputs` ' +
      'and `seed`. Default: stability-ai/sdxl, version 7762fd07.',
  ),
  aiPrices: option(
    'imageProviders',
    'AI_PRICES',
    {
      placeholder: 'MODEL=USD/s,...',
      allowed: 'a comma-separated list such as owner/name=0.000225/s or owner/name=0.04/image, up to 6 decimals',
      parse: parsePrices,
    },
    null,
    'What models cost, by the second or by the image. Default: the prices of November 2026 of the two default ' +
      'models; for others, that of the most expensive of the usual machines.',
  ),
  replicateApiBaseUrl: option(
    'imageProviders',
    'REPLICATE_API_BASE_URL',
    httpUrl,
    'https://api.replicate.com',
    "Where Replicate's API is reached: a proxy, or a test server.",
  ),
};
