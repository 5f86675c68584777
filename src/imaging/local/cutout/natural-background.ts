import type { Models } from '../models/models.ts';
import { boxMean, flagsOf, plane, resized, type Plane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import { shrunk, type Views } from '../raster/picture.ts';
import { closedForm } from './closed-form.ts';
import { closerLook } from './closer-look.ts';
import type { ModelSigns } from './confidence.ts';
import { decided } from './haze.ts';
import type { Unusable } from './plain-background.ts';
import { refined } from './refine.ts';

/** Cells of the longer side at which the edge is matted. */
const SIDE = 900;
/** The model's edges are off by as much: cells of its whole mask. */
const OFF = 2.5;
/** Of salience: above and below, a cell is known. */
const [NOTHING, ALL] = [0.06, 0.94];

/** A subject before anything but a plain backdrop: where it is, by a model; its edge, by the photo's colours. */
export interface NaturalBackground {
  readonly mask: Mask;
  readonly signs: ModelSigns;
}

/** Of the model's mask, what it was in two minds about. */
function entropyOf({ data }: Plane): number {
  let [sum, doubt] = [0, 0];
  for (const value of data) {
    sum += value;
    doubt += 4 * value * (1 - value);
  }
  return Math.min(1, doubt / Math.max(1, sum));
}

/** `first` is what the model said of the whole picture, tidied. */
export async function naturalBackground(
  models: Models,
  seen: Views,
  first: Plane,
  { ignored }: Unusable,
): Promise<NaturalBackground> {
  const { picture, overview } = seen;
  const { salience, agreement } = await closerLook(models, seen, first);
  const small = await shrunk(overview, SIDE);
  const rough = resized(salience, small.width, small.height);
  const alpha = decided(await closedForm(small, { rough, unknown: unknownBand(rough, first) }));
  const signs = { agreement, entropy: entropyOf(salience), ignored };
  return { mask: await refined(picture, alpha), signs };
}

/** Where the model was in two minds, and around its edges. */
function unknownBand(rough: Plane, first: Plane): Uint8Array {
  const { width, height, data } = rough;
  const mixed = plane(width, height);
  for (let at = 0; at < data.length; at += 1) {
    const isEdge = at % width < width - 1 && data[at]! >= 0.5 !== data[at + 1]! >= 0.5;
    const isRow = at + width < data.length && data[at]! >= 0.5 !== data[at + width]! >= 0.5;
    mixed.data[at] = isEdge || isRow || (data[at]! > NOTHING && data[at]! < ALL) ? 1 : 0;
  }
  const radius = Math.max(2, Math.round((OFF * Math.max(width, height)) / Math.max(first.width, first.height)));
  return flagsOf(boxMean(mixed, radius).data, (value) => value > 1e-6);
}
