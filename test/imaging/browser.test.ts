import { readdirSync, readFileSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pictureLimits } from '../../src/domain/picture-limits.ts';
import { deadlineIn } from '../../src/imaging/local/deadline.ts';
import { decode, onlyPhotoLoaders } from '../../src/imaging/local/files/decode.ts';
import { rgbProfile, type Primaries } from '../../src/imaging/local/files/icc.ts';
import type { Picture } from '../../src/imaging/local/raster/picture.ts';
import { browserArgs, browserFile, noBrowser } from '../console/browser.ts';
import { chunk, iccp, jpeg, numbers, png } from './made-files.ts';

const limits = { maxBytes: pictureLimits.bytes, maxPixels: pictureLimits.pixels, timeoutMs: 60_000 };
/** Levels of 255, of colours times their alpha, as the browser keeps them. */
const MOST_APART = 4;

const [WIDTH, HEIGHT] = [64, 48];
const COLOURS = [[200, 60, 50, 255], [60, 170, 80, 160], [60, 90, 200, 90], [230, 200, 120, 255]] as const;

/** A quarter of each colour: tells its corners apart. */
function drawing(channels: 3 | 4 = 3, times = 1) {
  const [width, height] = [WIDTH * times, HEIGHT * times];
  const data = Buffer.alloc(width * height * channels);
  for (let at = 0; at < width * height; at += 1) {
    const quarter = (at >= (width * height) / 2 ? 2 : 0) + (at % width >= width / 2 ? 1 : 0);
    data.set(COLOURS[quarter]!.slice(0, channels), at * channels);
  }
  return sharp(data, { raw: { width, height, channels } });
}

const white = [0.3127, 0.329] as const;
const p3: Primaries = { white, red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] };
const adobe: Primaries = { white, red: [0.64, 0.33], green: [0.21, 0.71], blue: [0.15, 0.06] };
const fine = { quality: 97, chromaSubsampling: '4:4:4' };

type Files = Readonly<Record<string, () => Buffer | Promise<Buffer>>>;

const depths = [8, 16] as const;
const made: Files = {
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].flatMap((orientation) => [
    [`JPEG of orientation ${orientation}`, () => drawing().withMetadata({ orientation }).jpeg(fine).toBuffer()],
    [`PNG of orientation ${orientation}`, () => drawing().withMetadata({ orientation }).png().toBuffer()],
  ])),
  ...Object.fromEntries(depths.flatMap((depth) => ([['P3', p3, 'srgb'], ['AdobeRGB', adobe, 563 / 256]] as const).map(
    ([name, primaries, curve]) => [`PNG of ${depth} bits in ${name}`, () =>
      png({ depth, type: 2, pixel: [200, 100, 50], extra: [iccp(rgbProfile(primaries, curve)!)] })]))),
  ...Object.fromEntries(depths.flatMap((depth) => [
    [`PNG of ${depth} bits with gAMA`, () =>
      png({ depth, type: 2, pixel: [120, 60, 200], extra: [chunk('gAMA', numbers(100_000))] })],
    [`grey PNG of ${depth} bits`, () => png({ depth, type: 0, pixel: [90] })],
    [`PNG of ${depth} bits with cICP`, () =>
      png({ depth, type: 2, pixel: [200, 60, 50], extra: [chunk('cICP', Buffer.from([12, 13, 0, 1]))] })],
  ])),
  'PNG with alpha': () => drawing(4).png().toBuffer(),
  'PNG of 16 bits with a profile': () => readFileSync(new URL('files/red16-srgbicc.png', import.meta.url)),
  'animated PNG of one frame': () => readFileSync(new URL('files/one-frame.apng.png', import.meta.url)),
  'JPEG in P3': () => drawing().withIccProfile('p3').jpeg(fine).toBuffer(),
  'progressive JPEG of half the colour': () => drawing().jpeg({ progressive: true, quality: 90 }).toBuffer(),
  'JPEG in CMYK with Adobe’s marker': () => jpeg([204, 102, 51, 230], 0),
  'JPEG in CMYK without Adobe’s marker': () => jpeg([204, 102, 51, 230], null),
  'JPEG in YCCK': () => jpeg([55, 128, 128, 255], 2),
  'JPEG in CMYK with a profile of RGB': () => jpeg([204, 102, 51, 230], null, rgbProfile(p3, 'srgb')!),
  'JPEG without its last bytes': async () => (await drawing(3, 8).jpeg(fine).toBuffer()).subarray(0, -30),
  'WebP in P3': () => drawing().withIccProfile('p3').webp({ lossless: true }).toBuffer(),
  'WebP with alpha': () => drawing(4).webp({ lossless: true }).toBuffer(),
};

