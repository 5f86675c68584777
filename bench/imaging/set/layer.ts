import sharp from 'sharp';
import { boxMean, plane, resized, soften, type Plane } from '../../../src/imaging/local/raster/filter.ts';
import { fractal } from '../../../src/imaging/local/raster/noise.ts';

/** One part of a subject: a flat drawing that is given volume, texture and light when it is rendered. */
export interface Layer {
  /** SVG elements in a square of 1000 x 1000, without text (fonts differ between machines). */
  readonly svg: string;
  /** How far from its edge the part is round, in units of the drawing; 0 for a flat part. */
  readonly round?: number;
  /** 0..1: dull to polished. */
  readonly gloss?: number;
  /** Contrast (0..1) of the material's texture. */
  readonly grain?: number;
  /** Cells of the texture across the square. */
  readonly cells?: number;
}

/** A subject without its background: premultiplied colours (0..255) and alpha (0..1) of a square. */
export interface Rendered {
  readonly side: number;
  readonly colour: Float32Array;
  readonly alpha: Float32Array;
}

/** From the upper left, towards the camera. */
const LIGHT = normalised(-0.45, -0.6, 0.66);
const HALFWAY = normalised(LIGHT[0], LIGHT[1], LIGHT[2] + 1);
/** Light and texture are made at this size and enlarged. */
const SHADING_SIDE = 800;
const TEXTURE_SIDE = 256;

/** Draws the layers over each other. Alpha is the renderer's own, so it is known exactly. */
export async function render(layers: readonly Layer[], side: number, seed: number): Promise<Rendered> {
  const out: Rendered = { side, colour: new Float32Array(side * side * 3), alpha: new Float32Array(side * side) };
  for (const [index, layer] of layers.entries()) {
    const pixels = await drawn(layer.svg, side);
    light(pixels, side, layer, seed + index * 17);
    for (let at = 0; at < out.alpha.length; at += 1) {
      const alpha = pixels[at * 4 + 3]! / 255;
      if (alpha === 0) continue;
      for (let channel = 0; channel < 3; channel += 1) {
        const to = at * 3 + channel;
        out.colour[to] = out.colour[to]! * (1 - alpha) + pixels[at * 4 + channel]! * alpha;
      }
      out.alpha[at] = out.alpha[at]! * (1 - alpha) + alpha;
    }
  }
  return out;
}

/** SVG elements of a 1000 x 1000 square as RGBA. */
export async function drawn(elements: string, width: number, height: number = width): Promise<Uint8Array> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 1000 1000"` +
    ` preserveAspectRatio="none">${elements}</svg>`;
  return sharp(Buffer.from(svg), { unlimited: true }).ensureAlpha().raw().toBuffer();
}

/**
 * Shades a flat drawing as if it were inflated: its blurred alpha is a height, whose slope the light falls on. Texture
 * changes colour and, a little, the slope.
 */
function light(pixels: Uint8Array, side: number, layer: Layer, seed: number): void {
  const { round = 0, gloss = 0.3, grain = 0.05, cells = 24 } = layer;
  const small = Math.min(side, SHADING_SIDE);
  const texture = fractal(TEXTURE_SIDE, Math.max(2, Math.round(cells / 3)), 3, 0.6, seed).data;
  const height = inflated(pixels, side, small, round).data;
  const [factor, shine] = [plane(small, small), plane(small, small)];
  const steep = round === 0 ? 0 : 1.1;
  const bump = grain * 3;
  const polish = 190 * gloss * (round === 0 ? 0.15 : 1);
  for (let at = 0; at < height.length; at += 1) {
    const row = (Math.floor(at / small) % TEXTURE_SIDE) * TEXTURE_SIDE;
    const cell = row + ((at % small) % TEXTURE_SIDE);
    const right = row + ((cell + 1) % TEXTURE_SIDE);
    const below = (cell + TEXTURE_SIDE) % texture.length;
    const grainHere = texture[cell]!;
    const along = (height[at - 1] ?? 0) - (height[at + 1] ?? 0);
    const down = (height[at - small] ?? 0) - (height[at + small] ?? 0);
    const x = along * steep - (texture[right]! - grainHere) * bump;
    const y = down * steep - (texture[below]! - grainHere) * bump;
    const length = Math.sqrt(x * x + y * y + 1);
    const diffuse = Math.max(0, (x * LIGHT[0] + y * LIGHT[1] + LIGHT[2]) / length);
    const facing = Math.max(0, (x * HALFWAY[0] + y * HALFWAY[1] + HALFWAY[2]) / length);
    factor.data[at] = (0.46 + 0.82 * diffuse) * (1 + grainHere * grain);
    shine.data[at] = polish * facing ** 40;
  }
  const [factors, shines] = [resized(factor, side, side).data, resized(shine, side, side).data];
  for (let at = 0; at < side * side; at += 1) {
    if (pixels[at * 4 + 3] === 0) continue;
    for (let channel = 0; channel < 3; channel += 1) {
      pixels[at * 4 + channel] = Math.min(255, Math.round(pixels[at * 4 + channel]! * factors[at]! + shines[at]!));
    }
  }
}

function inflated(pixels: Uint8Array, side: number, small: number, round: number): Plane {
  const full = plane(side, side);
  for (let at = 0; at < full.data.length; at += 1) full.data[at] = pixels[at * 4 + 3]! / 255;
  // Averaged before it is sampled, so that thin parts are not lost.
  const alpha = resized(side > small ? boxMean(full, Math.floor(side / small / 2)) : full, small, small);
  const out = plane(small, small);
  if (round === 0) return out;
  const unit = small / 1000;
  for (const share of [1, 0.45, 0.15]) {
    const radius = Math.max(1, round * share * unit);
    const blurred = soften(alpha, radius);
    for (let at = 0; at < out.data.length; at += 1) out.data[at]! += blurred.data[at]! * radius * 0.8;
  }
  return out;
}

function normalised(x: number, y: number, z: number): readonly [number, number, number] {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
