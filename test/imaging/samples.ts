import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { toLab } from '../../src/imaging/local/raster/colour.ts';
import type { Picture } from '../../src/imaging/local/raster/picture.ts';
import type { Concept } from '../../src/imaging/local/index.ts';

export type Sample = 'interior' | 'bowl' | 'coffee' | 'cat' | 'portrait';

/** Pixels: the larger ones would take four times as long, and show nothing else. */
const longestSide = 640;

export async function sample(name: Sample): Promise<Buffer> {
  const file = await readFile(new URL(`../../examples/photos/${name}.jpg`, import.meta.url));
  const { width, height } = await sharp(file).metadata();
  if (Math.max(width, height) <= longestSide) return file;
  return sharp(file).resize(longestSide, longestSide, { fit: 'inside' }).jpeg({ quality: 95 }).toBuffer();
}

/** Of a product, hardly larger than the pipeline of product images takes. */
export async function productPhoto(): Promise<Buffer> {
  return sharp(await sample('bowl')).resize(480).jpeg({ quality: 90 }).toBuffer();
}

export async function pixels(file: Uint8Array): Promise<Picture> {
  const { data, info } = await sharp(file).autoOrient().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

export const removed: Concept = { action: 'remove', value: '' };
export const recolored = (value: string): Concept => ({ action: 'recolor', value });
export const toned = (value: string): Concept => ({ action: 'tone', value });
export const textured = (value: string): Concept => ({ action: 'texture', value });

/** Fractions of the picture. */
export type Part = readonly [x: number, y: number, width: number, height: number];

/** Visits the pixels of a part; `at` is the index of its red byte. */
export function each(picture: Picture, part: Part, visit: (at: number) => void): void {
  const left = Math.round(part[0] * picture.width);
  const right = Math.round((part[0] + part[2]) * picture.width);
  const bottom = Math.round((part[1] + part[3]) * picture.height);
  for (let y = Math.round(part[1] * picture.height); y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) visit((y * picture.width + x) * 4);
  }
}

/** The mean of L, a and b over a part. */
export function meanLab(picture: Picture, part: Part): { lightness: number; a: number; b: number } {
  const lab = new Float32Array(3);
  const sums = [0, 0, 0];
  let count = 0;
  each(picture, part, (at) => {
    toLab(picture.data[at]!, picture.data[at + 1]!, picture.data[at + 2]!, lab);
    lab.forEach((value, channel) => (sums[channel]! += value));
    count += 1;
  });
  return { lightness: sums[0]! / count, a: sums[1]! / count, b: sums[2]! / count };
}

/** The mean difference of 8-bit channels over a part. */
export function meanChange(before: Picture, after: Picture, part: Part): number {
  let sum = 0;
  let count = 0;
  each(before, part, (at) => {
    for (let channel = 0; channel < 3; channel += 1) {
      sum += Math.abs(before.data[at + channel]! - after.data[at + channel]!);
      count += 1;
    }
  });
  return sum / count;
}

/** The share of the part's pixels whose alpha is in the range. */
export function alphaShare(picture: Picture, part: Part, least: number, most: number): number {
  let inside = 0;
  let count = 0;
  each(picture, part, (at) => {
    const alpha = picture.data[at + 3]!;
    if (alpha >= least && alpha <= most) inside += 1;
    count += 1;
  });
  return inside / count;
}

export const WHOLE: Part = [0, 0, 1, 1];

/** The standard deviation of L over a part: how much grain and drawing it has. */
export function roughness(picture: Picture, part: Part): number {
  const lab = new Float32Array(3);
  let [sum, squares, count] = [0, 0, 0];
  each(picture, part, (at) => {
    toLab(picture.data[at]!, picture.data[at + 1]!, picture.data[at + 2]!, lab);
    sum += lab[0]!;
    squares += lab[0]! ** 2;
    count += 1;
  });
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}

/** A product on a plain, unevenly lit backdrop with a soft shadow: made of a cut-out of `bowl.jpg`. */
export async function onPlainBackdrop(cutOut: Uint8Array): Promise<{ photo: Buffer; subject: Part }> {
  const [width, height] = [600, 456];
  const backdrop = Buffer.alloc(width * height * 3);
  let state = 1;
  const noise = (): number => (state = (state * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32;
  for (let at = 0; at < width * height; at += 1) {
    const far = ((at % width) / width - 0.4) ** 2 + (Math.floor(at / width) / height - 0.3) ** 2;
    const grain = (noise() - 0.5) * 4;
    [214, 210, 203].forEach((level, channel) => (backdrop[at * 3 + channel] = Math.round(level - 38 * far + grain)));
  }
  const subject = await sharp(cutOut).resize(312).png().toBuffer();
  const shape = await sharp(subject).metadata();
  const alpha = await sharp(subject).extractChannel(3).toColourspace('b-w').raw().toBuffer();
  const dark = Buffer.alloc(alpha.length * 4);
  alpha.forEach((value, at) => (dark[at * 4 + 3] = Math.round(value * 0.45)));
  const clear = { r: 0, g: 0, b: 0, alpha: 0 };
  const shadow = await sharp(dark, { raw: { width: shape.width, height: shape.height, channels: 4 } })
    .extend({ top: 36, bottom: 36, left: 36, right: 36, background: clear })
    .blur(7)
    .png()
    .toBuffer();
  const [left, top] = [144, 120];
  const photo = await sharp(backdrop, { raw: { width, height, channels: 3 } })
    .composite([
      { input: shadow, left: left - 36, top: top - 36 + 11 },
      { input: subject, left, top },
    ])
    .jpeg({ quality: 90 })
    .toBuffer();
  return { photo, subject: [left / width, top / height, shape.width / width, shape.height / height] };
}
