import { jobOf, bytesOf, say, type PipelineDependencies, type PipelineStep, type StepOutput } from './steps.ts';
import { contentTypeOf } from '../../domain/keys.ts';
import { StepFailure } from './failures.ts';
import type { ShopImage } from '../../../../ports/shop.ts';

const maxAltLength = 512;
const extensions = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' } as const;

/** Of one job: a shop takes seconds to make an image ready. */
const atOnce = 4;

/**
 * Puts the composites on the product, in their order. What an earlier attempt has put there is found: by the file ids
 * that it stored, and by the names of the files, which are the same each time.
 */
export async function doPush(deps: PipelineDependencies, step: PipelineStep): Promise<StepOutput> {
  const { job: { fields }, sagaId } = step;
  const { productId, title } = await deps.pipeline.shop.findBySku(fields.sku, step.signal);
  const alt = title.slice(0, maxAltLength).toWellFormed();
  const stopping = new AbortController();
  const signal = AbortSignal.any([step.signal, stopping.signal]);
  const put: Promise<string>[] = [];
  for (const [at, key] of (fields.compositeKeys ?? []).entries()) {
    const [room, before] = [put[at - atOnce], put[at - 1]];
    put.push(putImage(deps, { ...step, signal }, { productId, alt, key, at }, room, before));
  }
  // The first that fails stops the others, and says why.
  for (const one of put) one.catch((error: unknown) => stopping.abort(error));
  await Promise.allSettled(put);
  if (stopping.signal.aborted) throw stopping.signal.reason;
  const result = { step: 'shopify', shopifyMediaIds: await Promise.all(put), shopifyProductId: productId } as const;
  return { sagaId, result, microUsd: 0 };
}

/** Begins when there is `room`, and puts the image on the product after the one `before`. The media's id. */
async function putImage(
  deps: PipelineDependencies,
  step: PipelineStep,
  { productId, alt, key, at }: {
    readonly productId: string; readonly alt: string; readonly key: string; readonly at: number;
  },
  room: Promise<string> | undefined,
  before: Promise<string> | undefined,
): Promise<string> {
  await room;
  step.signal.throwIfAborted();
  // A job that was ended meanwhile gets no more images.
  const { id, fields } = await jobOf(deps, step);
  const contentType = await typeOf(deps, key);
  const filename = `waybill-${id}-${labelOf(key, at)}.${extensions[contentType]}`;
  const bytes = await bytesOf(deps, key);
  const knownFileId = fields.shopFileIds[filename] ?? null;
  const { mediaId } = await deps.pipeline.shop.addImage(
    { productId, filename, contentType, alt, bytes, knownFileId },
    {
      fileCreated: async (fileId) => void await say(deps, step, { type: 'createFile', filename, fileId }),
      turn: async () => void await before,
    },
    step.signal,
  );
  return mediaId;
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
