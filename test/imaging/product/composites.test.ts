import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Placement } from '../../../src/domain/scene.ts';
import { toLab } from '../../../src/imaging/local/raster/colour.ts';
import type { Picture } from '../../../src/imaging/local/raster/picture.ts';
import type { Composite } from '../../../src/ports/studio.ts';
import { pixels } from '../samples.ts';
import {
  box, drawnAs, levelIn, placed, plainBackground, png, redBox, ring, signal, studio, type Shape,
} from './pictures.ts';

let background: Buffer;
let [boxFile, ringFile]: Buffer[] = [];
beforeAll(async () => {
  background = await plainBackground();
  [boxFile, ringFile] = await Promise.all([box, ring].map((shape) => png(drawnAs(shape, 1000, 1000))));
});

/** 2048 x 1152. */
async function wide(cutOut: Uint8Array, placement: Placement): Promise<Picture> {
  const [made] = await studio.compose({ cutOut, background, placement, aspects: ['16x9'] }, signal);
  return pixels(made!.master);
}

describe('a composite', () => {
  let all: readonly Composite[];
  let plain: Picture;
  beforeAll(async () => {
    const order = { cutOut: boxFile!, background, placement: placed(), aspects: ['1x1', '4x5', '16x9'] as const };
    all = await studio.compose(order, signal);
    plain = await pixels(all[0]!.master);
  });

  it('is a JPEG of its aspect with the profile of sRGB, and a thumbnail of 400 pixels on the longer side', async () => {
    const sizes = await Promise.all(all.map(async ({ aspect, master, thumb, width, height }) => {
      const [large, small] = await Promise.all([sharp(master).metadata(), sharp(thumb).metadata()]);
      expect([large.format, small.format, large.hasProfile, small.hasProfile]).toEqual(['jpeg', 'jpeg', true, true]);
      expect([large.width, large.height]).toEqual([width, height]);
      return [aspect, width, height, small.width, small.height];
    }));
    expect(sizes).toEqual([
      ['1x1', 2048, 2048, 400, 400], ['4x5', 1638, 2048, 320, 400], ['16x9', 2048, 1152, 400, 225],
    ]);
  });

  it('keeps the margins, enlarges a product by half at most, and has it in the middle, below rather than above', () => {
    const { left, top, right, bottom } = redBox(plain);
    // 600 x 700, by 1.5.
    expect([right - left, bottom - top].map((side) => Math.abs(side - [900, 1050][side > 950 ? 1 : 0]!) <= 4)).toEqual(
      [true, true],
    );
    expect(Math.abs(left + right - 2048)).toBeLessThanOrEqual(4);
    const [above, below] = [top - 205, 1843 - bottom];
    expect([above > below, below > 0]).toEqual([true, true]);
  });

  it('shows the product within all margins where there is room enough', async () => {
    const { left, top, right, bottom } = redBox(await pixels(all[2]!.master));
    // As high as the margins of 10 % allow.
    expect([top, bottom].map((y, at) => Math.abs(y - [115, 1037][at]!) <= 3)).toEqual([true, true]);
    expect([left > 204, right < 1844]).toEqual([true, true]);
  });

  it('does not change the colours of the product', async () => {
    const { left, top } = redBox(plain);
    const size = { width: 900, height: 1050 };
    const source = await sharp(boxFile).extract({ left: 200, top: 150, width: 600, height: 700 })
      .resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' }).removeAlpha().raw().toBuffer();
    const [one, other] = [new Float32Array(3), new Float32Array(3)];
    let [sum, count] = [0, 0];
    for (let y = 30; y < size.height - 30; y += 3) {
      for (let x = 30; x < size.width - 30; x += 3) {
        const [at, from] = [((top + y) * 2048 + left + x) * 4, (y * size.width + x) * 3];
        toLab(plain.data[at]!, plain.data[at + 1]!, plain.data[at + 2]!, one);
        toLab(source[from]!, source[from + 1]!, source[from + 2]!, other);
        sum += Math.hypot(one[0]! - other[0]!, one[1]! - other[1]!, one[2]! - other[2]!);
        count += 1;
      }
    }
    expect(sum / count).toBeLessThan(1);
  });

  it('has a shadow below the product and away from the light, none above it and none on it', async () => {
    const shaded = placed({ shadow: 0.8 });
    const [lit, mirrored] = await Promise.all([wide(boxFile!, shaded), wide(boxFile!, { ...shaded, light: 'right' })]);
    const flat = await pixels(all[2]!.master);
    const { left, top, right, bottom } = redBox(flat);
    const change = (picture: Picture, x: number, y: number, width: number, height: number): number =>
      levelIn(flat, x, y, width, height) - levelIn(picture, x, y, width, height);
    expect(change(lit, left + 60, bottom + 3, 600, 6)).toBeGreaterThan(60);
    expect(change(lit, left + 60, bottom + 40, 600, 8)).toBeGreaterThan(5);
    expect(Math.abs(change(lit, left + 10, top + 10, right - left - 20, bottom - top - 20))).toBeLessThan(0.5);
    expect(Math.abs(change(lit, 0, 0, 2048, top - 60))).toBeLessThan(0.5);
    // The light comes from the left.
    const [near, far] = [left - 160, right + 60];
    const onRight = change(lit, far, bottom - 45, 100, 30);
    expect(onRight).toBeGreaterThan(change(lit, near, bottom - 45, 100, 30) + 8);
    expect(Math.abs(change(mirrored, near, bottom - 45, 100, 30) - onRight)).toBeLessThan(2);
  });
});

