import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cabinet, bookshelf, picture } from '../../bench/imaging/rooms/furniture.ts';
import { plain } from '../../bench/imaging/rooms/materials.ts';
import type { Rendered, Scene } from '../../bench/imaging/rooms/render.ts';
import { ImageRejected, type Concept, type Restyler } from '../../src/imaging/local/index.ts';
import { roomPartOf } from '../../src/imaging/local/rooms/names.ts';
import { planeMask } from '../../src/imaging/local/rooms/plane.ts';
import { digest } from './kept.ts';
import { changedRoom, fileOf, room } from './kept-rooms.ts';
import { createRememberingRestyler } from './remembered.ts';
import { meanChange, meanLab, pixels, recolored, removed, sample, toned, type Part } from './samples.ts';

// A picture takes 2 to 4 s of one core, and several suites share the cores.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const self = readFileSync(new URL(import.meta.url));

/** A room with something changed in it, below: `change` names it. */
const other = (name: string, change: string, changed: Partial<Scene>): Promise<Rendered> =>
  changedRoom(name, changed, digest(self, change));

type Box = readonly [x: number, y: number, width: number, height: number];

async function maskOf(photo: Rendered, plane: 'wall' | 'floor' | 'ceiling', box?: Box): Promise<Uint8Array> {
  const [x = 0, y = 0, width = 1, height = 1] = box ?? [];
  const search = {
    name: plane, plane, box: box && { x, y, width, height }, things: [], people: undefined, horizon: 0.42,
  };
  return (await planeMask(photo, search)).data;
}

/** Shared area over the area of both. */
function likeness(mask: Uint8Array, truth: Uint8Array): number {
  let [both, either] = [0, 0];
  mask.forEach((value, at) => {
    both += Math.min(value, truth[at]!);
    either += Math.max(value, truth[at]!);
  });
  return both / either;
}

/** How much of what a name covers is in the mask. */
function covered(mask: Uint8Array, truth: Uint8Array): number {
  let [shared, all] = [0, 0];
  truth.forEach((value, at) => {
    shared += Math.min(value, mask[at]!);
    all += value;
  });
  return shared / all;
}

const rejection = async (run: Promise<unknown>): Promise<ImageRejected> => {
  const error = await run.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(ImageRejected);
  return error as ImageRejected;
};

describe('a plane of a room', () => {
  const found: readonly (readonly [scene: string, plane: 'wall' | 'floor' | 'ceiling', box: Box | undefined])[] = [
    ['attic studio', 'floor', undefined],
    ['attic studio', 'ceiling', undefined],
    ['office', 'wall', undefined],
    ['office', 'ceiling', undefined],
    ['sideboard', 'floor', [0, 0.75, 1, 0.25]],
    ['kitchen', 'floor', [0, 0.6, 1, 0.4]],
    ['kitchen', 'wall', [0.1, 0.1, 0.7, 0.5]],
    ['corridor', 'floor', [0.2, 0.5, 0.6, 0.5]],
  ];
  test.each(found)('of the %s, the %s, is found where it is and nowhere else', async (scene, plane, box) => {
    const photo = await room(scene);
    const mask = await maskOf(photo, plane, box);
    const [x = 0, y = 0, width = 1, height = 1] = box ?? [];
    const truth = photo.masks.get(plane)!.map((value, at) => {
      const [column, row] = [(at % photo.width) / photo.width, Math.floor(at / photo.width) / photo.height];
      return column >= x && column < x + width && row >= y && row < y + height ? value : 0;
    });
    expect(likeness(mask, truth)).toBeGreaterThan(0.88);
    for (const [name, other] of photo.masks) {
      if (['chair', 'plant', 'shelf', 'lamp', 'picture', 'cabinet', 'table'].includes(name)) {
        expect(covered(mask, other), name).toBeLessThan(0.12);
      }
    }
  });

  test('keeps a patch of sunlight on a floor, and not what stands in it', async () => {
    const photo = await room('loft');
    const mask = await maskOf(photo, 'floor', [0, 0.6, 1, 0.4]);
    const sun = photo.masks.get('floor')!.map((value, at) => (photo.data[at * 4]! > 235 ? value : 0));
    expect(sun.filter((value) => value > 128).length).toBeGreaterThan(500);
    expect(covered(mask, sun)).toBeGreaterThan(0.6);
    expect(covered(mask, photo.masks.get('table')!)).toBeLessThan(0.15);
  });

  test('is refused in a box of a few pixels', async () => {
    const error = await rejection(maskOf(await room('office'), 'wall', [0.3, 0.3, 0.05, 0.06]));
    expect(error).toMatchObject({ code: 'no_mask', message: expect.stringMatching(/too little of a wall/) });
  });

  test('is refused in a room too dark to see its edges', async () => {
    const photo = await other('office', 'dark', { exposure: 0.012 });
    const error = await rejection(maskOf(photo, 'wall', [0.1, 0.1, 0.8, 0.6]));
    expect(error.code).toBe('no_mask');
  });

  test('is refused where shelves and pictures leave no wall to see', async () => {
    const full = [0, 1.2, 2.4, 3.6].map((x, at) => picture('back', x + 0.02, 1.45, 1.16, 1.2, at * 7));
    const shelves = [0.6, 1.8, 3, 4.2].flatMap((x) => bookshelf([x, 0, 3.3], [1.19, 1.44, 0.3]));
    const photo = await other('sideboard', 'full', { panels: full, solids: shelves });
    const error = await rejection(maskOf(photo, 'wall', [0.15, 0.1, 0.7, 0.75]));
    expect(error).toMatchObject({ code: 'no_mask', message: expect.stringMatching(/box/) });
  });

  test('is refused in a box that shows two walls of different paint alike', async () => {
    const halves = { solids: cabinet([3.8, 0, 3.4], [2.4, 2.7, 0.3], '#6d8f5f'), panels: [] };
    const error = await rejection(maskOf(await other('sideboard', 'halves', halves), 'wall', [0.25, 0.15, 0.5, 0.5]));
    expect(error).toMatchObject({ code: 'no_mask', message: expect.stringMatching(/several surfaces/) });
  });

  test('leaves a mirror on it out', async () => {
    const mirror = { name: 'mirror', wall: 'back', left: 2, bottom: 1, width: 1, height: 1.2,
      material: plain('#9db4c0') } as const;
    const photo = await other('sideboard', 'mirror', { panels: [mirror] });
    const mask = await maskOf(photo, 'wall', [0.1, 0.1, 0.8, 0.7]);
    expect(covered(mask, photo.masks.get('mirror')!)).toBeLessThan(0.05);
  });
});

