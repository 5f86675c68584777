import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createRestyler, ImageRejected, type Restyler } from '../../src/imaging/local/index.ts';
import { chunk, png } from './made-files.ts';
import { pixels, sample, toned } from './samples.ts';

// A picture takes 2 to 4 s of one core, and several suites share the cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let restyler: Restyler;
beforeAll(async () => {
  restyler = await createRestyler();
});
afterAll(() => restyler.close());

/** Needs no model, so that only the decoding is tried. */
const restyle = (image: Uint8Array, by: Restyler = restyler) =>
  by.restyle({ image, concepts: { picture: toned('cool') }, protect: [] });

async function rejection(image: Uint8Array, by?: Restyler): Promise<ImageRejected> {
  const error = await restyle(image, by).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(ImageRejected);
  return error as ImageRejected;
}

const greyPng = (width: number, height: number, ...extra: Buffer[]): Buffer => png({ width, height, extra });

describe('the decoder of files that are no photos', () => {
  const svg = '<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg" width="9"/>';
  const cases: readonly (readonly [what: string, bytes: Buffer, code: string, says: RegExp])[] = [
    ['an empty file', Buffer.alloc(0), 'not_an_image', /empty/],
    ['text', Buffer.from('Dear sir or madam'), 'not_an_image', /not a picture/],
    ['random bytes', Buffer.from([1, 2, 3, 4, 250, 251, 252]), 'not_an_image', /not a picture/],
    ['an HTML page', Buffer.from('<!DOCTYPE html><html><body>404</body></html>'), 'unsupported_type', /HTML page/],
    ['an SVG', Buffer.from(svg), 'unsupported_type', /SVG/],
    ['an SVG after comments', Buffer.from(`\ufeff<!-- a --> <!----> ${svg}`), 'unsupported_type', /SVG/],
    ['a page after a comment', Buffer.from('<!-- a --><HTML>'), 'unsupported_type', /HTML page/],
    ['comments that never end', Buffer.from('<!---->'.repeat(146)), 'not_an_image', /not a picture/],
    ['a comment that stays open', Buffer.from('<!-- <!-- <svg'), 'not_an_image', /not a picture/],
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'unsupported_type', /PDF/],
    ['a GIF', Buffer.from('GIF89a\x01\0\x01\0'), 'unsupported_type', /GIF/],
    ['a HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0'), 'unsupported_type', /HEIC/],
    ['a TIFF', Buffer.from('II*\0\x08\0\0\0'), 'unsupported_type', /TIFF/],
    ['a ZIP', Buffer.from('PK\x03\x04'), 'unsupported_type', /ZIP/],
  ];
  test.each(cases)('refuses %s and says what to do', async (_what, bytes, code, says) => {
    const error = await rejection(bytes);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(says);
    expect(error.message).toMatch(/upload/);
  });

  test('refuses an animated PNG', async () => {
    const control = Buffer.alloc(8);
    control.writeUInt32BE(2);
    const error = await rejection(greyPng(64, 64, chunk('acTL', control)));
    expect(error).toMatchObject({ code: 'unsupported_type', message: expect.stringMatching(/animated/) });
  });

  test('refuses an animated WebP', async () => {
    const frame = (background: string) =>
      sharp({ create: { width: 64, height: 64, channels: 3, background } }).png().toBuffer();
    const animated = sharp([await frame('black'), await frame('white')], { join: { animated: true } }).webp();
    const error = await rejection(await animated.toBuffer());
    expect(error).toMatchObject({ code: 'unsupported_type', message: expect.stringMatching(/animated/) });
  });
});

