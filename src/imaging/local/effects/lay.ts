import type { Material } from '../materials/materials.ts';
import { levelOf } from '../raster/colour.ts';
import { bilinear, resized, smoothstep, steps, type Plane } from '../raster/filter.ts';
import { litSurface, type Lit } from '../raster/light.ts';
import { toPlane, type Mask } from '../raster/mask.ts';
import type { Picture } from '../raster/picture.ts';
import type { Projection, Spot } from '../rooms/projection.ts';
import { lampsOf, luminance } from './lamps.ts';

/** Samples of a pixel each way, at most. */
const MOST_SAMPLES = 3;
/** What of the old surface's own drawing stays: on a smooth one it is mostly the camera's noise. */
const KEPT_NOISE = 0.3;

/**
 * Covers what is under the mask with a material, in place: its pattern in perspective, in the light that falls there.
 * `strength` 0.05..1 is how much of the old surface it covers.
 */
export async function layMaterial(
  picture: Picture,
  mask: Mask,
  material: Material,
  projection: Projection,
  strength: number,
): Promise<void> {
  const lit = await litSurface(picture, mask);
  const light = await lightOf(picture, mask, lit);
  const { data, width, height } = picture;
  const [columns, rows] = [steps(lit.red.width, width), steps(lit.red.height, height)];
  const kept = KEPT_NOISE / (1 + (lit.drawing / 2) ** 2);
  const painter = createPainter(material);
  const spot: Spot = { u: 0, v: 0, spreadU: 0, spreadV: 0 };
  const [colour, surface] = [new Float64Array(3), new Float64Array(3)];
  for (let at = 0; at < mask.data.length; at += 1) {
    const alpha = mask.data[at]! / 255;
    if (alpha === 0) continue;
    const x = at % width;
    const y = Math.floor(at / width);
    const left = columns.low[x]!;
    const right = columns.high[x]!;
    const along = columns.share[x]!;
    const row = lit.red.width;
    const top = rows.low[y]! * row;
    const bottom = rows.high[y]! * row;
    const down = rows.share[y]!;
    const under = ({ data: from }: Plane): number =>
      bilinear(from[top + left]!, from[top + right]!, from[bottom + left]!, from[bottom + right]!, along, down);
    surface[0] = under(lit.red);
    surface[1] = under(lit.green);
    surface[2] = under(lit.blue);
    projection(x, y, spot);
    painter(spot, colour);
    light(surface, colour);
    const isInside = smoothstep(0.85, 1, alpha);
    for (let channel = 0; channel < 3; channel += 1) {
      const before = data[at * 4 + channel]!;
      const smooth = levelOf(surface[channel]!);
      const change = levelOf(developed(colour[channel]!)) - smooth - (1 - kept) * isInside * (before - smooth);
      // What is beside the surface stays in the pixels that it shares.
      data[at * 4 + channel] = Math.min(255, Math.max(0, Math.round(before + alpha * strength * change)));
    }
  }
}

/** A mean over as many samples as the pattern asks for. */
function createPainter({ paint, cell }: Material): (spot: Spot, out: Float64Array) => void {
  const inner: Spot = { u: 0, v: 0, spreadU: 0, spreadV: 0 };
  const one = new Float64Array(3);
  const countOf = (spread: number, size: number): number =>
    Math.min(MOST_SAMPLES, Math.max(1, Math.ceil((spread / size) * 2)));
  return (spot, out) => {
    const [across, down] = [countOf(spot.spreadU, cell[0]), countOf(spot.spreadV, cell[1])];
    if (across === 1 && down === 1) return paint(spot, out);
    out.fill(0);
    inner.spreadU = spot.spreadU / across;
    inner.spreadV = spot.spreadV / down;
    for (let sample = 0; sample < across * down; sample += 1) {
      inner.u = spot.u + ((sample % across) + 0.5 - across / 2) * inner.spreadU;
      inner.v = spot.v + (Math.floor(sample / across) + 0.5 - down / 2) * inner.spreadV;
      paint(inner, one);
      for (let channel = 0; channel < 3; channel += 1) out[channel]! += one[channel]! / (across * down);
    }
  };
}

/** Soft in the lights, as a camera is. */
const developed = (light: number): number =>
  light < 0.75 ? light : 0.75 + 0.25 * (1 - Math.exp(-(light - 0.75) / 0.25));

/** Light on the surface over its usual light: what is brighter is cut, and so is what is nearly black. */
const [LEAST_LIGHT, MOST_LIGHT] = [0.02, 5];
type Light = (surface: Float64Array, colour: Float64Array) => void;

/** Lights a reflectance as the surface is lit, given the surface's colour in its light. */
async function lightOf(picture: Picture, mask: Mask, lit: Lit): Promise<Light> {
  const usual = usualOf(lit, mask);
  const brightness = luminance(usual[0], usual[1], usual[2]);
  const { level, cast } = await lampsOf(picture);
  const hue = usual.map((value) => value / brightness);
  return (surface, colour) => {
    const here = luminance(surface[0]!, surface[1]!, surface[2]!);
    const share = Math.min(MOST_LIGHT, Math.max(LEAST_LIGHT, here / brightness));
    for (let channel = 0; channel < 3; channel += 1) {
      // Where a lamp glows or the sky looks in, the light has another colour than elsewhere on the surface.
      const shift = surface[channel]! / Math.max(1e-4, here) / Math.max(0.05, hue[channel]!);
      const tint = Math.min(1.35, Math.max(0.7, shift)) ** 0.7;
      colour[channel]! *= share * level * tint * cast[channel]!;
    }
  };
}

/** The colour of the surface in its usual light: of those sorted by brightness, the one at three fifths. */
function usualOf({ red, green, blue }: Lit, mask: Mask): [number, number, number] {
  const inside = resized(toPlane(mask), red.width, red.height).data;
  const places: number[] = [];
  for (let at = 0; at < inside.length; at += 3) if (inside[at]! > 0.9) places.push(at);
  const of = (at: number): number => luminance(red.data[at]!, green.data[at]!, blue.data[at]!);
  places.sort((one, other) => of(one) - of(other));
  const at = places[Math.floor(places.length * 0.6)] ?? 0;
  return [red.data[at]!, green.data[at]!, blue.data[at]!].map((value) => Math.max(2e-3, value)) as
    [number, number, number];
}
