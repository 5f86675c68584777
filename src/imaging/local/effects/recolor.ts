import { chromaOf, fromLab, labOf, toLab, type Rgb } from '../raster/colour.ts';
import { statistics } from '../raster/lab-planes.ts';
import type { Mask } from '../raster/mask.ts';
import type { Picture } from '../raster/picture.ts';
import { blend } from './tone.ts';

/**
 * Gives what is under the mask another colour as paint or dye would: the surface's usual lightness and hue become
 * the colour, and its light, shade and grain stay around it. In place.
 *
 * Lightness differences are scaled as reflectance scales light: a dark wood's grain grows when it is painted white
 * and shrinks when a white wall is painted black. They are squeezed where they would run into white or black, but
 * never below 0.3, so that white stays a surface and does not become a hole.
 */
export function recolor(picture: Picture, mask: Mask, colour: Rgb): void {
  const before = statistics(picture, mask);
  if (before === undefined) return;
  const target = labOf(colour);
  const targetChroma = chromaOf(target);
  const [, medianA, medianB] = before.median;
  const surface = before.mode;
  const above = Math.max(1, before.light - surface);
  const below = Math.max(1, surface - before.dark);
  const middle = Math.min(99.5 - 0.3 * above, Math.max(1 + 0.3 * below, target[0]));
  const natural = Math.min(1.4, Math.max(0.6, middle / Math.max(5, surface)));
  const upward = Math.max(0.3, Math.min(natural, (99.5 - middle) / above));
  const downward = Math.max(0.3, Math.min(natural, (middle - 1) / below));
  const lab = new Float32Array(3);
  const painted = new Uint8Array(3);
  const { data } = picture;
  for (let at = 0; at < mask.data.length; at += 1) {
    const weight = mask.data[at]!;
    if (weight === 0) continue;
    const pixel = at * 4;
    toLab(data[pixel]!, data[pixel + 1]!, data[pixel + 2]!, lab);
    const distance = lab[0]! - surface;
    const lightness = middle + distance * (distance > 0 ? upward : downward);
    // Shade takes colour away with the light, and a highlight is the lamp's colour, not the paint's.
    const shade = Math.min(1.15, Math.max(0.2, lightness / Math.max(8, middle))) ** 0.7;
    const gloss = lightness > 90 && middle < 88 ? Math.max(0.25, 1 - (lightness - 90) / 12) : 1;
    const chroma = targetChroma < 1 ? 0 : shade * gloss;
    // A little of the surface's own variation in hue keeps it from looking like a filter.
    const variation = targetChroma < 6 ? 0.06 : 0.15;
    const a = target[1] * chroma + (lab[1]! - medianA) * variation;
    const b = target[2] * chroma + (lab[2]! - medianB) * variation;
    fromLab(lightness, a, b, painted, 0);
    blend(data, pixel, painted, weight);
  }
}