describe('the decoder’s limit of size', () => {
  test('refuses a decompression bomb by what its header declares, without decoding it', async () => {
    const bomb = greyPng(20_000, 15_000);
    expect(bomb.length).toBeLessThan(400_000);
    const before = process.memoryUsage().rss;
    const error = await rejection(bomb);
    expect(error).toMatchObject({ code: 'too_large', message: expect.stringMatching(/50 megapixels/) });
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  test('refuses more bytes than the limit', async () => {
    const small = await createRestyler({ maxBytes: 1_000 });
    const error = await rejection(await sample('cat'), small);
    await small.close();
    expect(error.code).toBe('too_large');
  });

  test('refuses a picture of a few pixels and a strip', async () => {
    expect((await rejection(greyPng(16, 16))).code).toBe('unsupported_type');
    expect((await rejection(greyPng(4_000, 40))).code).toBe('unsupported_type');
  });
});

describe('the decoder of broken files', () => {
  test('refuses a JPEG that was cut off', async () => {
    const whole = await sample('coffee');
    const error = await rejection(whole.subarray(0, Math.floor(whole.length / 2)));
    expect(error.code).toBe('broken_image');
  });

  test('refuses a JPEG that ends after its header', async () => {
    expect((await rejection((await sample('coffee')).subarray(0, 400))).code).toBe('broken_image');
  });

  test('refuses a PNG whose pixels are damaged', async () => {
    const whole = await sharp(await sample('cat')).png().toBuffer();
    whole.fill(0, 2_000, 4_000);
    expect((await rejection(whole)).code).toBe('broken_image');
  });

  test('goes on with the next photo afterwards', async () => {
    await rejection(Buffer.from('\xff\xd8\xff nonsense', 'latin1'));
    expect((await restyle(await sample('cat'))).width).toBe(451);
  });
});

describe('the decoder of what cameras write', () => {
  test('applies the orientation tag and drops it', async () => {
    const upright = await restyle(await sample('coffee'));
    // Turned as a camera held sideways stores it: tag 6 asks for a quarter turn clockwise.
    const sideways = sharp(await sample('coffee')).rotate(270).jpeg({ quality: 95 }).withMetadata({ orientation: 6 });
    const turned = await restyle(await sideways.toBuffer());
    expect([turned.width, turned.height]).toEqual([upright.width, upright.height]);
    expect((await sharp(Buffer.from(turned.result)).metadata()).orientation).toBeUndefined();
    const [one, other] = [await pixels(upright.result), await pixels(turned.result)];
    let difference = 0;
    one.data.forEach((value, at) => (difference += Math.abs(value - other.data[at]!)));
    expect(difference / one.data.length).toBeLessThan(4);
  });

  test.each(['grey JPEG', 'CMYK JPEG', '16-bit PNG', 'WebP'])('takes a %s', async (kind) => {
    const photo = sharp(await sample('cat'));
    const file = await {
      'grey JPEG': () => photo.greyscale().jpeg(),
      'CMYK JPEG': () => photo.toColourspace('cmyk').jpeg(),
      '16-bit PNG': () => photo.toColourspace('rgb16').png(),
      WebP: () => photo.webp(),
    }[kind]!().toBuffer();
    const { result, width, height } = await restyle(file);
    expect([width, height]).toEqual([451, 300]);
    expect(await sharp(Buffer.from(result)).metadata()).toMatchObject({ format: 'png', space: 'srgb', depth: 'uchar' });
  });

  test('keeps the transparency that a PNG came with', async () => {
    const { data, info } = await sharp(await sample('cat')).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    for (let at = 3; at < data.length / 2; at += 4) data[at] = 0;
    const raw = { raw: { width: info.width, height: info.height, channels: 4 as const } };
    const { result } = await restyle(await sharp(data, raw).png().toBuffer());
    const after = await pixels(result);
    expect(after.data[3]).toBe(0);
    expect(after.data.at(-1)).toBe(255);
  });
});

test('a preview has at most 400 pixels a side', async () => {
  const { preview } = await restyle(await sample('bowl'));
  expect(await sharp(Buffer.from(preview)).metadata()).toMatchObject({ format: 'webp', width: 400, height: 271 });
});

test('a picture that takes longer than the time limit is refused, naming the limit', async () => {
  const hurried = await createRestyler({ timeoutMs: 1 });
  const error = await rejection(await sample('bowl'), hurried);
  await hurried.close();
  expect(error).toMatchObject({ code: 'timeout', message: expect.stringMatching(/smaller version/) });
});

test('restyling stops with the reason of an aborted signal', async () => {
  const reason = new Error('the job was canceled');
  const run = restyler.restyle({
    image: await sample('cat'), concepts: { picture: toned('cool') }, protect: [], signal: AbortSignal.abort(reason),
  });
  await expect(run).rejects.toBe(reason);
});
