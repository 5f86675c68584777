import { shippedThemes } from '../../kinds/product-image/domain/themes.ts';
import type { ProductImageSettings } from '../../kinds/product-image/application/settings.ts';
import { themeNamesProblem } from '../config/theme-names.ts';
import type { OptionValues } from '../config/options.ts';

/** Product images as the options have them; somebody outside does the steps. */
export type EdgeProductImages = Omit<ProductImageSettings, 'files'>;

/** Null where they are off, or no webhook could prove itself. Adds to `wrong` what is wrong with the options. */
export function edgeProductImagesFrom(values: OptionValues, wrong: string[]): EdgeProductImages | null {
  const { dev, productImages, webhookSecrets, imageMaxPerSku, themes, defaultTheme, jobTimeoutMin, jobMaxRetries } =
    values;
  if (!productImages || (!dev && webhookSecrets === undefined)) return null;
  if (webhookSecrets?.length === 0) wrong.push('WEBHOOK_SECRET has no secret in it');
  const problem = themeNamesProblem(values);
  if (problem !== null) wrong.push(problem.message);
  return {
    secrets: webhookSecrets ?? null,
    maxPerSku: imageMaxPerSku ?? 0,
    themes: themes ?? null,
    defaultTheme: defaultTheme ?? 'default',
    looks: shippedThemes,
    timeLimitMs: (jobTimeoutMin ?? 0) * 60_000,
    maxRetries: jobMaxRetries ?? 0,
    making: null,
    pipeline: null,
  };
}
