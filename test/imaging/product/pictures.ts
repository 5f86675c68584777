import sharp from 'sharp';
import type { Placement } from '../../../src/domain/scene.ts';
import { createWorkshop } from '../../../src/imaging/local/product/workshop.ts';
import { hashed } from '../../../src/imaging/local/raster/noise.ts';
import type { Picture } from '../../../src/imaging/local/raster/picture.ts';

/** A studio that finds no products: tests give it the masks. */
export const studio = createWorkshop({
  restyler: () => Promise.reject(new Error('there are no models in this test')),
  timeoutMs: 300_000,
});

export const { signal } = new AbortController();

/** Whether a place is product, 0 to 1, and its colour there. */
export interface Shape {
  readonly cover: (x: number, y: number) => number;
  readonly colour: (x: number, y: number) => readonly [number, number, number];
}

export function drawnAs({ cover, colour }: Shape, width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 4;
      data.set(colour(x, y), at);
      data[at + 3] = Math.round(255 * cover(x, y));
    }
  }
  return { width, height, data };
}

export const png = ({ width, height, data }: Picture): Promise<Buffer> =>
  sharp(data, { raw: { width, height, channels: 4 } }).png({ compressionLevel: 1 }).toBuffer();

/** A box, 600 x 700, that stands on flat ground: red with a pattern, as no background here is. */
export const box: Shape = {
  cover: (x, y) => (x >= 200 && x < 800 && y >= 150 && y < 850 ? 1 : 0),
  colour: (x, y) => [190 + 30 * Math.sin(x / 40), 60 + 20 * Math.cos(y / 50), 50],
};

/** A ring that lies flat. */
export const ring: Shape = {
  cover: (x, y) => Math.min(1, Math.max(0, 40 - Math.abs(Math.hypot(x - 500, y - 500) - 300))),
  colour: () => [200, 150, 40],
};

/** A background without any feature, so that whatever changes on it is the studio's doing. */
export async function plainBackground(level = 200, side = 1024): Promise<Buffer> {
  const data = Buffer.alloc(side * side * 3);
  for (let at = 0; at < data.length; at += 1) data[at] = level + Math.round(hashed(at, 0, 3));
  return sharp(data, { raw: { width: side, height: side, channels: 3 } }).png({ compressionLevel: 1 }).toBuffer();
}

export const placed = (more: Partial<Placement> = {}): Placement => ({
  light: 'left', shadow: 0, margins: { top: 0.1, bottom: 0.1, sides: 0.1 }, ...more,
});

/** The mean level of the three channels over a part of a picture, in pixels. */
export function levelIn(picture: Picture, left: number, top: number, width: number, height: number): number {
  let sum = 0;
  for (let y = top; y < top + height; y += 1) {
    for (let x = left; x < left + width; x += 1) {
      const at = (y * picture.width + x) * 4;
      sum += picture.data[at]! + picture.data[at + 1]! + picture.data[at + 2]!;
    }
  }
  return sum / (3 * width * height);
}

/** Where pixels are much redder than grey. */
export function redBox(picture: Picture): { left: number; top: number; right: number; bottom: number } {
  let [left, top, right, bottom] = [picture.width, picture.height, 0, 0];
  for (let at = 0; at < picture.data.length; at += 4) {
    if (picture.data[at]! - picture.data[at + 2]! < 60) continue;
    const [x, y] = [(at / 4) % picture.width, Math.floor(at / 4 / picture.width)];
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  return { left, top, right, bottom };
}
