import { productImageRoutes } from './contract/product-image.ts';
import { productImageSummary, productImageView } from './contract/product-image-job.ts';
import { themeRoutes } from './contract/themes.ts';
import { productWebhookRoutes } from './contract/webhook.ts';
import {
  createProductImageApplication, productImageRetries, type ProductImageApplication,
} from './application/application.ts';
import { figuresOf } from './application/figures.ts';
import type { ProductImageSettings } from './application/settings.ts';
import { productImage } from './domain/kind.ts';
import type { ProductImageFields, ProductImageJob } from './domain/types.ts';
import { productImageHandlers, productWebhookHandlers } from './rest/product-images.ts';
import { themeHandlers } from './rest/themes.ts';
import { mounted } from '../../transports/rest/serve.ts';
import type { KindModule } from '../module.ts';

/** Null: jobs that there are can be seen, and expire; no others are taken. */
export function productImageModuleWith(settings: ProductImageSettings | null): KindModule<ProductImageApplication> {
  return {
    kind: productImage,
    summary: (job) => productImageSummary({ ...job, fields: job.fields as ProductImageFields }),
    payloadFields: [],
    tags: {
      'Product images':
        'A supplier announces a photo, and the steps are reported until the finished images are on the product.',
    },
    create: (deps) => ({
      application: settings === null ? {} : createProductImageApplication(deps, settings),
      view: async (job) => productImageView(job as ProductImageJob),
      figures: figuresOf(deps),
      ...(settings !== null && productImageRetries(settings)),
      // Other jobs may use its objects: both go together, by a command.
      keepMs: null,
      ...(settings !== null && { longestDeadlineMs: settings.timeLimitMs }),
    }),
    mount: ({ productImages, imageIntake, imageThemes }) => [
      ...(imageThemes ? [mounted(themeRoutes, themeHandlers(imageThemes))] : []),
      ...(productImages ? [mounted(productImageRoutes, productImageHandlers(productImages))] : []),
      ...(imageIntake
        ? [mounted(productWebhookRoutes, productWebhookHandlers(imageIntake), imageIntake.verifySignature)]
        : []),
    ],
  };
}

export const productImageModule = productImageModuleWith(null);
