import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { pictureLimits } from '../../src/domain/picture-limits.ts';
import { deadlineIn } from '../../src/imaging/local/deadline.ts';
import { decode, onlyPhotoLoaders, type Decoded } from '../../src/imaging/local/files/decode.ts';
import { greyProfile, rgbProfile, type Primaries } from '../../src/imaging/local/files/icc.ts';
import { chunk, iccp, jpeg, numbers, png } from './made-files.ts';

const limits = { maxBytes: pictureLimits.bytes, maxPixels: pictureLimits.pixels, timeoutMs: 60_000 };
const decoded = (file: Uint8Array): Promise<Decoded> => decode(file, limits, deadlineIn(60_000, undefined));

/** The RGBA of a pixel; in the middle unless it is told otherwise. */
async function pixelOf(file: Uint8Array, x = 0.5, y = 0.5): Promise<number[]> {
  const { width, height, data } = (await decoded(file)).picture;
  const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
  return [...data.subarray(at, at + 4)];
}

async function expectNear(file: Uint8Array, colour: readonly number[], by: number): Promise<void> {
  const found = await pixelOf(file);
  const off = Math.max(...colour.map((level, channel) => Math.abs(level - found[channel]!)));
  expect(off, `${found} instead of ${colour}`).toBeLessThanOrEqual(by);
}

const given = (name: string): Promise<Buffer> => readFile(new URL(`files/${name}`, import.meta.url));
const solid = (background: string, channels: 3 | 4 = 3) =>
  sharp({ create: { width: 64, height: 64, channels, background } });

const white = [0.3127, 0.329] as const;
const p3: Primaries = { white, red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] };
const adobe: Primaries = { white, red: [0.64, 0.33], green: [0.21, 0.71], blue: [0.15, 0.06] };
const profiles = { P3: rgbProfile(p3, 'srgb')!, AdobeRGB: rgbProfile(adobe, 563 / 256)! };
/** As published: what Display P3 and Adobe RGB write for the primaries of sRGB. */
const known = [
  ['P3', [234, 51, 35], [255, 0, 0]],
  ['P3', [117, 251, 76], [0, 255, 0]],
  ['AdobeRGB', [219, 0, 0], [255, 0, 0]],
  ['AdobeRGB', [144, 255, 60], [0, 255, 0]],
  ['AdobeRGB', [127, 127, 127], [127, 127, 127]],
] as const;

let avif: Record<8 | 10 | 12, Buffer>;
let clearAvif: Buffer;
beforeAll(async () => {
  const of = (bitdepth: 8 | 10 | 12) => solid('#c86432').avif({ bitdepth, quality: 95, effort: 0 }).toBuffer();
  // sharp's own build writes 8 bits only.
  avif = { 8: await of(8), 10: await of(10), 12: await of(12) };
  clearAvif = await solid('rgba(200, 100, 50, 0.5)', 4).avif({ quality: 95, effort: 0 }).toBuffer();
  onlyPhotoLoaders();
});

