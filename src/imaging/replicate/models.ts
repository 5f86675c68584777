import { createHash } from 'node:crypto';
import { InvariantViolation } from '../../domain/errors.ts';
import type { BackgroundsCall, ImageCall } from '../../ports/image-provider.ts';

export interface Model {
  /** `owner/name`. */
  readonly name: string;
  /** 64 hexadecimal digits; null for an official model, which has no versions. */
  readonly version: string | null;
}

/** From their pages at replicate.com. */
export const defaultModels = {
  segment: 'cjwbw/rembg:fb8af171cfa1616ddcf1242c093f9c46bcada5ad4cf6f2fbe8b81b330ec5c003',
  backgrounds: 'stability-ai/sdxl:7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc',
} as const;

/** `owner/name`, or `owner/name:version`. */
export const modelPattern = /^[a-z0-9][a-z0-9._-]{0,99}\/[a-z0-9][a-z0-9._-]{0,99}(:[0-9a-f]{64})?$/;

export function parseModel(text: string): Model {
  if (!modelPattern.test(text)) throw new InvariantViolation(`${JSON.stringify(text)} is no model of Replicate`);
  const [name = '', version = null] = text.split(':');
  return { name, version };
}

const maxKeyLength = 200;

/** Throws InvariantViolation if a field is outside the range that the port documents. */
export function assertCall(call: ImageCall, key: string): void {
  assert(key.length > 0 && key.length <= maxKeyLength, `a key has 1 to ${maxKeyLength} characters`);
  if (call.purpose === 'segment') return;
  const { variants, width, height, seed } = call;
  assert(isWithin(variants, 1, 4), `variants is ${variants}; it must be 1 to 4`);
  for (const side of [width, height]) assert(isWithin(side, 256, 2_048), `a side has ${side} pixels, not 256 to 2048`);
  assert(isWithin(seed, 0, 2 ** 31 - 1), `seed is ${seed}; it must be 0 to 2^31 - 1`);
}

/** The name of a photo's file at Replicate, by which it is found again. */
export function fileNameOf(key: string, contentType: string): string {
  return `waybill-${digest(key).toString('hex').slice(0, 32)}.${contentType.slice('image/'.length)}`;
}

export function backgroundsInput(call: BackgroundsCall, key: string): Readonly<Record<string, unknown>> {
  return {
    prompt: call.prompt,
    negative_prompt: call.negativePrompt,
    // Stable Diffusion needs multiples of 8.
    width: Math.round(call.width / 8) * 8,
    height: Math.round(call.height / 8) * 8,
    num_outputs: call.variants,
    // One of its own for each key: the prediction is found again by it.
    seed: digest(`${call.seed}:${key}`).readUInt32BE() >>> 1,
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new InvariantViolation(message);
}
