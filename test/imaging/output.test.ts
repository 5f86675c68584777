import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRestyler, ImageRejected, type Output, type Restyler } from '../../src/imaging/local/index.ts';
import { encoded, understoodOutput } from '../../src/imaging/local/files/encode.ts';
import { pixels, toned } from './samples.ts';

let restyler: Restyler;
let halfClear: Buffer;
beforeAll(async () => {
  restyler = await createRestyler();
  halfClear = await halfClearPng(80, 60);
});
afterAll(() => restyler.close());

/** Grey, the left half of it transparent. */
function halfClearPng(width: number, height: number): Promise<Buffer> {
  const data = Buffer.alloc(width * height * 4, 128);
  for (let at = 0; at < width * height; at += 1) data[at * 4 + 3] = at % width < width / 2 ? 0 : 255;
  return sharp(data, { raw: { width, height, channels: 4 } }).png().toBuffer();
}

/** Needs no model. */
const restyle = (image: Uint8Array, output?: Output) =>
  restyler.restyle({ image, concepts: { picture: toned('cool') }, protect: [], ...(output && { output }) });

const typeOf = async (file: Uint8Array) => {
  const { format, hasAlpha } = await sharp(file).metadata();
  return { format, hasAlpha };
};

describe('a result', () => {
  test.each([
    [undefined, 'image/png', { format: 'png', hasAlpha: true }],
    ['png', 'image/png', { format: 'png', hasAlpha: true }],
    ['webp', 'image/webp', { format: 'webp', hasAlpha: true }],
    ['jpeg', 'image/jpeg', { format: 'jpeg', hasAlpha: false }],
  ] as const)('asked for as %s is of the type %s', async (format, resultType, file) => {
    const made = await restyle(halfClear, format && { format });
    expect(made).toMatchObject({ resultType, width: 80, height: 60 });
    expect(await typeOf(made.result)).toEqual(file);
    expect(await typeOf(made.preview)).toEqual({ format: 'webp', hasAlpha: file.hasAlpha });
  });

  test.each(['png', 'webp'] as const)('has no alpha channel as a %s where nothing is transparent', async (format) => {
    const opaque = await sharp(halfClear).flatten().png().toBuffer();
    const made = await restyle(opaque, { format });
    expect([await typeOf(made.result), await typeOf(made.preview)]).toEqual([
      { format, hasAlpha: false }, { format: 'webp', hasAlpha: false },
    ]);
  });

  test.each([
    [undefined, [255, 255, 255]],
    ['#f00', [254, 0, 0]],
    ['#003366', [0, 51, 102]],
  ] as const)('as a JPEG shows the background %s where it is transparent', async (background, colour) => {
    const made = await restyle(halfClear, { format: 'jpeg', ...(background && { background }) });
    for (const file of [made.result, made.preview]) {
      const { data } = await pixels(file);
      colour.forEach((level, channel) => expect(Math.abs(data[channel]! - level)).toBeLessThanOrEqual(2));
    }
  });

  test.each(['png', 'webp', 'jpeg'] as const)('as a %s has a profile, the resolution and no more', async (format) => {
    const upload = await sharp(halfClear).withDensity(300).withExif({ IFD0: { Copyright: 'Mira' } }).png().toBuffer();
    const { exif, icc, density, orientation, xmp } = await sharp(
      (await restyle(upload, { format })).result as Buffer,
    ).metadata();
    expect(icc?.toString('latin1')).toContain('\0s\0R\0G\0B');
    expect([orientation ?? 1, xmp]).toEqual([1, undefined]);
    expect(exif?.toString('latin1') ?? '').not.toContain('Mira');
    if (format !== 'webp') expect(density).toBe(300);
  });

  test.each(['webp', 'jpeg'] as const)('as a %s is smaller at a lower quality', async (format) => {
    const noise = sharp({ create: { width: 200, height: 200, channels: 3, background: 'grey',
      noise: { type: 'gaussian', mean: 128, sigma: 30 } } });
    const image = await noise.png().toBuffer();
    const [low, high] = [await restyle(image, { format, quality: 20 }), await restyle(image, { format, quality: 95 })];
    expect(low.result.length).toBeLessThan(high.result.length / 2);
  });

  test.each([
    [{ format: 'tiff' as 'png' }, 'invalid_concept', /png, webp, jpeg/],
    [{ format: 'jpeg', background: 'white' }, 'invalid_concept', /#rrggbb/],
    [{ format: 'jpeg', background: '#12' }, 'invalid_concept', /#rrggbb/],
    [{ format: 'webp', quality: 0 }, 'invalid_concept', /1 to 100/],
  ] as const)('cannot be %o', async (output, code, says) => {
    const refused = await restyle(halfClear, output).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ImageRejected);
    expect(refused).toMatchObject({ code, message: expect.stringMatching(says) });
  });

  test('wider than a WebP can be is refused as one, naming the other formats', async () => {
    const wide = { width: 16_400, height: 4, data: new Uint8Array(16_400 * 4 * 4) };
    await expect(encoded(wide, understoodOutput({ format: 'webp' }))).rejects.toMatchObject({
      code: 'too_large', message: expect.stringMatching(/PNG or JPEG/),
    });
  });
});
