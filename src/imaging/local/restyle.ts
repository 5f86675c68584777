import { pictureLimits } from '../../domain/picture-limits.ts';
import { understood, type Change, type Concept, type Wish } from './concept.ts';
import { chromaOf, labOf } from './raster/colour.ts';
import { deadlineIn, type Deadline } from './deadline.ts';
import { decode, onlyPhotoLoaders, type DecodeLimits } from './files/decode.ts';
import { encoded, maskPreview, photoPreview, understoodOutput, type Output, type OutputType } from './files/encode.ts';
import { colourBehind, textureBehind } from './effects/behind.ts';
import { erase } from './effects/erase.ts';
import { LEAST_CONFIDENCE } from './cutout/confidence.ts';
import { cutOut } from './cutout/foreground.ts';
import { statistics } from './raster/lab-planes.ts';
import {
  createLocator,
  guardOf,
  partNames,
  partOf,
  unprotectable,
  type Guard,
  type Locator,
} from './locate.ts';
import { inverted, isBlank, without } from './raster/mask.ts';
import type { Description } from './models/description.ts';
import { createModels, type Models } from './models/models.ts';
import { ownColour } from './effects/own-colour.ts';
import type { Picture } from './raster/picture.ts';
import { paintSurface, recolor } from './effects/recolor.ts';
import { ImageRejected, invalid, noMask } from './rejection.ts';
import type { Runtime, RuntimeName } from './models/runtime.ts';
import { foundPart, isLocatable, type Found } from './part.ts';
import { onBackdrop } from './effects/studio.ts';
import { layMaterial } from './effects/lay.ts';
import { isMaterial, materialOf } from './materials/materials.ts';
import type { Projection } from './rooms/projection.ts';
import { applyTexture } from './effects/textures.ts';
import { applyTone } from './effects/tone.ts';

export type { Concept, ConceptAction } from './concept.ts';
export { ImageRejected, type RejectionCode } from './rejection.ts';
export type { Output, OutputFormat } from './files/encode.ts';
export type { RuntimeName } from './models/runtime.ts';

export interface RestyleRequest {
  /** A JPEG, PNG, WebP or AVIF file. */
  readonly image: Uint8Array;
  /** What to change, by the name of the part; carried out in order, a removed background last. At most 16. */
  readonly concepts: Readonly<Record<string, Concept>>;
  /** Names of parts whose pixels stay as they are. At most 16. */
  readonly protect: readonly string[];
  /**
   * Restyles the picture even where the cut-out is doubtful; false by default. Where no subject is found at all it
   * fails all the same.
   */
  readonly force?: boolean;
  /** A PNG by default. */
  readonly output?: Output;
  readonly signal?: AbortSignal;
}

export interface RestyleResult {
  /** Of the type `resultType`: sRGB, upright, without metadata. */
  readonly result: Uint8Array;
  readonly resultType: OutputType;
  /** WebP, at most 400 pixels a side, transparent where the result is. */
  readonly preview: Uint8Array;
  /** The photo as it came: WebP, at most 400 pixels a side. */
  readonly inputPreview: Uint8Array;
  /** Of the result, in pixels: the upload's, upright. */
  readonly width: number;
  readonly height: number;
  /**
   * How each part was found: `u2netp` or the name of your own model, `plain-background`, `selfie`, `box`, … and `none`
   * for what is not there.
   */
  readonly masks: Readonly<Record<string, string>>;
  /** The probability (0..1) that the cut-out is right; null where nothing had to be cut out. */
  readonly confidence: number | null;
  readonly milliseconds: number;
}

export interface RestylerOptions {
  /** Largest upload in bytes; 50 MiB by default (`pictureLimits`). */
  readonly maxBytes?: number;
  /** Most pixels an upload may have; 50 million by default (`pictureLimits`). */
  readonly maxPixels?: number;
  /**
   * For one picture, in milliseconds; 60 000 by default, 300 000 with a model of your own. A single step is not
   * interrupted.
   */
  readonly timeoutMs?: number;
  /**
   * By default `auto`: `native` where the package onnxruntime-node is installed, else `wasm`. One of your own runs the
   * models as it likes.
   */
  readonly runtime?: RuntimeName | 'auto' | Runtime;
  /**
   * File of a segmentation model (ONNX) to find subjects with instead of the built-in one, with its description beside
   * it (`FILE.json`) where it is needed. It is opened and tried before the restyler is there.
   */
  readonly segmentModel?: string | undefined;
}

/** What finds the subject of a picture, and what runs it. */
export interface RestylerModel {
  /** As in `masks`. */
  readonly name: string;
  /** Whose conventions it follows: `u2net`, `isnet`, `birefnet` or `modnet`; null when all of it was described. */
  readonly family: string | null;
  /** Of its input in pixels: `320 x 320`; `512 x 512 or more` of a model that takes any. */
  readonly size: string;
  readonly runtime: RuntimeName;
}

