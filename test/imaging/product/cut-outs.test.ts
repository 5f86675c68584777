import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../src/imaging/local/raster/picture.ts';
import { pixels } from '../samples.ts';
import { box, drawnAs, png, signal, studio, type Shape } from './pictures.ts';

const [width, height] = [360, 300];
/** A disc with an edge some pixels soft, red, before green. */
const disc = (x: number, y: number, radius = 120): number =>
  Math.min(1, Math.max(0, 0.5 - (Math.hypot(x - 180, y - 150) - radius) / 4));
const red = [200, 40, 40] as const;
const green = [40, 170, 60] as const;
const photographed: Shape = {
  cover: () => 1,
  colour: (x, y) => {
    const share = disc(x, y);
    return [0, 1, 2].map((channel) => Math.round(red[channel]! * share + green[channel]! * (1 - share))) as never;
  },
};
const photo = drawnAs(photographed, width, height);

/** White where the product is. */
function grey(cover: (x: number, y: number) => number, [across, down] = [width, height]): Picture {
  return drawnAs({ cover: () => 1, colour: (x, y) => {
    const level = Math.round(255 * cover(x, y));
    return [level, level, level];
  } }, across, down);
}

const cut = async (original: Uint8Array, mask: Picture) => studio.cutOut({ original, mask: await png(mask) }, signal);

describe('a cut-out', () => {
  it('keeps every byte within, and has none of the old background at its edge', async () => {
    const made = await cut(await png(photo), grey(disc));
    expect([made.width, made.height]).toEqual([width, height]);
    const result = await pixels(made.png);
    let [inside, changed, edge, green] = [0, 0, 0, 0];
    for (let at = 0; at < result.data.length; at += 4) {
      const alpha = result.data[at + 3]!;
      if (alpha === 255) {
        inside += 1;
        for (let channel = at; channel < at + 3; channel += 1) {
          if (result.data[channel] !== photo.data[channel]) changed += 1;
        }
      }
      if (alpha < 100 || alpha > 200) continue;
      edge += 1;
      // The photo has up to 140 of green here, and down to 100 of red.
      if (result.data[at + 1]! > 75 || result.data[at]! < 165) green += 1;
    }
    expect({ inside: inside > 40_000, changed, edge: edge > 200, green }).toEqual({
      inside: true, changed: 0, edge: true, green: 0,
    });
  });

  it('takes a mask of another size, as alpha or as white on black, with the same result', async () => {
    const small = (x: number, y: number): number => disc(x * 2 + 0.5, y * 2 + 0.5);
    const asAlpha = drawnAs({ cover: small, colour: () => [0, 0, 0] }, width / 2, height / 2);
    const file = await png(photo);
    const [one, other] = [await cut(file, asAlpha), await cut(file, grey(small, [width / 2, height / 2]))];
    expect(Buffer.compare(one.png, other.png)).toBe(0);
    const row = (await pixels(one.png)).data.subarray(150 * width * 4);
    const off = Array.from({ length: width }, (_, x) => Math.abs(row[x * 4 + 3]! / 255 - disc(x, 150)));
    expect(Math.max(...off)).toBeLessThan(0.2);
  });

  it('is upright, whatever the orientation in the file', async () => {
    const sideways = await sharp(await png(photo)).rotate(270).jpeg({ quality: 95 }).withMetadata({ orientation: 6 })
      .toBuffer();
    const made = await cut(sideways, grey(disc));
    expect([made.width, made.height]).toEqual([width, height]);
    // The same of a mask that lies on its side, as the photo is stored.
    const stored = grey((x, y) => disc(width - 1 - y, x), [height, width]);
    const other = await cut(sideways, stored);
    const [one, two] = [await pixels(made.png), await pixels(other.png)];
    expect([two.width, two.height]).toEqual([width, height]);
    expect(one.data.filter((value, at) => at % 4 === 3 && Math.abs(value - two.data[at]!) > 60).length).toBe(0);
    const middle = one.data.subarray((150 * width + 180) * 4);
    expect([middle[0]! > 180, middle[3]]).toEqual([true, 255]);
    const [inspected, broken] = await Promise.allSettled([
      studio.inspect(sideways, signal), studio.inspect(sideways.subarray(0, sideways.length / 2), signal),
    ]);
    expect(inspected).toMatchObject({ value: { width, height, contentType: 'image/jpeg', extension: 'jpg' } });
    expect(broken).toMatchObject({ reason: { code: 'INVALID_IMAGE' } });
  });
});

describe('the quality checks refuse', () => {
  const boxed = (from: number, to: number) => (x: number, y: number): number =>
    x >= from && x < to && y >= from && y < to ? 1 : 0;
  it.each<[string, Picture, string]>([
    ['a mask of nothing', grey(() => 0), 'Almost nothing was cut out (0.0 % of the photo)'],
    ['a mask of everything', grey(() => 1), 'Nearly the whole photo (100.0 %)'],
    ['a mask that is half transparent', grey((x, y) => disc(x, y) / 2), 'half transparent'],
    ['a product that is too small', grey(boxed(100, 160)), 'only 60 x 60 pixels large, and 200'],
    ['a mask of another shape', grey(disc, [300, 300]), '300 x 300 pixels and the upright photo 360 x 300'],
    ['a mask that cuts the product off', grey((x, y) => (x < 190 ? disc(x, y) : 0)), "at the product's right"],
  ])('%s', async (_, mask, message) => {
    await expect(cut(await png(photo), mask)).rejects.toMatchObject({
      code: 'QUALITY_CHECK_FAILED', message: expect.stringContaining(message),
    });
  });

  it('neither a straight edge of the product itself, white on white too, nor what the frame cuts off', async () => {
    const inside = (x: number, y: number): number => box.cover(x * 2.6, y * 3.1);
    const white = drawnAs({ cover: () => 1, colour: (x, y) => {
      const level = inside(x, y) === 1 ? 236 : 248;
      return [level, level, level];
    } }, width, height);
    await expect(cut(await png(white), grey(inside))).resolves.toMatchObject({ width });
    const right = (x: number, y: number): number => disc(x - 170, y, 110);
    const shown = drawnAs({ cover: () => 1, colour: (x, y) => (right(x, y) > 0.5 ? red : green) }, width, height);
    await expect(cut(await png(shown), grey(right))).resolves.toMatchObject({ width });
  });
});
