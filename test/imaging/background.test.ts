import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Restyler, RestyleResult } from '../../src/imaging/local/index.ts';
import type { Picture } from '../../src/imaging/local/raster/picture.ts';
import { createRememberingRestyler } from './remembered.ts';
import {
  alphaShare,
  each,
  meanChange,
  meanLab,
  onPlainBackdrop,
  pixels,
  recolored,
  removed,
  roughness,
  sample,
  textured,
  WHOLE,
  type Part,
} from './samples.ts';

// A picture takes 2 to 4 s of one core, and several suites share the cores.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let restyler: Restyler;
let cut: RestyleResult;
beforeAll(async () => {
  restyler = await createRememberingRestyler();
  cut = await restyler.restyle({ image: await sample('bowl'), concepts: { background: removed }, protect: [] });
});
afterAll(() => restyler.close());

const insideBowl: Part = [0.45, 0.25, 0.4, 0.5];
const concrete: Part = [0, 0.4, 0.18, 0.6];

describe('removing the background', () => {
  test('leaves the subject opaque and everything else transparent', async () => {
    const after = await pixels(cut.result);
    expect(cut.masks).toEqual({ background: 'u2netp' });
    expect(alphaShare(after, insideBowl, 255, 255)).toBeGreaterThan(0.995);
    expect(alphaShare(after, concrete, 0, 0)).toBeGreaterThan(0.995);
    // Measured by hand on the photo: the bowl covers 48 % of it.
    expect(alphaShare(after, WHOLE, 128, 255)).toBeGreaterThan(0.44);
    expect(alphaShare(after, WHOLE, 128, 255)).toBeLessThan(0.52);
  });

  test('does not change a pixel of the opaque part', async () => {
    const [before, after] = [await pixels(await sample('bowl')), await pixels(cut.result)];
    expect(meanChange(before, after, insideBowl)).toBe(0);
  });

  test('has a soft edge, and a thin one', async () => {
    const partly = alphaShare(await pixels(cut.result), WHOLE, 1, 254);
    expect(partly).toBeGreaterThan(0.0005);
    expect(partly).toBeLessThan(0.03);
  });

  test('leaves no rim of the old background in the edge', async () => {
    const after = await pixels(cut.result);
    let [red, count] = [0, 0];
    each(after, WHOLE, (at) => {
      if (after.data[at + 3]! < 60 || after.data[at + 3]! > 200) return;
      // Concrete is grey (red equals blue), the bowl is red.
      red += after.data[at]! - after.data[at + 2]!;
      count += 1;
    });
    expect(count).toBeGreaterThan(50);
    expect(red / count).toBeGreaterThan(60);
  });

  test('is transparent around the cut-out in the preview too', async () => {
    const preview = await pixels(cut.preview);
    expect(preview.data[3]).toBe(0);
  });

  test('keeps the person whom it cuts out, in one piece', async () => {
    const { result, masks } = await restyler.restyle({
      image: await sample('portrait'), concepts: { background: removed }, protect: ['person'],
    });
    expect(masks['background']).toContain('u2netp');
    const after = await pixels(result);
    expect(alphaShare(after, [0.2, 0.5, 0.3, 0.4], 250, 255)).toBeGreaterThan(0.99);
    expect(alphaShare(after, [0.62, 0.02, 0.3, 0.3], 0, 5)).toBeGreaterThan(0.97);
  });
});

