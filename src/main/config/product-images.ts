import { usualQuality } from '../../imaging/local/product/quality.ts';
import type { Themes } from '../../kinds/product-image/domain/theme.ts';
import { shippedThemes } from '../../kinds/product-image/domain/themes.ts';
import type { ProductImageConfig } from './config.ts';
import type { OptionName, OptionValues } from './options.ts';
import { pipelineFrom } from './pipeline.ts';
import { themeNamesProblem } from './theme-names.ts';
import { readThemesFile } from './themes-file.ts';

/** What is wrong with the options of product images together, or null. */
export function productImageProblem(
  { dev, productImages, webhookSecrets, themes, defaultTheme, themesFile }: OptionValues,
): { readonly option: OptionName; readonly message: string } | null {
  if (!productImages) return null;
  if (webhookSecrets?.length === 0) return { option: 'webhookSecrets', message: 'WEBHOOK_SECRET has no secret in it' };
  if (!dev && webhookSecrets === undefined) {
    const message =
      'WEBHOOK_SECRET is not set: make one with `openssl rand -hex 32`, or start without product images by ' +
      'PRODUCT_IMAGES=false, or with --dev';
    return { option: 'webhookSecrets', message };
  }
  if (themesFile !== undefined) {
    const read = readThemesFile(themesFile);
    if (!read.ok) return { option: 'themesFile', message: `THEMES_FILE ${read.problem}` };
  }
  return themeNamesProblem({ themes, defaultTheme });
}

/** Null where product images are off, or one of the options has a problem. */
export function productImagesFrom(values: OptionValues): ProductImageConfig | null {
  const { productImages, webhookSecrets, imageMaxPerSku, themes, defaultTheme, jobTimeoutMin, jobMaxRetries } = values;
  if (!productImages || imageMaxPerSku === undefined || defaultTheme === undefined) return null;
  if (jobTimeoutMin === undefined || jobMaxRetries === undefined) return null;
  const { studioProcesses = 1, productMinPixels, productMinPercent, productMaxPercent, productMinConfidence } = values;
  const looks = looksFrom(values.themesFile);
  if (looks === null) return null;
  return {
    secrets: webhookSecrets ?? null, maxPerSku: imageMaxPerSku, themes: themes ?? null, defaultTheme,
    looks, timeLimitMs: jobTimeoutMin * 60_000, maxRetries: jobMaxRetries, studioProcesses,
    pipeline: pipelineFrom(values),
    quality: {
      leastPixels: productMinPixels ?? usualQuality.leastPixels,
      leastShare: productMinPercent === undefined ? usualQuality.leastShare : productMinPercent / 100,
      leastConfidence: productMinConfidence === undefined ? usualQuality.leastConfidence : productMinConfidence / 100,
      mostShare: productMaxPercent === undefined ? usualQuality.mostShare : productMaxPercent / 100,
    },
  };
}

/** Null when the file cannot be used. */
function looksFrom(file: string | undefined): Themes | null {
  if (file === undefined) return shippedThemes;
  const read = readThemesFile(file);
  return read.ok ? new Map([...shippedThemes, ...read.themes.map((theme) => [theme.name, theme] as const)]) : null;
}

/** For whoever starts the server. */
export function productImageNotes({ productImages, webhookSecrets }: OptionValues): readonly string[] {
  if (!productImages || webhookSecrets !== undefined) return [];
  return ['Webhooks of product images are taken without a signature: WEBHOOK_SECRET is not set.'];
}
