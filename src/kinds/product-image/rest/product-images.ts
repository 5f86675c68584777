import type { ImageIntake, ReceivedImage } from '../application/intake.ts';
import type { ProductImages } from '../application/application.ts';
import type { ObjectUrls } from '../application/urls.ts';
import type { productImageRoutes } from '../contract/product-image.ts';
import { productImageView, type ProductImageView } from '../contract/product-image-job.ts';
import type { productWebhookRoutes, receiveImage } from '../contract/webhook.ts';
import { iso } from '../../../contract/times.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import type { Result } from '../../../domain/errors.ts';
import { storedCode } from '../domain/error-codes.ts';
import { extensionOfType } from '../domain/keys.ts';
import type { ProductImageJob } from '../domain/types.ts';

export function productImageHandlers(images: ProductImages): HandlersFor<typeof productImageRoutes> {
  const shown = async (job: Promise<Result<ProductImageJob>>): Promise<Result<ProductImageView>> => {
    const [done, usual] = await Promise.all([job, images.usualTimes()]);
    return done.ok ? { ok: true, value: productImageView(done.value, usual) } : done;
  };
  return {
    createProductImage: ({ context, body: { imageUrl, type = 'image/jpeg', ...image }, answerExisting }) => {
      const photo = imageUrl === undefined ? { uploadAs: extensionOfType(type) ?? 'jpg' } : { url: imageUrl };
      return answering(images.create(context, { ...image, photo }), ({ upload, isPipeline, ...received }) => {
        if (!received.isNew) answerExisting();
        return { ...receivedView(received), upload: upload && urlsView(upload), pipeline: isPipeline };
      });
    },
    startProductImage: async ({ context, params }) => {
      const usual = await images.usualTimes();
      return answering(images.start(context, params.id), ({ job, original, mask }) => ({
        ...productImageView(job, usual), urls: { original: urlsView(original), mask: urlsView(mask) },
      }));
    },
    presignProductImage: ({ context, params, body }) =>
      answering(images.presign(context, params.id, body), urlsView),
    reportSegmentation: ({ context, params, body }) => shown(images.segmentation(context, params.id, body)),
    reportBackgrounds: ({ context, params, body }) => shown(images.backgrounds(context, params.id, body)),
    reportComposite: ({ context, params, body }) => shown(images.composite(context, params.id, body)),
    reportShopify: ({ context, params, body }) => shown(images.shopify(context, params.id, body)),
    failProductImage: ({ context, params, body }) =>
      shown(images.fail(context, params.id, { ...body, code: storedCode(body.code) })),
    pruneProductImages: ({ context, body }) => images.prune(context, body.olderThanSeconds * 1_000),
  };
}

function urlsView({ key, putUrl, getUrl, expiresAt }: ObjectUrls) {
  return { key, putUrl, getUrl, expiresAt: iso(expiresAt) };
}

function receivedView(
  { job: { id, fields, state, createdAt }, isNew }: ReceivedImage,
): RouteAnswer<typeof receiveImage> {
  const status = state as ProductImageView['status'];
  return {
    jobId: id,
    status: isNew ? 'created' : 'duplicate',
    job: { id, sku: fields.sku, theme: fields.theme, status, createdAt: iso(createdAt) },
  };
}

export function productWebhookHandlers(intake: ImageIntake): HandlersFor<typeof productWebhookRoutes> {
  return {
    receiveImage: ({ body: { theme: asked, imageUrl, ...image }, query, correlationId, answerExisting }) => {
      const theme = asked ?? query.theme;
      const announced = { ...image, photo: { url: imageUrl }, ...(theme !== undefined && { theme }) };
      return answering(intake.receive(announced, correlationId), (received) => {
        if (!received.isNew) answerExisting();
        return receivedView(received);
      });
    },
  };
}
