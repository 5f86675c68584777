import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { plane, soften } from '../../../src/imaging/local/raster/filter.ts';
import { spread } from '../../../src/imaging/local/raster/spread.ts';
import type { Composed } from './frame.ts';
import type { Rendered } from './layer.ts';

const inExamples = (name: string): string => fileURLToPath(
  new URL(`../../../examples/photos/${name}`, import.meta.url),
);
const inGiven = (name: string): string => fileURLToPath(new URL(`../given/${name}`, import.meta.url));

interface Pixels { readonly width: number; readonly height: number; readonly data: Uint8Array }

async function rgba(file: string): Promise<Pixels> {
  const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** The cup of `coffee.jpg`, from a cut-out that was made by hand. */
export async function cup(side: number): Promise<Rendered> {
  return squared(await rgba(inGiven('cup-alpha.png')), side);
}

/**
 * The bowl of `bowl.jpg`. Concrete is grey and the bowl is red: its outline is where red exceeds blue, and what lies
 * within the outline belongs to it, the fig too. The concrete has red specks, which are apart from it.
 */
export async function bowl(side: number): Promise<Rendered> {
  const pixels = await rgba(inExamples('bowl.jpg'));
  const { width, height, data } = pixels;
  const red = plane(width, height);
  for (let at = 0; at < red.data.length; at += 1) {
    red.data[at] = data[at * 4]! - data[at * 4 + 2]! > 26 ? 1 : 0;
  }
  const calm = soften(red, 2);
  const outside = flooded(width, height, frameOf(width, height), (at) => calm.data[at]! < 0.5);
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
  const whole = flooded(width, height, [middle], (at) => outside[at] === 0);
  const inside = plane(width, height);
  inside.data.set(whole);
  // Drawn in by a pixel, so that no concrete is in the edge.
  const soft = soften(inside, 2);
  const kept = new Uint8Array(data);
  for (let at = 0; at < inside.data.length; at += 1) {
    kept[at * 4 + 3] = Math.round(255 * Math.min(1, Math.max(0, soft.data[at]! * 2.4 - 1.4)));
  }
  return squared({ width, height, data: kept }, side);
}

function frameOf(width: number, height: number): number[] {
  const cells: number[] = [];
  for (let x = 0; x < width; x += 1) cells.push(x, (height - 1) * width + x);
  for (let y = 0; y < height; y += 1) cells.push(y * width, y * width + width - 1);
  return cells;
}

/** Cells that are reached from some through cells that pass. */
function flooded(
  width: number,
  height: number,
  from: readonly number[],
  passes: (at: number) => boolean,
): Uint8Array {
  const out = new Uint8Array(width * height);
  const enters = (at: number): boolean => {
    if (out[at] === 1 || !passes(at)) return false;
    out[at] = 1;
    return true;
  };
  spread(width, height, from.filter(enters), enters);
  return out;
}

async function squared(pixels: Pixels, side: number): Promise<Rendered> {
  const raw = { width: pixels.width, height: pixels.height, channels: 4 as const };
  const clear = { r: 0, g: 0, b: 0, alpha: 0 };
  const data = await sharp(pixels.data, { raw })
    .resize(side, side, { fit: 'contain', background: clear, kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  const out: Rendered = { side, colour: new Float32Array(side * side * 3), alpha: new Float32Array(side * side) };
  for (let at = 0; at < side * side; at += 1) {
    out.alpha[at] = data[at * 4 + 3]! / 255;
    for (let channel = 0; channel < 3; channel += 1) {
      out.colour[at * 3 + channel] = data[at * 4 + channel]! * out.alpha[at]!;
    }
  }
  return out;
}

/** A photo as it was given, with its mask (white is subject) as a file beside it. */
export async function given(photo: string, mask: string): Promise<Composed> {
  const file = await readFile(inGiven(photo));
  const { data, info } = await sharp(inGiven(mask)).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  const alpha = new Uint8Array(info.width * info.height);
  for (let at = 0; at < alpha.length; at += 1) alpha[at] = data[at * info.channels]!;
  return { photo: file, width: info.width, height: info.height, alpha };
}
