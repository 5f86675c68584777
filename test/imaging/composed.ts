import sharp from 'sharp';
import type { PlainBackground, Unusable } from '../../src/imaging/local/cutout/plain-background.ts';
import { deadlineIn } from '../../src/imaging/local/deadline.ts';
import { decode } from '../../src/imaging/local/files/decode.ts';
import type { Mask } from '../../src/imaging/local/raster/mask.ts';
import { hashed } from '../../src/imaging/local/raster/noise.ts';
import type { Picture } from '../../src/imaging/local/raster/picture.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** Something drawn: how far (in pixels) a point is outside of it, negative within, and its colour there. */
export interface Shape {
  readonly distance: (x: number, y: number) => number;
  readonly colour: (x: number, y: number) => Colour;
}

export interface Composition {
  readonly width: number;
  readonly height: number;
  readonly backdrop: (x: number, y: number) => Colour;
  readonly shapes: readonly Shape[];
  /** A soft shadow: where, and how far it reaches in pixels; 0.35 of the light is lost in its middle. */
  readonly shadow?: { readonly x: number; readonly y: number; readonly rx: number; readonly ry: number };
  /** Largest deviation of a channel, in 8-bit steps. */
  readonly noise?: number;
  /** Of the JPEG; 90 unless given. */
  readonly quality?: number;
}

export interface Composed {
  /** A JPEG. */
  readonly photo: Buffer;
  /** What is subject, 0..255 at each pixel. */
  readonly truth: Uint8Array;
}

/** Draws shapes over a backdrop, edges one pixel soft, with noise, as a JPEG; and tells the mask. */
export async function composed(scene: Composition): Promise<Composed> {
  const { width, height, noise = 3, shadow } = scene;
  const data = Buffer.alloc(width * height * 3);
  const truth = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      let colour = scene.backdrop(x, y);
      if (shadow !== undefined) {
        const far = ((x - shadow.x) / shadow.rx) ** 2 + ((y - shadow.y) / shadow.ry) ** 2;
        const light = 1 - 0.35 * Math.exp(-2 * far);
        colour = [colour[0] * light, colour[1] * light, colour[2] * light];
      }
      let covered = 0;
      for (const shape of scene.shapes) {
        const alpha = Math.min(1, Math.max(0, 0.5 - shape.distance(x, y)));
        if (alpha === 0) continue;
        const own = shape.colour(x, y);
        const rest = 1 - alpha;
        colour = [
          colour[0] * rest + own[0] * alpha, colour[1] * rest + own[1] * alpha, colour[2] * rest + own[2] * alpha,
        ];
        covered = covered + alpha * (1 - covered);
      }
      truth[at] = Math.round(covered * 255);
      for (let channel = 0; channel < 3; channel += 1) {
        const grain = (hashed(x * 3 + channel, y, 7) + hashed(x * 3 + channel, y, 11) - 1) * noise;
        data[at * 3 + channel] = Math.round(Math.min(255, Math.max(0, colour[channel]! + grain)));
      }
    }
  }
  const photo = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: scene.quality ?? 90 })
    .toBuffer();
  return { photo, truth };
}

/** What was found on a plain backdrop; undefined where the backdrop was of no use. */
export const usable = (found: PlainBackground | Unusable): PlainBackground | undefined =>
  'matte' in found ? found : undefined;

/** The light of one lamp: falls off from a point by about `loss` of 8-bit steps over the picture's width. */
export const lampLit = (base: Colour, width: number, loss = 25, x0 = 0.45, y0 = 0.35) =>
  (x: number, y: number): Colour => {
    const far = ((x / width - x0) ** 2 + (y / width - y0) ** 2) * loss * 2;
    return [base[0] - far, base[1] - far, base[2] - far];
  };

export const evenly = (...colour: Colour) => (): Colour => colour;

export const ellipse = (x0: number, y0: number, rx: number, ry: number) => (x: number, y: number): number =>
  (Math.sqrt(((x - x0) / rx) ** 2 + ((y - y0) / ry) ** 2) - 1) * Math.min(rx, ry);

export const box = (left: number, top: number, right: number, bottom: number) => (x: number, y: number): number =>
  Math.max(left - x, x - right, top - y, y - bottom);

export const line = (x0: number, y0: number, x1: number, y1: number, wide: number): Distance => (x, y) => {
  const square = (x1 - x0) ** 2 + (y1 - y0) ** 2;
  const along = Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / square));
  return Math.sqrt((x - x0 - along * (x1 - x0)) ** 2 + (y - y0 - along * (y1 - y0)) ** 2) - wide / 2;
};

export type Distance = Shape['distance'];

export const minus = (one: Distance, other: Distance): Distance => (x, y) => Math.max(one(x, y), -other(x, y));
/** It is asked for each pixel, of up to a hundred shapes. */
export const either = (...all: readonly Distance[]): Distance => (x, y) => {
  let least = Infinity;
  for (const one of all) least = Math.min(least, one(x, y));
  return least;
};

/** Intersection over union of two masks at half of full alpha. */
export function iouOf(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let [shared, whole] = [0, 0];
  for (let at = 0; at < one.length; at += 1) {
    const [here, there] = [one[at]! >= 128, other[at]! >= 128];
    if (here && there) shared += 1;
    if (here || there) whole += 1;
  }
  return whole === 0 ? 1 : shared / whole;
}

/** The alpha of a picture as a mask. */
export function alphaOf({ width, height, data }: Picture): Mask {
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, at) => data[at * 4 + 3]!) };
}

const limits = { maxBytes: 40e6, maxPixels: 50e6, timeoutMs: 600_000 };

export async function decoded(file: Uint8Array): Promise<Picture> {
  return (await decode(file, limits, deadlineIn(limits.timeoutMs, undefined))).picture;
}
