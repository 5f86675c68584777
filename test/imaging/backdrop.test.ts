import { describe, expect, test, vi } from 'vitest';
import { plainBackground } from '../../src/imaging/local/cutout/plain-background.ts';
import { plane, resized, type Plane } from '../../src/imaging/local/raster/filter.ts';
import {
  box, composed, decoded, either, ellipse, evenly, iouOf, lampLit, line, minus, usable,
  type Composition, type Distance,
} from './composed.ts';

vi.setConfig({ testTimeout: 300_000 });

const [W, H] = [480, 340];
const white = lampLit([238, 238, 236], W);
const red = evenly(176, 44, 40);

/** A backdrop of which something keeps the light, its shadow's edge as soft as given (in pixels). */
const shadedBy = (distance: Distance, strength: number, soft: number): Composition['backdrop'] => (x, y) => {
  const share = Math.min(1, Math.max(0, 0.5 - distance(x, y) / (2 * soft)));
  const [r, g, b] = white(x, y);
  const light = 1 - strength * share * share * (3 - 2 * share);
  return [r * light, g * light, b * light];
};

interface Seen { readonly shape: Distance }

/** What is cut out if the model sees the given shape, soft at its edge as models are. */
async function found(scene: Composition, seen?: Seen) {
  const { photo, truth } = await composed(scene);
  const salience: Plane = plane(160, 160);
  for (let at = 0; seen !== undefined && at < salience.data.length; at += 1) {
    const [x, y] = [((at % 160) + 0.5) * (W / 160), (Math.floor(at / 160) + 0.5) * (H / 160)];
    salience.data[at] = Math.min(1, Math.max(0, 0.5 - seen.shape(x, y) / 8));
  }
  const picture = await decoded(photo);
  const plain = usable(await plainBackground({ picture, overview: picture }, resized(salience, 320, 320)));
  return { plain, iou: plain === undefined ? undefined : iouOf(plain.matte.mask.data, truth) };
}

const one = (backdrop: Composition['backdrop'], distance: Distance, colour: Composition['backdrop']): Composition => ({
  width: W, height: H, backdrop, shapes: [{ distance, colour }],
});

describe('a shadow on a plain backdrop', () => {
  const vase = ellipse(170, 170, 60, 110);

  test.each([3, 8, 20])('is no part of the subject, its edge %i pixels soft', async (soft) => {
    const cast = (x: number, y: number): number => vase(x - (270 - y) * 0.5, y);
    expect((await found(one(shadedBy(cast, 0.55, soft), vase, red), { shape: vase })).iou).toBeGreaterThan(0.97);
  });

  test('is no part of a ring that stands in it', async () => {
    const ring = minus(ellipse(230, 160, 110, 100), ellipse(230, 160, 90, 80));
    const cast = (x: number, y: number): number => ring(x - 12, y - 16);
    const scene = one(shadedBy(cast, 0.45, 10), ring, evenly(196, 150, 60));
    expect((await found(scene, { shape: ellipse(230, 160, 110, 100) })).iou).toBeGreaterThan(0.9);
  });

  test('is no part of a mesh whose every opening is in it', async () => {
    const bars = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => line(110 + at * 34, 60, 110 + at * 34, 270, 8));
    const rails = [60, 130, 200, 270].map((y) => line(110, y, 348, y, 8));
    const mesh = either(...bars, ...rails);
    const scene = one(shadedBy(box(112, 66, 372, 300), 0.3, 14), mesh, evenly(112, 70, 36));
    expect((await found(scene, { shape: box(106, 56, 352, 274) })).iou).toBeGreaterThan(0.85);
  });
});

describe('the backdrop’s colour within a subject', () => {
  const whole = box(110, 50, 360, 300);

  test('is an empty label where the subject is broad around it and the model sees no hole', async () => {
    const scene: Composition = {
      width: W, height: H, backdrop: white,
      shapes: [{ distance: whole, colour: red }, { distance: box(180, 120, 270, 190), colour: white }],
    };
    expect((await found(scene, { shape: whole })).iou).toBeGreaterThan(0.97);
  });

  test('is a hole where the model sees one', async () => {
    const plate = minus(whole, box(180, 120, 270, 190));
    expect((await found(one(white, plate, red), { shape: plate })).iou).toBeGreaterThan(0.97);
  });

  test('is a hole in a ring although the model sees none', async () => {
    const ring = minus(ellipse(230, 170, 120, 110), ellipse(230, 170, 92, 82));
    const seen = ellipse(230, 170, 120, 110);
    expect((await found(one(white, ring, red), { shape: seen })).iou).toBeGreaterThan(0.97);
  });

  test('shows between the leaves of a frond of which the model sees the outline alone', async () => {
    const leaves = Array.from({ length: 14 }, (_, at) => [
      line(240, 40 + at * 19, 240 - 100, 25 + at * 19, 7), line(240, 40 + at * 19, 240 + 100, 25 + at * 19, 7),
    ]).flat();
    const frond = either(line(240, 20, 240, 320, 6), ...leaves);
    const scene = one(white, frond, evenly(60, 120, 50));
    expect((await found(scene, { shape: box(135, 15, 345, 325) })).iou).toBeGreaterThan(0.9);
  });
});