export interface Restyler {
  readonly model: RestylerModel;
  /** Throws `ImageRejected` when the picture or the wish is at fault, the signal's reason when it was aborted. */
  restyle(request: RestyleRequest): Promise<RestyleResult>;
  /** Frees the models. Pictures under way fail. */
  close(): Promise<void>;
}

/**
 * Looks whether the models are all there and whole; each is loaded at its first use and kept, so that one restyler
 * serves any number of pictures. Two at a time share the models and each need memory of their own.
 */
export async function createRestyler(options: RestylerOptions = {}): Promise<Restyler> {
  const limits: DecodeLimits = {
    maxBytes: options.maxBytes ?? pictureLimits.bytes,
    maxPixels: options.maxPixels ?? pictureLimits.pixels,
    timeoutMs: options.timeoutMs ?? (options.segmentModel === undefined ? 60_000 : 300_000),
  };
  for (const [name, value] of Object.entries(limits)) {
    if (!(value > 0)) throw new RangeError(`${name} is ${value}, and must be above 0`);
  }
  onlyPhotoLoaders();
  const { runtime = 'auto', segmentModel } = options;
  const models = createModels({ runtime, segmentModel });
  const { name, family, size } = await models.verify();
  return {
    model: { name, family, size: sizeText(size), runtime: await models.runtime() },
    restyle: (request) => restyle(models, limits, request),
    close: () => models.close(),
  };
}

function sizeText(size: Description['size']): string {
  return 'shortSide' in size ? `${size.shortSide} x ${size.shortSide} or more` : `${size.width} x ${size.height}`;
}

async function restyle(models: Models, limits: DecodeLimits, request: RestyleRequest): Promise<RestyleResult> {
  const started = performance.now();
  const deadline = deadlineIn(limits.timeoutMs, request.signal);
  deadline.check();
  const wishes = understood(request.concepts, request.protect);
  const output = understoodOutput(request.output);
  refuseUnlocatable(wishes, request.protect);
  const { picture, density } = await decode(request.image, limits, deadline);
  const inputPreview = await photoPreview(picture);
  try {
    const { masks, confidence } = await changed(models, picture, wishes, request, deadline);
    const { result, resultType, preview } = await encoded(picture, output, density);
    deadline.check();
    const { width, height } = picture;
    const milliseconds = Math.round(performance.now() - started);
    return { result, resultType, preview, inputPreview, width, height, masks, confidence, milliseconds };
  } catch (error) {
    if (error instanceof ImageRejected) error.inputPreview = inputPreview;
    throw error;
  }
}

/** Changes the picture as it is wished. */
async function changed(
  models: Models,
  picture: Picture,
  wishes: readonly Wish[],
  request: RestyleRequest,
  deadline: Deadline,
): Promise<Pick<RestyleResult, 'masks' | 'confidence'>> {
  const locator = createLocator(models, picture, deadline);
  const guard = await guardOf(locator, picture, request.protect);
  const masks: Record<string, string> = guard.methods;
  const planned: Planned[] = [];
  for (const wish of wishes) {
    const plan = await located(wish, locator, picture, guard);
    masks[wish.name] = plan.method;
    planned.push(plan);
  }
  const confidence = await confidenceIn(locator, picture, request.force ?? false);
  // Every part was found in the picture as it came; only now does it change.
  planned.sort((one, other) => Number(isCutOut(one)) - Number(isCutOut(other)));
  for (const plan of planned) {
    deadline.check();
    await carryOut(plan, picture, guard);
  }
  deadline.check();
  return { masks, confidence };
}

/** Throws `not_confident` for a doubtful cut-out that is not wanted all the same. Null where nothing was cut out. */
async function confidenceIn(locator: Locator, picture: Picture, force: boolean): Promise<number | null> {
  const subject = await locator.asked();
  if (subject === undefined) return null;
  const { confidence, mask } = subject;
  if (confidence >= LEAST_CONFIDENCE || force) return confidence;
  throw new ImageRejected(
    'not_confident',
    `The cut-out is probably wrong (confidence ${confidence.toFixed(2)}, at least ${LEAST_CONFIDENCE} is needed): ` +
      'look at the preview, where the background is red, and force it if it is right, or photograph the subject ' +
      'on a plain backdrop.',
    { preview: await maskPreview(picture, mask), confidence },
  );
}

interface Planned extends Found {
  readonly wish: Wish;
  /** Whether a person is part of the subject. False where nothing depends on it. */
  readonly hasPerson: boolean;
  /** Of a surface that is to have a texture. */
  readonly projection?: Projection;
}

const isCutOut = (plan: Planned): boolean => plan.wish.change.action === 'remove' && plan.wish.box === undefined;

