import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Concept, Restyler } from '../../src/imaging/local/index.ts';
import type { Picture } from '../../src/imaging/local/raster/picture.ts';
import { createRememberingRestyler } from './remembered.ts';
import {
  each,
  meanChange,
  meanLab,
  pixels,
  recolored,
  removed,
  roughness,
  sample,
  toned,
  type Part,
} from './samples.ts';

// A picture takes 2 to 4 s of one core, and several suites share the cores.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let restyler: Restyler;
let interior: Picture;
beforeAll(async () => {
  restyler = await createRememberingRestyler();
  interior = await pixels(await sample('interior'));
});
afterAll(() => restyler.close());

async function restyled(concepts: Record<string, Concept>, name: 'interior' | 'coffee' = 'interior') {
  const { result, masks } = await restyler.restyle({ image: await sample(name), concepts, protect: [] });
  return { after: await pixels(result), masks };
}

const floor: Part = [0.7, 0.6, 0.25, 0.15];
const chroma = ({ a, b }: { a: number; b: number }): number => Math.hypot(a, b);

describe('the tone of a whole room', () => {
  const cases: readonly (readonly [tone: string, holds: (before: Lab, after: Lab) => boolean])[] = [
    ['warm', (before, after) => after.b > before.b + 2 && Math.abs(after.lightness - before.lightness) < 3],
    ['cool', (before, after) => after.b < before.b - 5 && Math.abs(after.lightness - before.lightness) < 1],
    ['bright', (before, after) => after.lightness > before.lightness + 5],
    ['dark', (before, after) => after.lightness < before.lightness - 5],
    ['vivid', (before, after) => chroma(after) > chroma(before) * 1.1],
    ['muted', (before, after) => chroma(after) < chroma(before) * 0.7],
    ['mono', (_before, after) => chroma(after) < 1],
    ['#3060c0', (before, after) => after.b < before.b - 10 && Math.abs(after.lightness - before.lightness) < 1],
  ];
  type Lab = ReturnType<typeof meanLab>;
  test.each(cases)('%s changes it as named', async (tone, holds) => {
    const { after } = await restyled({ room: toned(tone) });
    const [was, is] = [meanLab(interior, floor), meanLab(after, floor)];
    expect(holds(was, is), JSON.stringify({ was, is })).toBe(true);
  });

  test('with a strength of 40 % changes it less', async () => {
    const { after: all } = await restyled({ room: toned('cool') });
    const { after: some } = await restyled({ room: toned('cool 40%') });
    const shift = (picture: Picture) => meanLab(interior, floor).b - meanLab(picture, floor).b;
    expect(shift(some)).toBeGreaterThan(shift(all) * 0.25);
    expect(shift(some)).toBeLessThan(shift(all) * 0.6);
  });

  test('warm changes a picture less that is warm already', async () => {
    const { after } = await restyled({ room: toned('warm') });
    const portrait = await sample('portrait');
    const { result } = await restyler.restyle({ image: portrait, concepts: { room: toned('warm') }, protect: [] });
    const wall: Part = [0.3, 0.01, 0.1, 0.04];
    const shift = meanLab(await pixels(result), wall).b - meanLab(await pixels(portrait), wall).b;
    expect(meanLab(after, floor).b - meanLab(interior, floor).b).toBeLessThan(shift);
  });
});

describe('the box of a concept', () => {
  const bag: Part = [0.15, 0.86, 0.4, 0.08];

  test('is narrowed to the thing that fills it', async () => {
    const { after, masks } = await restyled({ sofa: { ...recolored('sage'), box: [0.02, 0.68, 0.78, 0.3] } });
    expect(masks).toEqual({ sofa: 'u2netp in box' });
    expect(meanLab(interior, bag).a).toBeGreaterThan(8);
    expect(meanLab(after, bag).a).toBeLessThan(-4);
    expect(roughness(after, bag)).toBeGreaterThan(roughness(interior, bag) * 0.5);
    expect(meanChange(interior, after, [0, 0, 1, 0.6])).toBe(0);
    // Within the box, but floor.
    expect(meanChange(interior, after, [0.72, 0.93, 0.06, 0.04])).toBeLessThan(3);
  });

  test('has the wall that it shows painted, and not what stands before it', async () => {
    const { after, masks } = await restyled({ wall: { ...recolored('navy'), box: [0.55, 0.17, 0.3, 0.13] } });
    expect(masks).toEqual({ wall: 'surface in box' });
    expect(meanChange(interior, after, [0, 0.4, 1, 0.6])).toBe(0);
    expect(meanChange(interior, after, [0.6, 0.19, 0.12, 0.04])).toBeGreaterThan(12);
  });

  test('is erased from a plain surface into what surrounds it', async () => {
    const spot: Part = [0.22, 0.88, 0.05, 0.035];
    const marked = Buffer.from(interior.data);
    const [left, top] = [Math.round(0.235 * interior.width), Math.round(0.893 * interior.height)];
    for (let y = top; y < top + 12; y += 1) {
      for (let x = left; x < left + 12; x += 1) marked.set([10, 10, 160], (y * interior.width + x) * 4);
    }
    const raw = { raw: { width: interior.width, height: interior.height, channels: 4 as const } };
    const image = await sharp(marked, raw).png().toBuffer();
    const { result } = await restyler.restyle({ image, concepts: { stain: { ...removed, box: spot } }, protect: [] });
    const after = await pixels(result);
    expect(meanChange(interior, await pixels(image), spot)).toBeGreaterThan(4);
    expect(meanChange(interior, after, spot)).toBeLessThan(4);
    expect(meanChange(interior, after, [0, 0, 1, 0.85])).toBe(0);
  });
});

test('recoloring a thing leaves white highlights on it as they are', async () => {
  const before = await pixels(await sample('coffee'));
  const { after, masks } = await restyled({ product: recolored('navy') }, 'coffee');
  expect(masks).toEqual({ product: 'u2netp' });
  const saucer: Part = [0.2, 0.72, 0.15, 0.1];
  expect(meanLab(before, saucer).a).toBeGreaterThan(25);
  expect(meanLab(after, saucer).b).toBeLessThan(-5);
  let [changed, count] = [0, 0];
  each(before, [0.25, 0.03, 0.35, 0.35], (at) => {
    const [red = 0, green = 0, blue = 0] = before.data.subarray(at, at + 3);
    if (Math.min(red, green, blue) < 190 || Math.max(red, green, blue) - Math.min(red, green, blue) > 30) return;
    changed += Math.abs(after.data[at]! - red) + Math.abs(after.data[at + 2]! - blue);
    count += 2;
  });
  expect(count).toBeGreaterThan(1_000);
  expect(changed / count).toBeLessThan(8);
  expect(meanChange(before, after, [0.85, 0.2, 0.15, 0.7])).toBe(0);
});

test('several concepts are located in the original picture', async () => {
  const image = await sample('coffee');
  const { result, masks } = await restyler.restyle({
    image, concepts: { background: removed, subject: toned('mono') }, protect: [],
  });
  expect(Object.keys(masks)).toEqual(['background', 'subject']);
  const after = await pixels(result);
  expect(after.data[3]).toBe(0);
  const middle = meanLab(after, [0.4, 0.4, 0.1, 0.1]);
  expect(chroma(middle)).toBeLessThan(1);
});
