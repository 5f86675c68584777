import { hidden, option } from './option.ts';
import { integer, list, secret, text, yesOrNo } from '../values.ts';

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
  defaultTheme: option(
    'productImages', 'DEFAULT_THEME', theme, 'default', 'The theme of webhooks that name none.',
  ),
  jobTimeoutMin: option(
    'productImages',
    'JOB_TIMEOUT_MIN',
    integer('MINUTES', 1, 10_080),
    '10',
    'How long a product image may take from its start, or its last retry, until it fails with TIMEOUT. For jobs ' +
      'that are created from now on.',
  ),
  jobMaxRetries: option(
    'productImages',
    'JOB_MAX_RETRIES',
    integer('COUNT', 0, 100),
    '3',
    'How often a failed product image may be retried. For jobs that are created from now on.',
  ),
};
