import { jobOf, bytesOf, say, type PipelineDependencies, type PipelineStep, type StepOutput } from './steps.ts';
import { contentTypeOf } from '../../domain/keys.ts';
import type { ShopImage } from '../../../../ports/shop.ts';

const maxAltLength = 512;

/**
 * Puts the composites on the product, in their order. What an earlier attempt has put there is found: by the file ids
 * that it stored, and by the names of the files, which are the same each time.
 */
export async function doPush(deps: PipelineDependencies, step: PipelineStep): Promise<StepOutput> {
  const { job: { id, fields }, sagaId, signal } = step;
  const { shop } = deps.pipeline;
  const { productId, title } = await shop.findBySku(fields.sku, signal);
  const shopifyMediaIds: string[] = [];
  for (const [at, key] of (fields.compositeKeys ?? []).entries()) {
    // A job that was ended meanwhile gets no more images.
    await jobOf(deps, step);
    const filename = filenameOf(id, key, at);
    const contentType = contentTypeOf(key) as ShopImage['contentType'];
    const { mediaId } = await shop.addImage(
      {
        productId, filename, contentType, alt: title.slice(0, maxAltLength).toWellFormed(),
        bytes: await bytesOf(deps, key), knownFileId: fields.shopFileIds[filename] ?? null,
      },
      { fileCreated: async (fileId) => void await say(deps, step, { type: 'createFile', filename, fileId }) },
      signal,
    );
    shopifyMediaIds.push(mediaId);
  }
  const result = { step: 'shopify', shopifyMediaIds, shopifyProductId: productId } as const;
  return { sagaId, result, microUsd: 0 };
}

/** The same for the job, aspect and variant, and for no other image: `waybill-<job>-1x1_2.jpg`. */
function filenameOf(jobId: string, key: string, at: number): string {
  const [, label = `image_${at + 1}`] = /_([0-9]{1,2}x[0-9]{1,2}_[0-9]{1,3})_master\.[a-z]+$/.exec(key) ?? [];
  return `waybill-${jobId}-${label}.${key.slice(key.lastIndexOf('.') + 1)}`;
}
