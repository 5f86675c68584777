import { hidden, option } from './option.ts';
import { usualQuality } from '../../../imaging/local/product/quality.ts';
import { integer, list, percent, secret, text, usd, yesOrNo } from '../values.ts';

const theme = text(
  'THEME', '1 to 50 letters, digits, hyphens and underscores', /^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/,
);

export const productImageOptions = {
  productImages: option(
    'productImages',
    'PRODUCT_IMAGES',
    yesOrNo,
    'true',
    'Serves product images: the webhook of the supplier, and the routes that move its jobs. A server without them ' +
      'needs no WEBHOOK_SECRET.',
  ),
  webhookSecrets: hidden(
    'productImages',
    'WEBHOOK_SECRET',
    list(secret(1), 'one or more secrets, comma-separated'),
    'Signs the webhooks of the supplier (HMAC-SHA256). To rotate it, set the new and the old one, and remove the old ' +
      'one when the supplier has the new one. Required without --dev, unless PRODUCT_IMAGES=false; with --dev and ' +
      'without it, webhooks need no signature.',
  ),
  imageMaxPerSku: option(
    'productImages',
    'IMAGE_MAX_PER_SKU',
    integer('COUNT', 1, 10_000),
    '4',
    'Maximum number of images of one sku; those that failed do not count.',
  ),
  themes: option(
    'productImages',
    'THEMES',
    list(theme, 'themes of letters, digits, hyphens and underscores, comma-separated'),
    null,
    'Themes that webhooks may ask for. Default: any.',
  ),
  themesFile: option(
    'productImages',
    'THEMES_FILE',
    text('FILE', 'a file', /./),
    null,
    'A JSON file with themes of your own, beside those that ship or instead of those of the same names: see ' +
      'docs/guides/product-photos.md.',
  ),
  defaultTheme: option(
    'productImages', 'DEFAULT_THEME', theme, 'default', 'The theme of webhooks that name none.',
  ),
  studioProcesses: option(
    'productImages',
    'STUDIO_PROCESSES',
    integer('COUNT', 1, 64),
    '2',
    'How many processes at most work on the pixels of product images on this machine, one image each. They start ' +
      'when there is work for them; each has the memory limit IMAGE_MEMORY_BYTES.',
  ),
  productMinPixels: option(
    'productImages',
    'PRODUCT_MIN_PIXELS',
    integer('PIXELS', 32, 2_048),
    String(usualQuality.leastPixels),
    'Quality check: the least pixels on the longer side of a product that is cut out.',
  ),
  productMinPercent: option(
    'productImages',
    'PRODUCT_MIN_PERCENT',
    percent(0.01, 50),
    String(usualQuality.leastShare * 100),
    'Quality check: the least of a photo that the product may take up.',
  ),
  productMaxPercent: option(
    'productImages',
    'PRODUCT_MAX_PERCENT',
    percent(50, 99.9),
    String(usualQuality.mostShare * 100),
    'Quality check: the most of a photo that the product may take up. Where nearly all of it is product, nothing was ' +
      'cut out.',
  ),
  productMinConfidence: option(
    'productImages',
    'PRODUCT_MIN_CONFIDENCE',
    percent(0, 100),
    String(usualQuality.leastConfidence * 100),
    'Quality check: how certain it must be that a cut-out made on this machine is right. 0 takes all of them.',
  ),
  jobTimeoutMin: option(
    'productImages',
    'JOB_TIMEOUT_MIN',
    integer('MINUTES', 1, 10_080),
    '10',
    'How long a product image may take from its start, or its last retry, until it fails with TIMEOUT; with ' +
      '--workers pipeline, from when the pipeline takes it. For jobs that are created from now on.',
  ),
  jobMaxRetries: option(
    'productImages',
    'JOB_MAX_RETRIES',
    integer('COUNT', 0, 100),
    '3',
    'How often a failed product image may be retried; and how often the pipeline tries again by itself, from the ' +
      'start and from each retry on. For jobs that are created from now on.',
  ),
  pipelineConcurrency: option(
    'productImages',
    'PIPELINE_CONCURRENCY',
    integer('COUNT', 1, 64),
    '4',
    'Steps of product images that --workers pipeline does at once. Each may have a photo of 32 MB in memory.',
  ),
  jobCostLimitUsd: option(
    'productImages',
    'JOB_COST_LIMIT_USD',
    usd,
    '1',
    'What calls of image providers for one product image may cost. The pipeline begins no call with which the ' +
      'estimate would pass it: the job fails with COST_LIMIT_EXCEEDED.',
  ),
  aiDailySoftLimitUsd: option(
    'productImages',
    'AI_DAILY_SOFT_LIMIT_USD',
    usd,
    '50',
    'When all product images together have cost so much on one day (UTC), the pipeline begins no further call that ' +
      'costs something until the next day: the jobs wait.',
  ),
  aiMaxBgVariants: option(
    'productImages',
    'AI_MAX_BG_VARIANTS',
    integer('COUNT', 1, 4),
    '2',
    'Backgrounds that the pipeline makes for each product image; fewer if its theme has fewer.',
  ),
};
