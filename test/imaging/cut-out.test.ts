import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { plainBackground } from '../../src/imaging/local/cutout/plain-background.ts';
import type { Restyler } from '../../src/imaging/local/index.ts';
import { plane, resized, type Plane } from '../../src/imaging/local/raster/filter.ts';
import {
  alphaOf, box, composed, decoded, either, ellipse, evenly, iouOf, lampLit, line, minus, usable,
  type Composition, type Distance,
} from './composed.ts';
import { createRememberingRestyler } from './remembered.ts';
import { pixels, recolored, removed } from './samples.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let restyler: Restyler;
beforeAll(async () => {
  restyler = await createRememberingRestyler();
});
afterAll(() => restyler.close());

const given = (name: string): Promise<Buffer> =>
  readFile(new URL(`${name.startsWith('cup-on') ? 'photos' : '../../bench/imaging/given'}/${name}`, import.meta.url));

async function cutOut(name: string) {
  const { result } = await restyler.restyle({
    image: await given(name), concepts: { background: removed }, protect: [], force: true,
  });
  return pixels(result);
}

async function onWhite(name: string) {
  const { result } = await restyler.restyle({
    image: await given(name), concepts: { background: recolored('white') }, protect: [], force: true,
  });
  return pixels(result);
}

async function maskOf(name: string): Promise<Buffer> {
  return sharp(await given(name)).toColourspace('b-w').extractChannel(0).raw().toBuffer();
}

describe('a cut-out of a photo', () => {
  test('with a hole has the backdrop gone from the hole', async () => {
    const after = await cutOut('hole-ring.jpg');
    const alpha = alphaOf(after).data;
    const at = (x: number, y: number): number => alpha[y * after.width + x]!;
    expect([at(400, 300), at(400, 200), at(330, 280)]).toEqual([0, 0, 0]);
    expect([at(400, 115), at(200, 300)]).toEqual([255, 255]);
  });

  test('of a set keeps its small parts', async () => {
    const after = await cutOut('small-parts.jpg');
    expect(after.data[(470 * after.width + 600) * 4 + 3]).toBe(255);
    expect(iouOf(alphaOf(after).data, await maskOf('small-parts.mask.png'))).toBeGreaterThan(0.97);
  });

  test('of wires is as thin as they are', async () => {
    const after = await cutOut('thin-wire.jpg');
    expect(iouOf(alphaOf(after).data, await maskOf('thin-wire.mask.png'))).toBeGreaterThan(0.9);
  });

  test('of coins on an unevenly lit board has each coin, and no board', async () => {
    const after = await cutOut('many-coins.jpg');
    const { data } = alphaOf(after);
    const large = partsLargerThan(data, after.width, 150);
    expect(large).toHaveLength(24);
    const all = data.reduce((sum, value) => sum + Number(value >= 128), 0);
    expect(large.reduce((sum, area) => sum + area, 0) / all).toBeGreaterThan(0.98);
    expect(all / data.length).toBeGreaterThan(0.25);
    expect(all / data.length).toBeLessThan(0.4);
  });

  test('on green has no green line around it', async () => {
    const { data } = await onWhite('cup-on-green.jpg');
    let green = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 1]! > Math.max(data[at]!, data[at + 2]!) + 40) green += 1;
    }
    expect(green).toBe(0);
  });

  test('on black becomes white all round', async () => {
    const after = await onWhite('cup-on-black.jpg');
    for (const [x, y] of [[200, 330], [0, 0], [899, 0], [0, 639], [899, 639]]) {
      const at = (y! * after.width + x!) * 4;
      expect(Math.min(...after.data.subarray(at, at + 3))).toBeGreaterThanOrEqual(250);
    }
  });
});

/** Areas of the connected parts of half of full alpha. */
function partsLargerThan(alpha: Uint8Array, width: number, least: number): number[] {
  const seen = new Uint8Array(alpha.length);
  const areas: number[] = [];
  for (let first = 0; first < alpha.length; first += 1) {
    if (seen[first] === 1 || alpha[first]! < 128) continue;
    const stack = [first];
    seen[first] = 1;
    let area = 0;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      area += 1;
      for (const to of [at - 1, at + 1, at - width, at + width]) {
        if (to < 0 || to >= alpha.length || seen[to] === 1 || alpha[to]! < 128) continue;
        seen[to] = 1;
        stack.push(to);
      }
    }
    if (area >= least) areas.push(area);
  }
  return areas;
}

