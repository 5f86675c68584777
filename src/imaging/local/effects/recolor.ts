import { toLab, type Rgb } from '../raster/colour.ts';
import { statistics } from '../raster/lab-planes.ts';
import type { Mask } from '../raster/mask.ts';
import { fromOklab, oklabOf } from '../raster/oklab.ts';
import type { Picture } from '../raster/picture.ts';
import { lampsOf } from './lamps.ts';
import { blend } from './tone.ts';

/** Oklab lightness of the blackest paint: what is darker than it has no shade left to show. */
const BLACKEST = 0.18;
/** A target with less Oklab chroma is grey, and takes no hue from what it covers. */
const GREY = 0.012;
/** White paint, as Oklab lightness: the picture's white is for lamps and windows. */
const WHITEST = 0.945;
/** How far a surface's paint follows the light of a dim room, 0..1. What is asked for is to be seen, too. */
const FOLLOWED = 0.75;
/** Of Oklab a and b, over Lab's. */
const TO_OKLAB = 1 / 355;

/** Cube root of light: Oklab's lightness of a grey that has this Lab lightness. */
const rootOf = (lightness: number): number => (lightness + 16) / 116;

/**
 * Gives what is under the mask another colour as paint or dye would: the surface's usual lightness and hue become
 * the colour, and its light, shade and grain stay around it. In place.
 *
 * In Oklab, paint in another light is the same three numbers times one factor, so light and shade are scaled as the
 * paint is: a dark wood's grain grows when it is painted white and shrinks when a white wall is painted black. They
 * are squeezed where they would run into white or black, but never below 0.3, so that white stays a surface and does
 * not become a hole. `level` is a factor for the light in which it is painted.
 */
export function recolor(picture: Picture, mask: Mask, colour: Rgb, level = 1): void {
  const before = statistics(picture, mask);
  if (before === undefined) return;
  const target = oklabOf(colour).map((value) => value * level) as [number, number, number];
  const isGrey = Math.hypot(target[1], target[2]) < GREY;
  const [, medianA, medianB] = before.median;
  const surface = rootOf(before.mode);
  const above = Math.max(0.008, rootOf(before.light) - surface);
  const below = Math.max(0.008, surface - rootOf(before.dark));
  const middle = Math.min(0.995 - 0.3 * above, Math.max(BLACKEST + 0.3 * below, target[0]));
  const natural = Math.min(1.5, Math.max(0.4, middle / Math.max(0.15, surface)));
  const upward = Math.max(0.3, Math.min(natural, (0.995 - middle) / above));
  const downward = Math.max(0.3, Math.min(natural, (middle - 0.1) / below));
  // A little of the surface's own variation in hue keeps it from looking like a filter.
  const variation = isGrey ? 0 : 0.15 * TO_OKLAB;
  const lab = new Float32Array(3);
  const painted = new Uint8Array(3);
  const { data } = picture;
  for (let at = 0; at < mask.data.length; at += 1) {
    const weight = mask.data[at]!;
    if (weight === 0) continue;
    const pixel = at * 4;
    toLab(data[pixel]!, data[pixel + 1]!, data[pixel + 2]!, lab);
    const distance = rootOf(lab[0]!) - surface;
    const lightness = Math.max(0.02, middle + distance * (distance > 0 ? upward : downward));
    // A highlight is the lamp's colour, not the paint's.
    const gloss = lightness > 0.92 && middle < 0.9 ? Math.max(0.25, 1 - (lightness - 0.92) / 0.1) : 1;
    const shade = isGrey ? 0 : (lightness / middle) * gloss;
    const a = target[1] * shade + (lab[1]! - medianA) * variation;
    const b = target[2] * shade + (lab[2]! - medianB) * variation;
    fromOklab(lightness, a, b, painted);
    blend(data, pixel, painted, weight);
  }
}

/** Paint on a wall, floor or ceiling: as bright as the room's light has it. In place. */
export async function paintSurface(picture: Picture, mask: Mask, colour: Rgb): Promise<void> {
  const { level } = await lampsOf(picture);
  const [lightness] = oklabOf(colour);
  const white = Math.min(1, WHITEST / Math.max(0.01, lightness));
  recolor(picture, mask, colour, white * Math.cbrt(level) ** FOLLOWED);
}