test('a white part at the edge of a subject stays on a white backdrop if the model is sure of it', async () => {
  const bottle = box(160, 30, 320, 310);
  const scene: Composition = {
    width: W, height: H, backdrop: white,
    shapes: [
      { distance: bottle, colour: evenly(30, 80, 55) },
      { distance: box(158, 140, 322, 220), colour: (x, y) => [243, 240 + (x % 7) / 4, 232 + (y % 5) / 3] },
    ],
  };
  expect((await found(scene, { shape: either(bottle, box(158, 140, 322, 220)) })).iou).toBeGreaterThan(0.96);
});

const jar = either(box(190, 90, 300, 190), ellipse(245, 90, 55, 26));

test('what a polished table mirrors is no part of the thing that stands on it', async () => {
  const mirrored: Composition['backdrop'] = (x, y) => {
    const ground = white(x, y);
    const away = y - 190;
    const share = away > 0 && jar(x, 190 - away) < 0 ? 0.34 * Math.max(0, 1 - away / 130) : 0;
    const own = 190 - away < 130 ? [40, 60, 150] : [176, 44, 40];
    return [0, 1, 2].map((channel) => ground[channel]! * (1 - share) + own[channel]! * share) as never;
  };
  const thing = { distance: jar, colour: (_: number, y: number) => (y < 130 ? [40, 60, 150] : [176, 44, 40]) as never };
  const scene = { width: W, height: H, backdrop: mirrored, shapes: [thing] };
  const image = box(190, 190, 300, 250);
  expect((await found(scene, { shape: either(jar, image) })).iou).toBeGreaterThan(0.96);
});

test('a thing whose lower half is paler is kept whole: it is no image of the upper one', async () => {
  const crate = box(180, 80, 310, 260);
  const colour = (_: number, y: number) => (y < 170 ? [150, 40, 36] : [205, 150, 146]) as never;
  const scene = { width: W, height: H, backdrop: white, shapes: [{ distance: crate, colour }] };
  expect((await found(scene, { shape: crate })).iou).toBeGreaterThan(0.96);
});

test('a hole that is all in shadow is one by the hue of coloured paper, whatever the model sees', async () => {
  const handle = minus(ellipse(240, 170, 120, 100), ellipse(240, 170, 96, 76));
  const paper: Composition['backdrop'] = (x, y) => {
    const light = ellipse(240, 170, 108, 88)(x, y) < 0 ? 0.72 : 1;
    return [70 * light, 120 * light, 180 * light];
  };
  const scene = one(paper, handle, evenly(236, 196, 40));
  expect((await found(scene, { shape: ellipse(240, 170, 120, 100) })).iou).toBeGreaterThan(0.9);
});

test('within a string of round beads on black is backdrop, though beads are dark towards their edge', async () => {
  const places = Array.from({ length: 26 }, (_, at) => {
    const turn = (at / 26) * 2 * Math.PI;
    return [240 + 125 * Math.cos(turn), 170 + 110 * Math.sin(turn)] as const;
  });
  const beads = either(...places.map(([x, y]) => ellipse(x, y, 15, 15)));
  const colour = (x: number, y: number) => {
    const level = 18 + 190 * Math.min(1, Math.max(0, -beads(x, y) / 14));
    return [level, level, level] as never;
  };
  const scene = { width: W, height: H, backdrop: evenly(17, 17, 19), shapes: [{ distance: beads, colour }] };
  const { plain } = await found(scene, { shape: ellipse(240, 170, 140, 125) });
  expect(plain?.matte.mask.data[170 * W + 240]).toBe(0);
});

test('boards with joints that go on beyond the frame are no plain backdrop', async () => {
  const boards: Composition['backdrop'] = (x, y) => {
    const grain = 7 * Math.sin(y / 3 + 2 * Math.sin(x / 40)) + 4 * Math.sin(y / 1.7);
    const joint = y % 110 < 4 ? 0.3 : 1;
    return [(110 + grain) * joint, (74 + grain) * joint, (44 + grain) * joint];
  };
  const watch = ellipse(240, 170, 60, 60);
  const scene = { ...one(boards, watch, evenly(225, 226, 230)), noise: 6 };
  expect((await found(scene, { shape: watch })).plain).toBeUndefined();
});

test('fur on a green screen has no green in it', async () => {
  const strands = Array.from({ length: 90 }, (_, at) => {
    const turn = (at / 90) * 2 * Math.PI;
    const [x, y] = [240 + Math.cos(turn) * 80, 170 + Math.sin(turn) * 80];
    return line(x, y, x + Math.cos(turn + 0.3) * 36, y + Math.sin(turn + 0.3) * 36, 2.4);
  });
  const toy = either(ellipse(240, 170, 84, 84), ...strands);
  const { photo } = await composed(one(evenly(0, 168, 74), toy, evenly(228, 220, 204)));
  const picture = await decoded(photo);
  const plain = usable(await plainBackground({ picture, overview: picture }, plane(320, 320)));
  const { at, rgb } = plain!.matte.edges;
  const own = new Map(Array.from(at, (pixel, index) => [pixel, index]));
  let [green, seen] = [0, 0];
  plain!.matte.mask.data.forEach((alpha, pixel) => {
    if (alpha < 64) return;
    const index = own.get(pixel);
    const [from, start] = index === undefined ? [picture.data, pixel * 4] : [rgb, index * 3];
    seen += 1;
    if (from[start + 1]! > Math.max(from[start]!, from[start + 2]!) + 30) green += 1;
  });
  expect(seen).toBeGreaterThan(20_000);
  expect(green).toBeLessThan(seen * 0.012);
});
