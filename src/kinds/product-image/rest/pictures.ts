import { iso } from '../../../contract/times.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import type { ProductImages } from '../application/application.ts';
import type { pictureRoutes } from '../contract/pictures.ts';

export function pictureHandlers(images: Pick<ProductImages, 'pictures' | 'covers'>): HandlersFor<typeof pictureRoutes> {
  return {
    listProductPictures: ({ context, params }) =>
      answering(images.pictures(context, params.id), ({ backgrounds, composites, expiresAt, ...rest }) => ({
        ...rest, backgrounds: [...backgrounds], composites: [...composites], expiresAt: iso(expiresAt),
      })),
    listProductCovers: ({ context, query }) =>
      answering(images.covers(context, query.ids), (covers) => ({ covers: [...covers] })),
  };
}
