import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Concept, Restyler } from '../../src/imaging/local/index.ts';
import type { Picture } from '../../src/imaging/local/raster/picture.ts';
import { createRememberingRestyler } from './remembered.ts';
import { pixels, recolored, removed, textured, toned } from './samples.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let restyler: Restyler;
beforeAll(async () => {
  restyler = await createRememberingRestyler();
});
afterAll(() => restyler.close());

const cup = (): Promise<Buffer> => readFile(new URL('../../bench/imaging/given/cup-alpha.png', import.meta.url));

type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

function drawn(width: number, height: number, colourAt: (x: number, y: number) => Rgba): Promise<Buffer> {
  const data = Buffer.alloc(width * height * 4);
  for (let at = 0; at < width * height; at += 1) {
    data.set(colourAt((at % width) + 0.5, Math.floor(at / width) + 0.5), at * 4);
  }
  return sharp(data, { raw: { width, height, channels: 4 } }).png().toBuffer();
}

/** How much of a pixel is within an outline, by its distance from it in pixels: negative inside. */
const share = (distance: number): number => Math.round(255 * Math.min(1, Math.max(0, 0.5 - distance)));

/** A disc and a ring that touch nothing, black where they are transparent, with soft edges. */
const shapes = (): Promise<Buffer> =>
  drawn(240, 160, (x, y) => {
    const disc = share(Math.hypot(x - 70, y - 80) - 45);
    const ring = share(Math.abs(Math.hypot(x - 175, y - 80) - 36) - 7);
    return disc > 0 ? [192, 48, 32, disc] : ring > 0 ? [32, 96, 192, ring] : [0, 0, 0, 0];
  });

let shapesFile: Buffer;
beforeAll(async () => {
  shapesFile = await shapes();
});

async function restyled(image: Buffer, background: Concept) {
  const { result, masks } = await restyler.restyle({ image, concepts: { background }, protect: ['subject'] });
  return { after: await pixels(result), before: await pixels(image), masks };
}

/** Red, green and blue of the pixels that were transparent, without repetitions. */
function behind(before: Picture, after: Picture): ReadonlySet<string> {
  const found = new Set<string>();
  for (let at = 0; at < after.data.length; at += 4) {
    if (before.data[at + 3] === 0) found.add([...after.data.subarray(at, at + 4)].join());
  }
  return found;
}

function keepsSubject(before: Picture, after: Picture): boolean {
  for (let at = 0; at < after.data.length; at += 4) {
    if (before.data[at + 3] !== 255) continue;
    for (let channel = 0; channel < 4; channel += 1) {
      if (before.data[at + channel] !== after.data[at + channel]) return false;
    }
  }
  return true;
}

describe.each([['a photo of a cup', cup], ['shapes drawn apart', async () => shapesFile]])(
  'an upload that is cut out already: %s',
  (_name, image) => {
    test('has the colour that is asked for everywhere behind it, and its own colours as they were', async () => {
      const { before, after, masks } = await restyled(await image(), recolored('#000080'));
      expect(masks['background']).toBe('alpha');
      expect([...behind(before, after)]).toEqual(['0,0,128,255']);
      expect(keepsSubject(before, after)).toBe(true);
    });

    test('stands before white up to the corners, without a shadow if none is wanted', async () => {
      const { before, after } = await restyled(await image(), { ...recolored('white'), shadow: false });
      expect([...behind(before, after)]).toEqual(['255,255,255,255']);
      expect(keepsSubject(before, after)).toBe(true);
    });

    test('keeps its alpha when the background is removed', async () => {
      const { before, after } = await restyled(await image(), removed);
      let most = 0;
      for (let at = 3; at < after.data.length; at += 4) {
        most = Math.max(most, Math.abs(before.data[at]! - after.data[at]!));
      }
      expect(most).toBe(0);
    });

    test('stands before an opaque wall of plaster', async () => {
      const { before, after } = await restyled(await image(), textured('plaster'));
      const seen = [...behind(before, after)].map((pixel) => pixel.split(',').map(Number));
      expect(seen.every(([red = 0, , , alpha]) => alpha === 255 && red > 120)).toBe(true);
      expect(seen.length).toBeGreaterThan(5);
      expect(keepsSubject(before, after)).toBe(true);
    });

    test('has nothing behind it that could have a tone', async () => {
      await expect(restyled(await image(), toned('warm'))).rejects.toMatchObject({ code: 'no_mask' });
    });
  },
);

test('a picture with rounded corners is not cut out: its subject is found as in any other', async () => {
  const corner = 12;
  const image = await drawn(200, 200, (x, y) => {
    const [across, down] = [x, y].map((at) => Math.max(0, corner - Math.min(at, 200 - at)));
    const isDisc = Math.hypot(x - 100, y - 100) < 50;
    const alpha = share(Math.hypot(across!, down!) - corner);
    return isDisc ? [170, 51, 51, alpha] : [221, 221, 221, alpha];
  });
  const { masks } = await restyler.restyle({ image, concepts: { background: removed }, protect: [] });
  expect(masks['background']).not.toBe('alpha');
});