describe('the colour of a photo', () => {
  test('of 16 bits with an sRGB profile is that of its twin of 8 bits', async () => {
    const [deep, plain] = [await decoded(await given('red16-srgbicc.png')), await decoded(await given('red8.png'))];
    expect(deep.picture).toEqual(plain.picture);
    const colours = new Set<string>();
    for (let at = 0; at < deep.picture.data.length; at += 4) {
      colours.add([...deep.picture.data.subarray(at, at + 3)].join());
    }
    expect(colours).toContain('255,0,0');
    expect(colours).toContain('0,160,0');
  });

  describe.each([8, 16] as const)('of %i bits', (depth) => {
    test.each(known)('follows a profile of %s', async (name, pixel, colour) => {
      const extra = [iccp(profiles[name])];
      await expectNear(png({ depth, type: 2, pixel, extra }), colour, 3);
      await expectNear(png({ depth, type: 6, pixel: [...pixel, 99], extra }), [...colour, 99], 3);
    });

    // 51 is a fifth: stored as light itself, sRGB writes 124 for it.
    test.each([[0, []], [4, [200]]] as const)('follows a grey profile (PNG type %i)', async (type, alpha) => {
      const file = png({ depth, type, pixel: [51, ...alpha], extra: [iccp(greyProfile(1))] });
      await expectNear(file, [124, 124, 124, alpha[0] ?? 255], 2);
    });

    test.each([
      ['no profile', Buffer.from('not a profile')],
      ['a profile without tags', Buffer.concat([profiles.P3.subarray(0, 128), Buffer.alloc(16)])],
      ['a profile that is cut off', profiles.P3.subarray(0, 200)],
      ['a profile of another colour space', greyProfile(1)],
    ])('passes over %s', async (_, profile) => {
      expect(await pixelOf(png({ depth, type: 2, pixel: [200, 100, 50], extra: [iccp(profile)] })))
        .toEqual([200, 100, 50, 255]);
    });
  });

  const linear = chunk('gAMA', numbers(100_000));
  const usual = chunk('gAMA', numbers(45_455));
  const srgb = chunk('sRGB', Buffer.from([0]));
  const p3Points = chunk('cHRM', numbers(31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000));
  const cicp = chunk('cICP', Buffer.from([12, 13, 0, 1]));
  test.each([
    ['gAMA alone', [linear], [51, 51, 51], [124, 124, 124]],
    ['a gAMA of 1/2.2', [usual], [200, 100, 50], [200, 100, 50]],
    ['gAMA with cHRM', [usual, p3Points], [234, 51, 35], [255, 0, 0]],
    ['cHRM alone', [p3Points], [234, 51, 35], [255, 0, 0]],
    ['sRGB rather than gAMA and cHRM', [linear, p3Points, srgb], [200, 100, 50], [200, 100, 50]],
    ['iCCP rather than sRGB', [srgb, iccp(profiles.P3)], [234, 51, 35], [255, 0, 0]],
    ['cICP rather than iCCP', [cicp, iccp(profiles.AdobeRGB)], [234, 51, 35], [255, 0, 0]],
    ['no gAMA of 0', [chunk('gAMA', numbers(0))], [200, 100, 50], [200, 100, 50]],
    ['no cHRM of one point', [chunk('cHRM', numbers(1, 1, 1, 1, 1, 1, 1, 1))], [200, 100, 50], [200, 100, 50]],
  ] as const)('of a PNG follows %s', async (_, extra, pixel, colour) => {
    await expectNear(png({ type: 2, pixel, extra }), colour, 2);
    await expectNear(png({ depth: 16, type: 2, pixel, extra }), colour, 2);
  });

  test('of a grey PNG follows gAMA', async () => {
    await expectNear(png({ pixel: [51], extra: [linear] }), [124, 124, 124], 2);
    await expectNear(png({ depth: 16, type: 4, pixel: [51, 80], extra: [linear] }), [124, 124, 124, 80], 2);
  });

  test('of a palette has the transparency of its tRNS', async () => {
    const extra = [chunk('PLTE', Buffer.from([255, 0, 0, 0, 0, 255])), chunk('tRNS', Buffer.from([255, 70]))];
    expect(await pixelOf(png({ type: 3, pixel: [1], extra }))).toEqual([0, 0, 255, 70]);
    expect(await pixelOf(png({ type: 3, depth: 1, pixel: [0], extra }))).toEqual([255, 0, 0, 255]);
  });

  test('of a PNG of 1 bit is black and white', async () => {
    expect(await pixelOf(png({ depth: 1, pixel: [0xff] }))).toEqual([255, 255, 255, 255]);
    expect(await pixelOf(png({ depth: 1, pixel: [0] }))).toEqual([0, 0, 0, 255]);
  });
});

describe('the colour of a JPEG', () => {
  test.each([
    ['grey', [90], null, [90, 90, 90]],
    ['YCbCr', [120, 128, 128], null, [120, 120, 120]],
    ['RGB, as Adobe’s marker says', [200, 100, 50], 0, [200, 100, 50]],
    // Inverted inks, so light times black: 204 * 230 / 255.
    ['CMYK with Adobe’s marker', [204, 102, 51, 230], 0, [184, 92, 46]],
    ['CMYK without Adobe’s marker', [204, 102, 51, 230], null, [184, 92, 46]],
    ['YCCK', [55, 128, 128, 255], 2, [200, 200, 200]],
  ] as const)('in %s is as browsers show it', async (_, stored, transform, colour) => {
    await expectNear(jpeg(stored, transform), [...colour, 255], 1);
  });

  test('in CMYK follows its profile, and is as without one where the profile is of another space', async () => {
    const file = await solid('#b0a090').withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer();
    await expectNear(file, [0xb0, 0xa0, 0x90, 255], 8);
    await expectNear(jpeg([204, 102, 51, 230], null, profiles.P3), [184, 92, 46, 255], 1);
    await expectNear(jpeg([204, 102, 51, 230], 0, Buffer.from('nonsense')), [184, 92, 46, 255], 1);
  });

  test.each(known)('follows a profile of %s', async (name, pixel, colour) => {
    await expectNear(jpeg(pixel, 0, profiles[name]), colour, 3);
  });
});

