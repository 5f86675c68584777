import { WakeUp } from '../../application/wake-up.ts';
import { createLoop, type Service } from '../../services/service.ts';
import { mounted } from '../../transports/rest/serve.ts';
import type { KindModule } from '../module.ts';
import {
  createProductImageApplication, productImageRetries, type ProductImageApplication,
} from './application/application.ts';
import { CurrentThemes } from './application/current-themes.ts';
import { figuresOf } from './application/figures.ts';
import { pickUp } from './application/pipeline/pick-up.ts';
import { createPipelineSaga } from './application/pipeline/saga.ts';
import { spendingGauges } from './application/pipeline/spending.ts';
import type { ProductImageSettings } from './application/settings.ts';
import { createUsualTimes } from './application/usual-times.ts';
import { derivativeRoutes } from './contract/derivatives.ts';
import { pictureRoutes } from './contract/pictures.ts';
import { productImageRoutes } from './contract/product-image.ts';
import { productImageSummary, productImageView } from './contract/product-image-job.ts';
import { themeRoutes } from './contract/themes.ts';
import { productWebhookRoutes } from './contract/webhook.ts';
import { productImage } from './domain/kind.ts';
import type { ProductImageFields, ProductImageJob } from './domain/types.ts';
import { derivativeHandlers } from './rest/derivatives.ts';
import { pictureHandlers } from './rest/pictures.ts';
import { productImageHandlers, productWebhookHandlers } from './rest/product-images.ts';
import { themeHandlers } from './rest/themes.ts';

const dayMs = 86_400_000;

/** Null: jobs that there are can be seen, and expire; no others are taken. */
export function productImageModuleWith(settings: ProductImageSettings | null): KindModule<ProductImageApplication> {
  return {
    kind: productImage,
    summary: (job) => productImageSummary({ ...job, fields: job.fields as ProductImageFields }),
    payloadFields: [],
    tags: {
      'Product images':
        'A supplier announces a photo, and the steps are done by the server, or outside and reported, until the ' +
        'finished images are on the product.',
    },
    create(deps, wakeUp = () => new WakeUp()) {
      const usualTimes = createUsualTimes(deps);
      const pipeline = settings?.pipeline ?? null;
      const themes = settings && new CurrentThemes(settings.looks, deps.store.records, deps.clock);
      return {
        application: settings && themes ? createProductImageApplication(deps, settings, { usualTimes, themes }) : {},
        view: async (job) => productImageView(job as ProductImageJob, await usualTimes()),
        figures: figuresOf(deps, pipeline),
        ...(settings !== null && productImageRetries(deps, settings)),
        // Other jobs may use its objects: both go together, by a command.
        keepMs: null,
        // A job that waits for the next day has its time limit after that.
        ...(settings !== null && { longestDeadlineMs: settings.timeLimitMs + (pipeline === null ? 0 : dayMs) }),
        ...(settings?.making && themes && pipeline && {
          sagas: [createPipelineSaga({ ...deps, ...settings, ...settings.making, themes, pipeline })],
          services: [pickUpService(deps, pipeline.times.pickUpMs, wakeUp())],
          gauges: spendingGauges(deps, pipeline.dailyLimitMicroUsd),
        }),
      };
    },
    mount: ({ productImages, imageIntake, imageThemes }) => [
      ...(imageThemes ? [mounted(themeRoutes, themeHandlers(imageThemes))] : []),
      ...(productImages
        ? [
            mounted(productImageRoutes, productImageHandlers(productImages)),
            mounted(pictureRoutes, pictureHandlers(productImages)),
            ...(productImages.derivatives
              ? [mounted(derivativeRoutes, derivativeHandlers(productImages.derivatives))]
              : []),
          ]
        : []),
      ...(imageIntake
        ? [mounted(productWebhookRoutes, productWebhookHandlers(imageIntake), imageIntake.verifySignature)]
        : []),
    ],
  };
}

function pickUpService(deps: Parameters<KindModule['create']>[0], everyMs: number, wakeUp: WakeUp): Service {
  const { logger } = deps;
  // Those that are started while there is a pipeline, it has already.
  let states: Parameters<typeof pickUp>[1] = ['NEW', 'QUEUED'];
  return createLoop({
    name: 'product-image-pick-up', logger, wakeUp,
    round: async (signal) => {
      const jobs = await pickUp(deps, states, signal);
      states = ['NEW'];
      if (jobs > 0) logger.info('the pipeline took product images that nobody did', { jobs });
      return everyMs;
    },
  });
}

export const productImageModule = productImageModuleWith(null);
