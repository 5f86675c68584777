import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import type { MakeDerivatives } from '../application/derivatives.ts';
import type { derivativeRoutes } from '../contract/derivatives.ts';

export function derivativeHandlers(make: MakeDerivatives): HandlersFor<typeof derivativeRoutes> {
  return {
    makeDerivatives: ({ context, params, body, signal }) =>
      answering(make(context, params.id, body, signal()), ({ derivatives, ...manifest }) => ({
        ...manifest,
        derivatives: derivatives.map(({ key, url, of, width, height, format, bytes }) => ({
          key, url, of, width, height, format, bytes,
        })),
      })),
  };
}