describe('a plain backdrop', () => {
  let photo: Buffer;
  let subject: Part;
  let before: Picture;
  beforeAll(async () => {
    ({ photo, subject } = await onPlainBackdrop(cut.result));
    before = await pixels(photo);
  });

  test('is found from the photo itself, with its shadow', async () => {
    const { result, masks } = await restyler.restyle({ image: photo, concepts: { background: removed }, protect: [] });
    expect(masks).toEqual({ background: 'plain-background' });
    const after = await pixels(result);
    const wanted = alphaShare(await pixels(cut.result), WHOLE, 128, 255) * subject[2] * subject[3];
    const found = alphaShare(after, WHOLE, 128, 255);
    expect(found / wanted).toBeGreaterThan(0.95);
    expect(found / wanted).toBeLessThan(1.05);
  });

  test('becomes pure white, and keeps the product’s shadow', async () => {
    const { result } = await restyler.restyle({
      image: photo, concepts: { background: recolored('white') }, protect: [],
    });
    const after = await pixels(result);
    expect([...after.data.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
    expect(meanLab(after, [0, 0, 0.15, 1]).lightness).toBeGreaterThan(99.9);
    const under: Part = [subject[0] + subject[2] * 0.6, subject[1] + subject[3] + 0.005, 0.05, 0.02];
    expect(meanLab(after, under).lightness).toBeLessThan(92);
    expect(Math.abs(meanLab(after, under).b)).toBeLessThan(2);
  });

  test('takes another colour and keeps its gradient of light', async () => {
    const { result } = await restyler.restyle({
      image: photo, concepts: { background: recolored('#9caf88') }, protect: [],
    });
    const after = await pixels(result);
    const [near, far]: [Part, Part] = [[0.35, 0.05, 0.1, 0.1], [0.9, 0.9, 0.1, 0.1]];
    const fall = (picture: Picture) => meanLab(picture, near).lightness - meanLab(picture, far).lightness;
    expect(fall(after)).toBeGreaterThan(fall(before) * 0.5);
    expect(meanLab(after, near)).toMatchObject({ a: expect.closeTo(-12, -0.9), b: expect.closeTo(18, -0.9) });
  });
});

describe('recoloring the background', () => {
  test('gives it the colour, with its cracks and shade, and leaves the subject alone', async () => {
    const image = await sample('bowl');
    const { result, masks } = await restyler.restyle({
      image, concepts: { background: recolored('#7aa5c9') }, protect: ['person', 'face'],
    });
    expect(masks).toEqual({ background: 'u2netp', person: 'none', face: 'none' });
    const [before, after] = [await pixels(image), await pixels(result)];
    const grey = meanLab(before, concrete);
    const blue = meanLab(after, concrete);
    expect(Math.hypot(grey.a, grey.b)).toBeLessThan(5);
    expect(blue.b).toBeLessThan(-15);
    expect(roughness(after, concrete)).toBeGreaterThan(roughness(before, concrete) * 0.6);
    expect(meanChange(before, after, insideBowl)).toBe(0);
  });

  test('to white makes an even backdrop of a rough ground, with a drawn shadow', async () => {
    const { result } = await restyler.restyle({
      image: await sample('coffee'), concepts: { background: recolored('#ffffff') }, protect: [],
    });
    const after = await pixels(result);
    expect(roughness(after, [0, 0, 0.08, 0.6])).toBeLessThan(0.2);
    expect([...after.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    // Left below the saucer, where the wood's own colour would be far from neutral.
    const below = meanLab(after, [0.13, 0.86, 0.05, 0.04]);
    expect(below.lightness).toBeLessThan(99.7);
    expect(Math.hypot(below.a, below.b)).toBeLessThan(4);
  });
});

describe('a texture for the background', () => {
  test('covers the old pattern, keeps the light, and is the same each time', async () => {
    const image = await sample('coffee');
    const wish = { image, concepts: { background: textured('linen') }, protect: [] };
    const [once, again] = [await restyler.restyle(wish), await restyler.restyle(wish)];
    expect(Buffer.from(once.result).equals(Buffer.from(again.result))).toBe(true);
    const [before, after] = [await pixels(image), await pixels(once.result)];
    const wood: Part = [0.75, 0.55, 0.25, 0.4];
    expect(Math.abs(meanLab(after, wood).lightness - meanLab(before, wood).lightness)).toBeLessThan(3);
    expect(meanChange(before, after, wood)).toBeGreaterThan(3);
    expect(meanChange(before, after, [0.3, 0.2, 0.2, 0.2])).toBe(0);
  });

  test('studio is a smooth backdrop in the old background colour', async () => {
    const { result } = await restyler.restyle({
      image: await sample('bowl'), concepts: { background: textured('studio') }, protect: [],
    });
    const after = await pixels(result);
    expect(roughness(after, [0, 0.7, 0.08, 0.2])).toBeLessThan(3);
    expect(meanLab(after, [0.3, 0, 0.3, 0.02]).lightness).toBeGreaterThan(meanLab(after, [0, 0, 0.03, 0.03]).lightness);
  });
});

test('removing the background of a picture without a subject is refused', async () => {
  const grey = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#888' } }).png().toBuffer();
  const run = restyler.restyle({ image: grey, concepts: { background: removed }, protect: [] });
  await expect(run).rejects.toMatchObject({ code: 'no_mask', message: expect.stringMatching(/Nothing stands out/) });
});