describe('a product that lies flat', () => {
  it('is in the middle, with a soft shadow all along it, in its hole too, and the same each time', async () => {
    const order = {
      cutOut: ringFile!, background, placement: placed({ shadow: 0.8 }), aspects: ['16x9'] as const,
    };
    const [one, again] = await Promise.all([studio.compose(order, signal), studio.compose(order, signal)]);
    expect(Buffer.compare(one[0]!.master, again[0]!.master)).toBe(0);
    const lit = await pixels(one[0]!.master);
    const { top, bottom } = redBox(lit);
    expect(Math.abs(top + bottom - 1152)).toBeLessThanOrEqual(6);
    const darker = (x: number, y: number): number => 200.5 - levelIn(lit, x, y, 60, 12);
    const thick = Math.round((bottom - top) * (80 / 680));
    expect(darker(1000, top + thick + 6)).toBeGreaterThan(15);
    expect(darker(1000, bottom + 6)).toBeGreaterThan(15);
    expect(Math.abs(darker(1000, 570))).toBeLessThan(1);
  });
});

describe('a product that the frame of its photo cuts off', () => {
  it('reaches the same edge of the picture, and throws no shadow there', async () => {
    const bust: Shape = { ...box, cover: (x, y) => (x >= 200 && x < 800 && y >= 400 ? 1 : 0) };
    const lit = await wide(await png(drawnAs(bust, 1000, 1000)), placed({ shadow: 0.8 }));
    const { bottom, left } = redBox(lit);
    expect(bottom).toBe(1152);
    expect(levelIn(lit, left - 60, 1124, 40, 20)).toBeGreaterThan(199);
  });
});

describe('a background', () => {
  const compose = (given: Uint8Array) =>
    studio.compose({ cutOut: boxFile!, background: given, placement: placed(), aspects: ['16x9'] }, signal);

  it('is refused when it is transparent, too small, or no picture', async () => {
    const create = { width: 600, height: 600, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } as const;
    const clear = await sharp({ create }).png().toBuffer();
    await expect(compose(clear)).rejects.toMatchObject({
      code: 'QUALITY_CHECK_FAILED', message: expect.stringContaining('transparent (100 % of it)'),
    });
    await expect(compose(await plainBackground(200, 100))).rejects.toMatchObject({
      code: 'QUALITY_CHECK_FAILED', message: expect.stringContaining('100 x 100 pixels'),
    });
    await expect(compose(Buffer.from('<html>busy</html>'))).rejects.toMatchObject({
      code: 'INVALID_IMAGE', message: expect.stringContaining('The background cannot be used.'),
    });
  });
});
