import type { SegmentCall } from '../../../../ports/image-provider.ts';
import {
  backgroundKey, compositeKey, contentTypeOf, cutOutKey, extensionOfType, maskKey, thumbKey, type ImageExtension,
} from '../../domain/keys.ts';
import { backdropsOf, lookOf, placementOf } from '../../domain/theme.ts';
import { callProvider } from './calls.ts';
import { StepFailure } from './failures.ts';
import { areThere, bytesOf, type PipelineDependencies, type PipelineStep, type StepOutput } from './steps.ts';

type Deps = PipelineDependencies;

export async function doSegmentation(deps: Deps, step: PipelineStep): Promise<StepOutput> {
  const { job: { fields }, sagaId } = step;
  const before = fields.maskKey;
  if (before !== null && await areThere(deps, [before])) {
    await ensureCutOut(deps, step, before);
    const result = { step: 'segmentation', maskKey: before, segmentProvider: null, segmentJobId: null } as const;
    return { sagaId, result, microUsd: 0, isReused: true };
  }
  const { segmentProvider: provider } = deps.pipeline;
  const original = fields.originalKey ?? '';
  const made = await callProvider(deps, step, 'segmentation', provider, {
    purpose: 'segment', contentType: contentTypeOf(original) as SegmentCall['contentType'],
    bytes: () => bytesOf(deps, original),
  });
  const { outputs, costMicroUsd, providerJobId, confidence } = made;
  const [picture] = outputs;
  if (picture?.contentType !== 'image/png') {
    const given = picture?.contentType ?? 'nothing';
    const message = `${provider.name} gave ${given}, but a PNG with transparency is needed.`;
    throw new StepFailure('SEGMENT_FAILED', message, false);
  }
  const key = maskKey(fields);
  await deps.objects.put(key, picture.bytes, { contentType: 'image/png' });
  await ensureCutOut(deps, step, key);
  const by = { segmentProvider: provider.name, segmentJobId: providerJobId };
  const sure = confidence === undefined ? {} : { segmentConfidence: confidence };
  return { sagaId, result: { step: 'segmentation', maskKey: key, ...by, ...sure }, microUsd: costMicroUsd };
}

/**
 * Cuts the product out of the photo by its mask, unless that was done since the mask was stored. What is nothing for a
 * shop fails here, before backgrounds cost anything.
 */
async function ensureCutOut(
  deps: Deps,
  { job: { fields }, signal }: Pick<PipelineStep, 'job' | 'signal'>,
  mask: string,
): Promise<void> {
  const key = cutOutKey(fields);
  const [made, from] = await Promise.all([deps.objects.head(key), deps.objects.head(mask)]);
  if (made !== null && from !== null && made.modifiedAt >= from.modifiedAt) return;
  const [original, shape] = await Promise.all([bytesOf(deps, fields.originalKey ?? ''), bytesOf(deps, mask)]);
  const { png } = await deps.studio.cutOut({ original, mask: shape }, signal);
  await deps.objects.put(key, png, { contentType: 'image/png' });
}

export async function doBackgrounds(deps: Deps, step: PipelineStep): Promise<StepOutput> {
  const { job: { fields }, sagaId } = step;
  const before = fields.bgKeys;
  if (before !== null && await areThere(deps, before)) {
    const result = { step: 'backgrounds', bgKeys: before, bgProvider: null, bgJobIds: null } as const;
    return { sagaId, result, microUsd: 0, isReused: true };
  }
  const { bgProvider: provider, maxVariants, backgroundPixels: pixels } = deps.pipeline;
  const look = lookOf((await deps.themes.now()).themes, fields.theme);
  const variants = Math.min(look.variants, maxVariants);
  const { prompt, negativePrompt } = look;
  const { outputs, costMicroUsd, providerJobId } = await callProvider(deps, step, 'backgrounds', provider, {
    purpose: 'backgrounds', prompt, negativePrompt, variants, backdrops: backdropsOf(look, variants),
    width: pixels, height: pixels, seed: await seedOf(`${fields.sku} ${fields.imageSha256} ${fields.theme}`),
  });
  if (outputs.length === 0) throw new StepFailure('BG_GENERATION_FAILED', `${provider.name} made no background.`);
  const bgKeys = await Promise.all(outputs.map(async ({ bytes, contentType }, at) => {
    const key = backgroundKey(fields, at + 1, extensionFor(contentType));
    await deps.objects.put(key, bytes, { contentType });
    return key;
  }));
  const by = { bgProvider: provider.name, bgJobIds: [providerJobId] };
  return { sagaId, result: { step: 'backgrounds', bgKeys, ...by }, microUsd: costMicroUsd };
}

export async function doComposite(deps: Deps, step: PipelineStep): Promise<StepOutput> {
  const { job: { fields }, sagaId, signal } = step;
  const { compositeKeys: before, thumbKeys } = fields;
  if (before !== null && await areThere(deps, [...before, ...(thumbKeys ?? [])])) {
    const result = { step: 'composite', compositeKeys: before, thumbKeys } as const;
    return { sagaId, result, microUsd: 0, isReused: true };
  }
  const { studio } = deps;
  const look = lookOf((await deps.themes.now()).themes, fields.theme);
  await ensureCutOut(deps, step, fields.maskKey ?? '');
  const cutOut = await bytesOf(deps, cutOutKey(fields));
  const composites: string[] = [];
  const thumbs: string[] = [];
  for (const [at, bgKey] of (fields.bgKeys ?? []).entries()) {
    const background = await bytesOf(deps, bgKey);
    const order = { cutOut, background, placement: placementOf(look), aspects: look.aspects };
    for (const { aspect, master, thumb } of await studio.compose(order, signal)) {
      const [masterAt, thumbAt] = [compositeKey(fields, aspect, at + 1), thumbKey(fields, aspect, at + 1)];
      await deps.objects.put(masterAt, master, { contentType: 'image/jpeg' });
      await deps.objects.put(thumbAt, thumb, { contentType: 'image/jpeg' });
      composites.push(masterAt);
      thumbs.push(thumbAt);
    }
  }
  return { sagaId, result: { step: 'composite', compositeKeys: composites, thumbKeys: thumbs }, microUsd: 0 };
}

/** The same image in the same theme gets the same backgrounds. 0 to 2^31 - 1. */
async function seedOf(text: string): Promise<number> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return new DataView(digest).getUint32(0) >>> 1;
}

function extensionFor(contentType: string): ImageExtension {
  const extension = extensionOfType(contentType);
  if (extension !== undefined) return extension;
  throw new StepFailure('BG_GENERATION_FAILED', `A background is ${contentType}, which is no picture.`, false);
}
