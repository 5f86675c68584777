import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import type { ProductImages } from '../application/application.ts';
import type { derivativeRoutes } from '../contract/derivatives.ts';

export function derivativeHandlers(images: Pick<ProductImages, 'derivatives'>): HandlersFor<typeof derivativeRoutes> {
  return {
    makeDerivatives: ({ context, params, body, signal }) =>
      answering(images.derivatives(context, params.id, body, signal()), ({ derivatives, ...manifest }) => ({
        ...manifest,
        derivatives: derivatives.map(({ key, url, of, width, height, format, bytes }) => ({
          key, url, of, width, height, format, bytes,
        })),
      })),
  };
}
