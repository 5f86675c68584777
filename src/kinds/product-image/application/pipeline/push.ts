import { jobOf, bytesOf, say, type PipelineDependencies, type PipelineStep, type StepOutput } from './steps.ts';
import { contentTypeOf } from '../../domain/keys.ts';
import { StepFailure } from './failures.ts';
import type { ShopImage } from '../../../../ports/shop.ts';

const maxAltLength = 512;
const extensions = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' } as const;

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
    const contentType = await typeOf(deps, key);
    const filename = `waybill-${id}-${labelOf(key, at)}.${extensions[contentType]}`;
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

/** Of the job's images no other has it, and this one always: aspect and variant, `1x1_2`, or else its place. */
function labelOf(key: string, at: number): string {
  return /_([0-9]{1,2}x[0-9]{1,2}_[0-9]{1,3})_master\.[a-z]+$/.exec(key)?.[1] ?? `image_${at + 1}`;
}

/** By its name, or as it was stored: whoever reports composites from outside names them as they like. */
async function typeOf(deps: PipelineDependencies, key: string): Promise<ShopImage['contentType']> {
  const stored = (await deps.objects.head(key))?.contentType ?? '';
  const found = [contentTypeOf(key.toLowerCase()), stored].find((type) => type !== undefined && type in extensions);
  if (found !== undefined) return found as ShopImage['contentType'];
  throw new StepFailure('SHOPIFY_PUSH_FAILED', `${key} is no JPEG, PNG or WebP.`, false);
}