describe('a JPEG without its end', () => {
  const noisy = (progressive: boolean): Promise<Buffer> =>
    sharp({ create: { width: 320, height: 1_000, channels: 3, background: 'grey',
      noise: { type: 'gaussian', mean: 128, sigma: 30 } } }).jpeg({ progressive }).toBuffer();
  const cut = (file: Buffer, share: number): Buffer => file.subarray(0, Math.floor(file.length * (1 - share)));

  test.each([false, true])('that lacks its last bytes is taken (progressive: %s)', async (progressive) => {
    const whole = await noisy(progressive);
    for (const file of [whole.subarray(0, -2), whole.subarray(0, -40), cut(whole, 0.01)]) {
      const { picture } = await decoded(file);
      expect([picture.width, picture.height]).toEqual([320, 1_000]);
      const top = (await decoded(whole)).picture.data.subarray(0, 320 * 4 * 8);
      const differences = top.map((value, at) => Math.abs(value - picture.data[at]!));
      expect(Math.max(...differences)).toBeLessThanOrEqual(progressive ? 60 : 0);
    }
  });

  test('is taken with 97 of 100 rows and refused with 90', async () => {
    const whole = await noisy(false);
    await expect(decoded(cut(whole, 0.02))).resolves.toBeDefined();
    await expect(decoded(cut(whole, 0.1))).rejects.toMatchObject({ code: 'broken_image' });
  });

  test.each([false, true])('that is half there is refused (progressive: %s)', async (progressive) => {
    await expect(decoded(cut(await noisy(progressive), 0.6))).rejects.toMatchObject({ code: 'broken_image' });
  });
});

describe('a still picture', () => {
  test('in an animated PNG of one frame is taken', async () => {
    expect((await decoded(await given('one-frame.apng.png'))).picture).toMatchObject({ width: 150, height: 100 });
  });

  test('in an animated WebP of one frame is taken', async () => {
    const still = await solid('#c86432').webp({ lossless: true }).toBuffer();
    const frame = still.subarray(12);
    const size = (value: number) => [value & 255, (value >> 8) & 255, value >> 16];
    const box = (name: string, data: Buffer) => {
      const head = Buffer.from(`${name}\0\0\0\0`, 'latin1');
      head.writeUInt32LE(data.length, 4);
      return Buffer.concat([head, data]);
    };
    const header = box('VP8X', Buffer.from([2, 0, 0, 0, ...size(63), ...size(63)]));
    const one = box('ANMF', Buffer.concat([
      Buffer.from([...size(0), ...size(0), ...size(63), ...size(63), ...size(100), 0]), frame,
    ]));
    const file = (...frames: Buffer[]) => {
      const body = Buffer.concat([Buffer.from('WEBP'), header, box('ANIM', Buffer.alloc(6)), ...frames]);
      return box('RIFF', body);
    };
    await expectNear(file(one), [200, 100, 50, 255], 1);
    await expect(decoded(file(one, one))).rejects.toMatchObject({
      code: 'unsupported_type', message: expect.stringMatching(/WebP is animated/),
    });
  });

  test.each([8, 10, 12] as const)('in an AVIF of %i bits is taken', async (bits) => {
    await expectNear(avif[bits], [200, 100, 50, 255], 3);
  });

  test('in an AVIF keeps its transparency', async () => {
    await expectNear(clearAvif, [200, 100, 50, 128], 4);
  });

  test('in an AVIF that is cut off is refused', async () => {
    await expect(decoded(avif[8].subarray(0, -30))).rejects.toMatchObject({ code: 'broken_image' });
  });

  test('in an AVIF sequence is refused by name, and in a HEIC with what to do', async () => {
    const container = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1miaf`, 'latin1');
    await expect(decoded(container('avis'))).rejects.toMatchObject({
      code: 'unsupported_type', message: expect.stringMatching(/animated AVIF/),
    });
    for (const brand of ['heic', 'heix', 'mif1']) {
      await expect(decoded(container(brand))).rejects.toMatchObject({
        code: 'unsupported_type', message: expect.stringMatching(/HEIC.*export it as a JPEG/),
      });
    }
  });
});

describe('the size of a photo', () => {
  test('is kept up to the limit', async () => {
    const { picture } = await decoded(png({ width: 6_000, height: 4_060, pixel: [213] }));
    expect([picture.width, picture.height]).toEqual([6_000, 4_060]);
  });

  test('above the limit is refused with both numbers and what to do', async () => {
    const width = pictureLimits.pixels / 5_000 + 1;
    const says = `The picture has ${width} x 5000 pixels, and the limit is ${pictureLimits.pixels / 1e6} megapixels: `;
    await expect(decoded(png({ width, height: 5_000 }))).rejects.toMatchObject({
      code: 'too_large', message: `${says}upload a smaller version of it.`,
    });
  });
});
