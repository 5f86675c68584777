import type { Jobs } from '../../../application/jobs/jobs.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Result } from '../../../domain/errors.ts';
import type { ProductImageApplication } from '../../../kinds/product-image/application/application.ts';
import { signatureCheck } from '../../../kinds/product-image/application/signature.ts';
import { noPreviews } from '../../../kinds/product-image/application/themes.ts';
import { productImage } from '../../../kinds/product-image/domain/kind.ts';
import type { EdgeProductImages } from '../product-images.ts';
import type { Cells } from './cells.ts';
import { nameKind } from './name-kind.ts';
import { cellOfId, firstCell } from './place.ts';

/** All product images are in the first cell: what counts for a sku is one question. */
export function createProductImageApplicationOf(
  cells: Cells,
  jobs: Pick<Jobs, 'get'>,
  settings: EdgeProductImages | null,
): ProductImageApplication {
  if (settings === null) return {};
  /** Of what is elsewhere its kind is named to those who may see it. */
  const on = async <T>(context: RequestContext, id: string, use: () => Promise<Result<T>>): Promise<Result<T>> => {
    if (cellOfId(id) === firstCell) return use();
    return (await nameKind(jobs, context, id, productImage.name)) ?? use();
  };
  const images = cells.part(firstCell, 'productImages');
  const intake = cells.part(firstCell, 'imageIntake');
  const themes = cells.part(firstCell, 'imageThemes');
  return {
    productImages: {
      create: images.create, covers: images.covers, usualTimes: images.usualTimes, prune: images.prune,
      start: (context, id) => on(context, id, () => images.start(context, id)),
      pictures: (context, id) => on(context, id, () => images.pictures(context, id)),
      presign: (context, id, wanted) => on(context, id, () => images.presign(context, id, wanted)),
      segmentation: (context, id, report) => on(context, id, () => images.segmentation(context, id, report)),
      backgrounds: (context, id, report) => on(context, id, () => images.backgrounds(context, id, report)),
      composite: (context, id, report) => on(context, id, () => images.composite(context, id, report)),
      shopify: (context, id, report) => on(context, id, () => images.shopify(context, id, report)),
      fail: (context, id, failure) => on(context, id, () => images.fail(context, id, failure)),
    },
    imageIntake: { verifySignature: signatureCheck(settings.secrets), receive: intake.receive },
    imageThemes: {
      list: themes.list, put: themes.put, delete: themes.delete, preview: async () => noPreviews,
    },
  };
}