const folder = new URL('files/avif/', import.meta.url);
/** Those that are not as the browser has them. */
const OTHERS = ['hlg.avif', 'pq.avif', 'clap.avif', 'premultiplied.avif'];
const avif: Files = Object.fromEntries(readdirSync(folder)
  .filter((name) => name.endsWith('.avif') && !OTHERS.includes(name))
  .map((name) => [name, () => readFileSync(new URL(name, folder))]));

const decoded = async (file: Uint8Array): Promise<Picture> =>
  (await decode(file, limits, deadlineIn(60_000, undefined))).picture;

describe('a photo is decoded as Chromium shows it', { skip: noBrowser !== null }, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: browserFile!, args: [...browserArgs, '--force-color-profile=srgb'],
    });
    page = await browser.newPage();
    onlyPhotoLoaders();
  });
  afterAll(() => browser.close());

  async function shown(file: Buffer): Promise<Picture> {
    const { width, height, data } = await page.evaluate(async (base64) => {
      const image = new Image();
      image.src = `data:image/any;base64,${base64}`;
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      return { width: canvas.width, height: canvas.height, data: Array.from(data) };
    }, file.toString('base64'));
    return { width, height, data: Uint8Array.from(data) };
  }

  test.each(Object.entries({ ...made, ...avif }))('%s', async (_name, make) => {
    const file = await make();
    const [ours, theirs] = [await decoded(file), await shown(file)];
    expect([ours.width, ours.height]).toEqual([theirs.width, theirs.height]);
    for (const x of [0.25, 0.75]) {
      for (const y of [0.25, 0.75]) {
        const at = (Math.floor(y * ours.height) * ours.width + Math.floor(x * ours.width)) * 4;
        const [one, other] = [ours, theirs].map(({ data }) => {
          const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
          return [red, green, blue, 255].map((level) => (level * alpha) / 255);
        });
        const off = Math.max(...one!.map((level, channel) => Math.abs(level - other![channel]!)));
        expect(off, `${one} and in the browser ${other}`).toBeLessThanOrEqual(MOST_APART);
      }
    }
  });
});

// Chromium reads a full-range alpha as one of limited range (168 for 160), whichever encoder wrote it.
test.each([
  ['of premultiplied alpha', () => readFileSync(new URL('premultiplied.avif', folder))],
  ['with alpha', () => drawing(4).avif({ quality: 95, effort: 0 }).toBuffer()],
])('an AVIF %s has the colours and the alpha that it was made of', async (_what, make) => {
  const file = await make();
  onlyPhotoLoaders();
  const { width, height, data } = await decoded(file);
  COLOURS.forEach((colour, quarter) => {
    const [x, y] = [quarter % 2 === 0 ? 0.25 : 0.75, quarter < 2 ? 0.25 : 0.75];
    const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
    colour.forEach((level, channel) => expect(Math.abs(level - data[at + channel]!)).toBeLessThanOrEqual(4));
  });
});

describe('an AVIF whose picture would be another one', () => {
  test.each([['hlg.avif', /HDR.*SDR/], ['pq.avif', /HDR.*SDR/], ['clap.avif', /cropped.*JPEG/]])(
    '%s is refused and says what to do', async (name, says) => {
      onlyPhotoLoaders();
      await expect(decoded(readFileSync(new URL(name, folder)))).rejects.toMatchObject({
        code: 'unsupported_type', message: expect.stringMatching(says),
      });
    });
});
