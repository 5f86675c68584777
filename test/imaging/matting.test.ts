import { describe, expect, test } from 'vitest';
import { closedForm } from '../../src/imaging/local/cutout/closed-form.ts';
import { closerLook } from '../../src/imaging/local/cutout/closer-look.ts';
import { decided } from '../../src/imaging/local/cutout/haze.ts';
import { builtIn } from '../../src/imaging/local/models/description.ts';
import type { Models } from '../../src/imaging/local/models/models.ts';
import { plane, resized, type Plane } from '../../src/imaging/local/raster/filter.ts';
import { hashed } from '../../src/imaging/local/raster/noise.ts';
import { pixelBox, WHOLE, type Box, type Picture } from '../../src/imaging/local/raster/picture.ts';

type Field = (x: number, y: number) => number;

function field(width: number, height: number, value: Field): Plane {
  const out = plane(width, height);
  for (let at = 0; at < out.data.length; at += 1) out.data[at] = value(at % width, Math.floor(at / width));
  return out;
}

/** Orange before a blue that gets lighter to the right, mixed by alpha, with some noise. */
function mixed({ width, height, data: alpha }: Plane): Picture {
  const data = new Uint8Array(width * height * 4);
  for (let at = 0; at < alpha.length; at += 1) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const behind = [20 + (x / width) * 60, 40 + (x / width) * 60, 120 + (x / width) * 80];
    [230, 130, 40].forEach((own, channel) => {
      const value = own * alpha[at]! + behind[channel]! * (1 - alpha[at]!) + (hashed(x, y, channel) - 0.5) * 4;
      data[at * 4 + channel] = Math.round(Math.min(255, Math.max(0, value)));
    });
    data[at * 4 + 3] = 255;
  }
  return { width, height, data };
}

const meanError = (one: Plane, other: Plane): number =>
  one.data.reduce((sum, value, at) => sum + Math.abs(value - other.data[at]!), 0) / one.data.length;

test('closed-form matting finds strands that the rough mask does not have', async () => {
  const strands: Field = (x, y) => (y > 120 || (x % 12 < 3 && y > 96) ? 1 : 0);
  const right = field(240, 200, strands);
  const rough = field(240, 200, (_x, y) => Math.min(1, Math.max(0, (y - 92) / 32)));
  const unknown = Uint8Array.from(rough.data, (_, at) => (Math.abs(Math.floor(at / 240) - 108) < 18 ? 1 : 0));
  const found = await closedForm(mixed(right), { rough, unknown });
  expect(meanError(found, right)).toBeLessThan(meanError(rough, right) / 3);
});

test('closed-form matting leaves what is known as it is', async () => {
  const right = field(120, 120, (x) => (x < 60 ? 1 : 0));
  const unknown = Uint8Array.from(right.data, (_, at) => (Math.abs((at % 120) - 60) < 6 ? 1 : 0));
  const found = await closedForm(mixed(right), { rough: right, unknown });
  for (let at = 0; at < unknown.length; at += 1) if (unknown[at] === 0) expect(found.data[at]).toBe(right.data[at]);
});

describe('alpha between 0 and 1', () => {
  test('over a wide area becomes one or the other', () => {
    const haze = field(200, 100, (x) => (x < 60 ? 1 : x < 130 ? 0.62 : 0.3));
    const { data } = decided(haze);
    expect(data[50 * 200 + 95]).toBe(1);
    expect(data[50 * 200 + 170]).toBe(0);
  });

  test('in strands and at edges stays', () => {
    const hair = field(200, 100, (x) => [0, 0.5, 1, 0.5][x % 4]!);
    expect(meanError(decided(hair), hair)).toBeLessThan(0.02);
    const edge = field(200, 100, (x) => Math.min(1, Math.max(0, (x - 98) / 4)));
    expect(meanError(decided(edge), edge)).toBeLessThan(0.002);
  });
});

/** A model that sees what is drawn, in parts of the picture that are at most so large; in others what is given. */
function modelOf(drawn: Plane, whole: Plane): { models: Models; parts: Box[] } {
  const parts: Box[] = [];
  const masked = async (_picture: Picture, part: Box): Promise<Plane> => {
    if (part === WHOLE) return whole;
    parts.push(part);
    const { left, top, width, height } = pixelBox(part, drawn.width, drawn.height);
    const inside = field(width, height, (x, y) => drawn.data[(y + top) * drawn.width + x + left]!);
    return resized(inside, 320, 320);
  };
  const segmenter = { description: builtIn, masked, check: async () => {} };
  return { models: { segmenter: async () => segmenter } as unknown as Models, parts };
}

const blank: Picture = { width: 640, height: 640, data: new Uint8Array(640 * 640 * 4).fill(128) };
const views = { picture: blank, overview: blank };
const disc = (x0: number, y0: number, r: number): Field => (x, y) => (Math.hypot(x - x0, y - y0) < r ? 1 : 0);

describe('a closer look', () => {
  test('goes to each of several parts, and finds what the first look had no cells for', async () => {
    const wire: Field = (x, y) => (Math.abs(x - 480) < 3 && y > 380 && y < 560 ? 1 : 0);
    const drawn = field(640, 640, (x, y) => Math.max(disc(150, 150, 60)(x, y), disc(480, 400, 40)(x, y), wire(x, y)));
    const first = field(320, 320, (x, y) => Math.max(disc(75, 75, 30)(x, y), disc(240, 200, 20)(x, y)));
    const { models, parts } = modelOf(drawn, first);
    const { salience, agreement } = await closerLook(models, views, first);
    expect(parts.length).toBeGreaterThanOrEqual(2);
    expect(salience.data[500 * 640 + 480]).toBeGreaterThan(0.5);
    expect(salience.data[150 * 640 + 150]).toBe(1);
    expect(agreement).toBeGreaterThan(0.8);
  });

  test('that sees something else lowers the agreement, and drops no part of some size', async () => {
    const drawn = field(640, 640, disc(150, 150, 60));
    const first = field(320, 320, (x, y) => Math.max(disc(75, 75, 30)(x, y), disc(240, 200, 30)(x, y)));
    const { salience, agreement } = await closerLook(modelOf(drawn, first).models, views, first);
    expect(salience.data[400 * 640 + 480]).toBe(1);
    expect(agreement).toBeLessThan(0.75);
  });

  test('at something that fills the picture is at the whole, mirrored', async () => {
    const first = field(320, 320, disc(160, 160, 150));
    const { models, parts } = modelOf(field(640, 640, disc(320, 320, 300)), first);
    const { agreement } = await closerLook(models, views, first);
    expect(parts).toEqual([]);
    expect(agreement).toBeGreaterThan(0.98);
  });
});
