import type { ImageIntake } from '../application/intake.ts';
import type { ProductImages } from '../application/application.ts';
import type { ObjectUrls } from '../application/urls.ts';
import type { productImageRoutes } from '../contract/product-image.ts';
import { productImageView } from '../contract/product-image-job.ts';
import type { productWebhookRoutes, receiveImage } from '../contract/webhook.ts';
import { iso } from '../../../contract/times.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { storedCode } from '../domain/error-codes.ts';

export function productImageHandlers(images: ProductImages): HandlersFor<typeof productImageRoutes> {
  return {
    startProductImage: ({ context, params }) =>
      answering(images.start(context, params.id), ({ job, original, mask }) => ({
        ...productImageView(job), urls: { original: urlsView(original), mask: urlsView(mask) },
      })),
    presignProductImage: ({ context, params, body }) =>
      answering(images.presign(context, params.id, body), urlsView),
    reportSegmentation: ({ context, params, body }) =>
      answering(images.segmentation(context, params.id, body), productImageView),
    reportBackgrounds: ({ context, params, body }) =>
      answering(images.backgrounds(context, params.id, body), productImageView),
    reportComposite: ({ context, params, body }) =>
      answering(images.composite(context, params.id, body), productImageView),
    reportShopify: ({ context, params, body }) =>
      answering(images.shopify(context, params.id, body), productImageView),
    failProductImage: ({ context, params, body }) =>
      answering(images.fail(context, params.id, { ...body, code: storedCode(body.code) }), productImageView),
    pruneProductImages: ({ context, body }) => images.prune(context, body.olderThanSeconds * 1_000),
  };
}

function urlsView({ key, putUrl, getUrl, expiresAt }: ObjectUrls) {
  return { key, putUrl, getUrl, expiresAt: iso(expiresAt) };
}

type Status = RouteAnswer<typeof receiveImage>['job']['status'];

export function productWebhookHandlers(intake: ImageIntake): HandlersFor<typeof productWebhookRoutes> {
  return {
    receiveImage: ({ body: { theme: asked, ...image }, query, correlationId, answerExisting }) => {
      const theme = asked ?? query.theme;
      return answering(
        intake.receive({ ...image, ...(theme !== undefined && { theme }) }, correlationId),
        ({ job: { id, fields, state, createdAt }, isNew }) => {
          if (!isNew) answerExisting();
          const job = { id, sku: fields.sku, theme: fields.theme, status: state as Status, createdAt: iso(createdAt) };
          return { jobId: id, status: isNew ? 'created' : 'duplicate', job };
        },
      );
    },
  };
}
