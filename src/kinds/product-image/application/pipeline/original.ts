import type { FetchedFile } from '../../../../ports/remote-files.ts';
import { contentTypeOf, isUploaded, originalKey } from '../../domain/keys.ts';
import { StepFailure } from './failures.ts';
import { bytesOf, say, type PipelineDependencies, type PipelineStep, type StepOutput } from './steps.ts';

const timeoutMs = 60_000;

/**
 * Fetches the photo, unless it was uploaded, and makes sure that it is the one that was announced, that it is whole,
 * and that the shop has the product: nothing is paid for anything else.
 */
export async function doOriginal(deps: PipelineDependencies, step: PipelineStep): Promise<StepOutput> {
  const { job: { fields }, signal } = step;
  const { studio, pipeline: { shop } } = deps;
  await say(deps, step, { type: 'take' });
  const uploaded = await uploadedPhoto(deps, step);
  const bytes = uploaded ?? await fetched(deps, step);
  const { extension } = await studio.inspect(bytes, signal);
  if (extension === 'avif') {
    throw new StepFailure('INVALID_IMAGE', 'The photo is AVIF: it must be JPEG, PNG or WebP.');
  }
  await shop.findBySku(fields.sku, signal);
  const key = originalKey(fields, extension);
  if (uploaded === null || key !== fields.originalKey) {
    await deps.objects.put(key, bytes, { contentType: contentTypeOf(key) });
  }
  return { sagaId: step.sagaId, result: { step: 'original', originalKey: key }, microUsd: 0 };
}

/** What was stored for the job, by an import or by an earlier attempt; null if there is nothing, or something else. */
async function uploadedPhoto(deps: PipelineDependencies, { job: { fields } }: PipelineStep) {
  const { originalKey: key, imageSha256 } = fields;
  const info = key === null ? null : await deps.objects.head(key);
  if (key === null || info === null || info.size > deps.pipeline.maxOriginalBytes) return null;
  const bytes = await bytesOf(deps, key);
  return await sha256Of(bytes) === imageSha256 ? bytes : null;
}

async function fetched(deps: PipelineDependencies, { job: { fields }, signal }: PipelineStep) {
  const { imageUrl, imageSha256 } = fields;
  const { maxOriginalBytes: maxBytes } = deps.pipeline;
  if (isUploaded(fields)) {
    throw new StepFailure('DOWNLOAD_FAILED', 'The photo that was to be uploaded is not there: import it again.', false);
  }
  const file: FetchedFile = await deps.files.fetch(imageUrl, { maxBytes, timeoutMs, signal });
  if (!file.ok) throw new StepFailure('DOWNLOAD_FAILED', `The image URL ${file.problem}.`, file.retryable);
  const sha256 = await sha256Of(file.bytes);
  if (sha256 === imageSha256) return file.bytes;
  const message = `The image at the URL has the sha256 ${sha256}, but ${imageSha256} was announced.`;
  throw new StepFailure('HASH_MISMATCH', message);
}

async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
