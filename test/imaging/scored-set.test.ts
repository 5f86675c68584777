import { beforeAll, describe, expect, test } from 'vitest';
import { scoresOf } from '../../bench/imaging/measures.ts';
import { plain } from '../../bench/imaging/set/backgrounds.ts';
import { compose } from '../../bench/imaging/set/compose.ts';
import type { Composed } from '../../bench/imaging/set/frame.ts';
import { mug } from '../../bench/imaging/set/subjects/products.ts';
import type { Picture } from '../../src/imaging/local/raster/picture.ts';
import { pixels } from './samples.ts';

const scene = {
  subject: { draw: mug('#d8532f') }, on: plain('#00b140'), size: [320, 240], noise: 0, quality: 100,
} as const;

let right: Composed;
let photo: Picture;
beforeAll(async () => {
  right = await compose('a mug', scene);
  photo = await pixels(right.photo);
});

/** The photo with the right alpha, moved to the right, and with what colours at each pixel. */
function cutOut(move = 0, colours?: Uint8Array): Picture {
  const data = new Uint8Array(photo.data);
  for (let at = 0; at < right.alpha.length; at += 1) {
    if (colours !== undefined) data.set(colours.subarray(at * 3, at * 3 + 3), at * 4);
    data[at * 4 + 3] = right.alpha[at - move] ?? 0;
  }
  return { ...photo, data };
}

describe('a picture of the scored set', () => {
  test('is the same each time, and another with another name', async () => {
    expect(await compose('a mug', scene)).toEqual(right);
    expect((await compose('a cup', scene)).photo).not.toEqual(right.photo);
  });

  test('shows what is behind through the hole of a handle', () => {
    const [x, y] = [220, 138];
    const at = y * 320 + x;
    expect(right.alpha[at]).toBe(0);
    expect(right.alpha[at + 20]).toBe(255);
    const [red, green] = [photo.data[at * 4]!, photo.data[at * 4 + 1]!];
    expect(green - red).toBeGreaterThan(100);
  });
});

describe('the scores of a cut-out', () => {
  test('are perfect for the right one with the right colours', () => {
    expect(scoresOf(cutOut(0, right.colours?.subject), right)).toEqual({
      iou: 1, boundary: 1, error: 0, spill: 0, spillShare: 0,
    });
  });

  test('fall when it is some pixels off', () => {
    const { iou, boundary, error } = scoresOf(cutOut(4), right);
    expect(iou).toBeLessThan(0.95);
    expect(iou).toBeGreaterThan(0.8);
    expect(boundary).toBeLessThan(0.7);
    expect(error).toBeGreaterThan(0.005);
  });

  test('count the pixels whose edge keeps the old background', () => {
    const { iou, spill, spillShare } = scoresOf(cutOut(), right);
    expect(iou).toBe(1);
    expect(spill).toBeGreaterThan(100);
    expect(spillShare).toBeGreaterThan(0.1);
  });

  test('of nothing at all are zero', () => {
    const nothing = { ...photo, data: new Uint8Array(photo.data.length) };
    expect(scoresOf(nothing, right)).toMatchObject({ iou: 0, boundary: 0, spill: 0 });
  });
});
