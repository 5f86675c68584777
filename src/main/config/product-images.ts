import type { ProductImageConfig } from './config.ts';
import type { OptionName, OptionValues } from './options.ts';

/** What is wrong with the options of product images together, or null. */
export function productImageProblem(
  { dev, productImages, webhookSecrets, themes, defaultTheme }: OptionValues,
): { readonly option: OptionName; readonly message: string } | null {
  if (!productImages) return null;
  if (webhookSecrets?.length === 0) return { option: 'webhookSecrets', message: 'WEBHOOK_SECRET has no secret in it' };
  if (!dev && webhookSecrets === undefined) {
    const message =
      'WEBHOOK_SECRET is not set: make one with `openssl rand -hex 32`, or start without product images by ' +
      'PRODUCT_IMAGES=false, or with --dev';
    return { option: 'webhookSecrets', message };
  }
  if (themes?.length === 0) return { option: 'themes', message: 'THEMES has no theme in it' };
  // A webhook without a theme is refused where it is one of its own accord.
  if (themes === undefined || defaultTheme === undefined || defaultTheme === 'default') return null;
  if (themes.includes(defaultTheme)) return null;
  return { option: 'defaultTheme', message: `DEFAULT_THEME is "${defaultTheme}": it must be one of THEMES` };
}

/** Null where product images are off, or one of the options has a problem. */
export function productImagesFrom(values: OptionValues): ProductImageConfig | null {
  const { productImages, webhookSecrets, imageMaxPerSku, themes, defaultTheme, jobTimeoutMin, jobMaxRetries } = values;
  if (!productImages || imageMaxPerSku === undefined || defaultTheme === undefined) return null;
  if (jobTimeoutMin === undefined || jobMaxRetries === undefined) return null;
  return {
    secrets: webhookSecrets ?? null, maxPerSku: imageMaxPerSku, themes: themes ?? null, defaultTheme,
    timeLimitMs: jobTimeoutMin * 60_000, maxRetries: jobMaxRetries,
  };
}

/** For whoever starts the server. */
export function productImageNotes({ productImages, webhookSecrets }: OptionValues): readonly string[] {
  if (!productImages || webhookSecrets !== undefined) return [];
  return ['Webhooks of product images are taken without a signature: WEBHOOK_SECRET is not set.'];
}