/** Told before anything is decoded: it depends on the names alone. */
function refuseUnlocatable(wishes: readonly Wish[], protect: readonly string[]): void {
  for (const name of protect) if (partOf(name) === undefined) throw unprotectable(name);
  for (const { name, box, change } of wishes) {
    const part = partOf(name);
    if (part === undefined && box === undefined && !isLocatable(name)) {
      throw noMask(`"${name}" cannot be located: draw a box around it, or name one of ${partNames.join(', ')}.`);
    }
    if (change.action === 'texture' && isMaterial(change.texture) && box === undefined && part !== undefined) {
      throw misplaced(name, change.texture);
    }
    if (change.action === 'remove' && box === undefined && part !== 'background') {
      throw invalid(
        `"${name}" cannot be removed, since what is behind it is not known: ` +
          'remove the background instead, or draw a box around something small on a plain surface.',
      );
    }
  }
}

const misplaced = (name: string, texture: string): ImageRejected =>
  invalid(`"${texture}" covers walls, floors and ceilings, and "${name}" is none of them: choose another texture.`);

async function located(wish: Wish, locator: Locator, picture: Picture, guard: Guard): Promise<Planned> {
  const found = await foundPart(wish, locator, picture);
  const kept = found.subject === undefined ? guard.mask : guard.core;
  const free = guard.isEmpty ? found.mask : without(found.mask, kept);
  if (isBlank(free)) {
    throw noMask(`Nothing of "${wish.name}" is left to change: all of it is protected, so protect less.`);
  }
  const hasPerson = wish.change.action !== 'remove' && ((await found.subject?.hasPerson()) ?? false);
  const planned = { ...found, wish, mask: free, hasPerson };
  if (wish.change.action !== 'texture' || found.plane === undefined) return planned;
  return { ...planned, projection: await locator.room.projection(found.plane, found.mask) };
}

async function carryOut(plan: Planned, picture: Picture, guard: Guard): Promise<void> {
  const { change, name, box } = plan.wish;
  switch (change.action) {
    case 'tone':
      if (plan.subject?.isCutOut === true) {
        throw noMask(`"${name}" is transparent in this picture: give it a colour or a texture before it has a tone.`);
      }
      return applyTone(picture, plan.mask, change.tone, change.strength);
    case 'recolor':
      return recolored(plan, picture, change);
    case 'texture':
      return textured(plan, picture, change);
    case 'remove':
      if (box !== undefined) return erase(picture, box, guard.mask, name);
      return cutOut(picture, inverted(plan.mask), plan.subject?.edges);
  }
}

/** White and near-white are not painted on a background: they are the studio's backdrop. */
async function recolored(plan: Planned, picture: Picture, change: Change & { action: 'recolor' }): Promise<void> {
  const colour = labOf(change.colour);
  if (plan.sort === 'surface') return paintSurface(picture, plan.mask, change.colour);
  if (plan.sort === 'thing') return recolor(picture, ownColour(picture, plan.mask), change.colour);
  if (plan.subject === undefined || colour[0] < 88 || chromaOf(colour) > 10) {
    if (plan.subject?.isCutOut === true) return colourBehind(picture, plan.mask, change.colour);
    return recolor(picture, plan.mask, change.colour);
  }
  await onBackdrop(picture, plan.mask, {
    colour,
    falloff: 0,
    subject: plan.subject,
    shadow: plan.wish.shadow && !plan.hasPerson,
  });
}

async function textured(plan: Planned, picture: Picture, change: Change & { action: 'texture' }): Promise<void> {
  const isBackground = plan.subject !== undefined;
  const isCutOut = plan.subject?.isCutOut === true;
  if (isMaterial(change.texture)) {
    if (plan.projection === undefined) throw misplaced(plan.wish.name, change.texture);
    const material = materialOf(change.texture, change.colour);
    return layMaterial(picture, plan.mask, material, plan.projection, change.strength);
  }
  if (change.texture !== 'studio') {
    if (isCutOut) return textureBehind(picture, plan.mask, change.texture, change.strength);
    const covered = isBackground || plan.sort === 'surface';
    return applyTexture(picture, plan.mask, change.texture, change.strength, covered);
  }
  if (!isBackground) throw invalid('"studio" is a backdrop: use it as the texture of the background.');
  const colour = (isCutOut ? undefined : statistics(picture, plan.mask)?.median) ?? [80, 0, 0];
  await onBackdrop(picture, plan.mask, {
    colour: [Math.min(94, Math.max(22, colour[0])), colour[1] * 0.6, colour[2] * 0.6],
    falloff: 22 * change.strength,
    subject: plan.subject,
    shadow: plan.wish.shadow && plan.subject !== undefined && !plan.hasPerson,
  });
}