const [W, H] = [480, 360];
const white = lampLit([240, 240, 238], W);
const navy = (x: number): readonly [number, number, number] => [25 + 20 * Math.sin(x / 60), 45, 110];
const gold = (x: number, y: number): readonly [number, number, number] => [190 + 40 * Math.sin((x + y) / 40), 150, 60];
const ring = minus(ellipse(240, 170, 120, 105), ellipse(240, 170, 85, 72));
const net: Distance = either(
  ...Array.from({ length: 11 }, (_, at) => line(60 + at * 36, 50, 60 + at * 36, 310, 2.4)),
  ...Array.from({ length: 8 }, (_, at) => line(60, 50 + at * 37, 420, 50 + at * 37, 2.4)),
);
const chain: Distance = either(
  ...Array.from({ length: 7 }, (_, at) =>
    minus(ellipse(70 + at * 55, 100 + at * 14, 34, 20), ellipse(70 + at * 55, 100 + at * 14, 26, 12))),
);
const screws: Distance = either(
  ...Array.from({ length: 8 }, (_, at) => ellipse(60 + at * 48, 290 + (at % 3) * 20, 4, 3)),
);
const label = (colour: readonly [number, number, number]): Composition => ({
  width: W, height: H, backdrop: white,
  shapes: [
    { distance: box(120, 50, 360, 310), colour: navy },
    { distance: box(170, 110, 310, 210), colour: evenly(...colour) },
    { distance: line(185, 140, 295, 140, 6), colour: evenly(20, 20, 20) },
    { distance: line(185, 175, 270, 175, 6), colour: evenly(20, 20, 20) },
  ],
});
const scene = (backdrop: Composition['backdrop'], distance: Distance, colour = gold): Composition => ({
  width: W, height: H, backdrop, shapes: [{ distance, colour }],
});

/** Nothing is salient unless given: what the colours settle needs no model. */
async function found(given: Composition, salience: 'nothing' | 'the subject' = 'nothing') {
  const { photo, truth } = await composed(given);
  const seen: Plane = plane(given.width, given.height);
  if (salience === 'the subject') truth.forEach((value, at) => (seen.data[at] = value / 255));
  const picture = await decoded(photo);
  const plain = usable(await plainBackground({ picture, overview: picture }, resized(seen, 320, 320)));
  return { plain, iou: plain === undefined ? undefined : iouOf(plain.matte.mask.data, truth) };
}

describe('a subject on a plain backdrop', () => {
  const kinds: readonly (readonly [string, Composition, number])[] = [
    ['a ring on black', scene(lampLit([10, 10, 11], W, 6), ring), 0.97],
    ['a ring on blue', scene(lampLit([40, 90, 180], W, 40), ring), 0.97],
    ['a ring on pure white', { ...scene(evenly(255, 255, 255), ring), noise: 0 }, 0.97],
    ['a ring and a wire in strong noise', {
      ...scene(white, either(ring, line(20, 20, 200, 340, 4)), navy), noise: 14,
    }, 0.95],
    ['a net', scene(white, net, () => [60, 110, 60]), 0.9],
    ['a net in a poor JPEG', { ...scene(white, net, () => [40, 40, 45]), quality: 72, noise: 7 }, 0.9],
    ['a chain above its shadow', {
      ...scene(lampLit([190, 188, 186], W, 40), chain, (x) => [90 + 50 * Math.sin(x / 9), 90, 94]),
      shadow: { x: 240, y: 290, rx: 180, ry: 24 },
    }, 0.93],
    ['grey screws beside a box on its shadow', {
      width: W, height: H, backdrop: white, shadow: { x: 240, y: 245, rx: 150, ry: 18 },
      shapes: [{ distance: box(120, 50, 360, 240), colour: navy }, { distance: screws, colour: evenly(110, 108, 104) }],
    }, 0.96],
    ['a bust that the frame cuts', scene(white, either(ellipse(240, 340, 100, 140), ellipse(240, 150, 55, 66))), 0.98],
    ['a white thing on green', scene(
      lampLit([20, 175, 70], W, 20), ellipse(240, 170, 110, 90), () => [238, 238, 236],
    ), 0.98],
    ['a label of nearly its colour with print on it', label([250, 250, 250]), 0.98],
    ['a label of its very colour with print on it', label([238, 238, 236]), 0.98],
  ];
  test.each(kinds)('is found: %s', async (_name, composition, least) => {
    expect((await found(composition)).iou).toBeGreaterThan(least);
  });

  test('of the shadow’s own grey is told from its shadow by the model', async () => {
    const grey = scene(white, ellipse(240, 170, 105, 84), () => [150, 150, 150]);
    const blob = { ...grey, shadow: { x: 240, y: 254, rx: 130, ry: 18 } };
    expect((await found(blob, 'the subject')).iou).toBeGreaterThan(0.97);
  });

  test('has no doubt about a ring’s hole, and some about a label of the backdrop’s colour', async () => {
    expect((await found(scene(white, ring))).plain!.signs.doubt).toBeLessThan(0.05);
    expect((await found(label([238, 238, 236]))).plain!.signs.doubt).toBeGreaterThan(0.15);
  });

  test('is left to the model if it is as white as the backdrop', async () => {
    const bowl = scene(white, ellipse(240, 170, 120, 90), (x) => {
      const level = 239 - 20 * Math.max(0, (x - 240) / 120);
      return [level, level, level - 2];
    });
    expect((await found(bowl, 'the subject')).iou).toBeUndefined();
  });

  test('is not looked for before two surfaces', async () => {
    const table = scene((_x, y) => (y < 240 ? [225, 222, 218] : [150, 110, 70]), ellipse(240, 210, 70, 84), navy);
    expect((await found(table)).iou).toBeUndefined();
  });
});
