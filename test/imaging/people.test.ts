import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Restyler } from '../../src/imaging/local/index.ts';
import { createRememberingRestyler } from './remembered.ts';
import { meanChange, meanLab, pixels, recolored, removed, sample, toned, type Part } from './samples.ts';

// A picture takes 2 to 4 s of one core, and several suites share the cores.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let restyler: Restyler;
beforeAll(async () => {
  restyler = await createRememberingRestyler();
});
afterAll(() => restyler.close());

const face: Part = [0.37, 0.17, 0.14, 0.14];
const suit: Part = [0.2, 0.55, 0.25, 0.35];
const wall: Part = [0.3, 0.01, 0.1, 0.04];

test('a protected person is left exactly as they are while the rest is changed', async () => {
  const image = await sample('portrait');
  const { result, masks } = await restyler.restyle({
    image, concepts: { room: toned('cool') }, protect: ['person', 'face'],
  });
  expect(masks).toEqual({ person: 'selfie', face: 'blazeface', room: 'whole-picture-minus-protected' });
  const [before, after] = [await pixels(image), await pixels(result)];
  expect(meanChange(before, after, face)).toBe(0);
  expect(meanChange(before, after, suit)).toBeLessThan(0.5);
  expect(meanLab(after, wall).b).toBeLessThan(meanLab(before, wall).b - 3);
  expect(Math.abs(meanLab(after, wall).lightness - meanLab(before, wall).lightness)).toBeLessThan(1.5);
});

test('a protected face is left as it is while the suit is changed', async () => {
  const image = await sample('portrait');
  const { result } = await restyler.restyle({ image, concepts: { person: recolored('teal') }, protect: ['face'] });
  const [before, after] = [await pixels(image), await pixels(result)];
  expect(meanChange(before, after, face)).toBe(0);
  const [orange, teal] = [meanLab(before, suit), meanLab(after, suit)];
  expect(orange.a).toBeGreaterThan(25);
  expect(teal.a).toBeLessThan(-5);
});

test('a wish for a face changes the face alone, with a soft edge', async () => {
  const image = await sample('portrait');
  const { result, masks } = await restyler.restyle({ image, concepts: { face: toned('mono') }, protect: [] });
  expect(masks).toEqual({ face: 'blazeface' });
  const [before, after] = [await pixels(image), await pixels(result)];
  const skin = meanLab(after, face);
  expect(Math.hypot(skin.a, skin.b)).toBeLessThan(2);
  expect(meanChange(before, after, suit)).toBe(0);
});

test('protecting people changes nothing about a picture without any', async () => {
  const image = await sample('coffee');
  const wish = { image, concepts: { room: toned('warm') } };
  const [with_, without] = [
    await restyler.restyle({ ...wish, protect: ['person', 'face'] }),
    await restyler.restyle({ ...wish, protect: [] }),
  ];
  expect(with_.masks).toMatchObject({ person: 'none', face: 'none' });
  expect(Buffer.from(with_.result).equals(Buffer.from(without.result))).toBe(true);
});

test('a protected person is found in a small part of a room', async () => {
  const portrait = await sample('portrait');
  const cut = await restyler.restyle({ image: portrait, concepts: { background: removed }, protect: [] });
  const room = sharp(await sample('interior'));
  const person = await sharp(cut.result).resize({ height: 150 }).png().toBuffer();
  const image = await room.composite([{ input: person, left: 270, top: 380 }]).jpeg({ quality: 92 }).toBuffer();
  const { result, masks } = await restyler.restyle({ image, concepts: { room: toned('mono') }, protect: ['person'] });
  expect(masks['person']).not.toBe('none');
  const [before, after] = [await pixels(image), await pixels(result)];
  const small: Part = [(270 + 150 * 0.3) / 427, (380 + 150 * 0.55) / 640, 0.06, 0.06];
  expect(meanChange(before, after, small)).toBeLessThan(2);
  expect(meanChange(before, after, [0, 0.6, 0.2, 0.3])).toBeGreaterThan(5);
});