describe('the name of a part of a room', () => {
  const named: readonly (readonly [name: string, is: string])[] = [
    ['wall', 'wall'], ['the left wall', 'wall'], ['Wall behind the sofa', 'wall'], ['oak parquet', 'floor'],
    ['picture on the wall', 'thing'], ['couch', 'thing'], ['floor lamp', 'thing'], ['kitchen_ceiling', 'ceiling'],
  ];
  test.each(named)('%s stands for %s', (name, is) => {
    const part = roomPartOf(name);
    expect(part?.sort === 'plane' ? part.plane : part?.sort).toBe(is);
  });
  test('that is none is not understood', () => expect(roomPartOf('zeitgeist')).toBeUndefined());
});

describe('a restyled room', () => {
  let restyler: Restyler;
  beforeAll(async () => {
    restyler = await createRememberingRestyler();
  });
  afterAll(() => restyler.close());

  async function restyled(image: Uint8Array, concepts: Record<string, Concept>) {
    const { result, masks } = await restyler.restyle({ image, concepts, protect: [] });
    return { after: await pixels(result), masks };
  }

  test('gets a navy wall that keeps its light, and a floor and ceiling as they were', async () => {
    const photo = await room('office');
    const { after, masks } = await restyled(await fileOf(photo), { 'back wall': recolored('navy') });
    expect(masks).toEqual({ 'back wall': 'surface' });
    const [bright, shaded]: [Part, Part] = [[0.5, 0.3, 0.1, 0.1], [0.02, 0.4, 0.05, 0.1]];
    expect(meanLab(after, bright).b).toBeLessThan(-15);
    expect(meanLab(after, shaded).lightness).toBeLessThan(meanLab(after, bright).lightness);
    expect(meanChange(photo, after, [0.3, 0.9, 0.5, 0.1])).toBeLessThan(1);
    expect(meanChange(photo, after, [0.3, 0, 0.5, 0.08])).toBeLessThan(1);
  });

  test('keeps a person who stands before the wall', async () => {
    const cut = await restyler.restyle({
      image: await sample('portrait'), concepts: { background: removed }, protect: [], force: true,
    });
    const photo = await other('sideboard', 'bare', { solids: [], panels: [] });
    const large = await sharp(await fileOf(photo)).resize(600, 432).toBuffer();
    const person = await sharp(cut.result).resize({ height: 400 }).toBuffer();
    const image = await sharp(large).composite([{ input: person, left: 120, top: 32 }]).png().toBuffer();
    const before = await pixels(image);
    const { after } = await restyled(image, { wall: recolored('sage') });
    expect(meanChange(before, after, [0.85, 0.2, 0.1, 0.3])).toBeGreaterThan(8);
    const shape = await sharp(person).metadata();
    const face: Part = [(120 + shape.width * 0.35) / 600, 0.2, 0.12, 0.2];
    expect(meanChange(before, after, face)).toBeLessThan(1.5);
  });

  test('is refused by the name of a thing that is not seen in it', async () => {
    const image = await fileOf(await room('attic studio'));
    const error = await rejection(restyler.restyle({ image, concepts: { toilet: toned('warm') }, protect: [] }));
    expect(error).toMatchObject({ code: 'no_mask', message: expect.stringMatching(/"toilet".*draw a box/) });
  });

  test('is refused by a name of no meaning without a box', async () => {
    const image = await fileOf(await room('attic studio'));
    const error = await rejection(restyler.restyle({ image, concepts: { zeitgeist: toned('warm') }, protect: [] }));
    expect(error).toMatchObject({ code: 'no_mask', message: expect.stringMatching(/"zeitgeist".*draw a box/) });
  });

  test('has a rug in a box dyed, and not the floor under it', async () => {
    const photo = await room('leather sofa');
    const { after, masks } = await restyled(await fileOf(photo), {
      rug: { ...recolored('teal'), box: [0.16, 0.78, 0.72, 0.22] },
    });
    expect(masks['rug']).toMatch(/in box/);
    expect(meanLab(after, [0.35, 0.9, 0.1, 0.05]).a).toBeLessThan(-6);
    expect(meanChange(photo, after, [0.02, 0.93, 0.1, 0.06])).toBeLessThan(2);
  });
});
