import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Rendered } from '../../bench/imaging/rooms/render.ts';
import { scenes } from '../../bench/imaging/rooms/scenes.ts';
import type { Restyler } from '../../src/imaging/local/index.ts';
import { layMaterial } from '../../src/imaging/local/effects/lay.ts';
import { materialNames, materialOf, type Material } from '../../src/imaging/local/materials/materials.ts';
import { labPlanes } from '../../src/imaging/local/raster/lab-planes.ts';
import { litSurface } from '../../src/imaging/local/raster/light.ts';
import { fullMask, type Mask } from '../../src/imaging/local/raster/mask.ts';
import { cameraOf, levelPlane, valueOf } from '../../src/imaging/local/rooms/camera.ts';
import { wallsOf } from '../../src/imaging/local/rooms/corners.ts';
import { linesOf } from '../../src/imaging/local/rooms/lines.ts';
import { flatProjection, projectionOf, type Spot } from '../../src/imaging/local/rooms/projection.ts';
import { perspectiveOf } from '../../src/imaging/local/rooms/vanishing.ts';
import { fileOf, room } from './kept-rooms.ts';
import { createRememberingRestyler } from './remembered.ts';
import { meanChange, meanLab, pixels, roughness, textured, type Part } from './samples.ts';

// Several suites share the cores.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

function seen(photo: Rendered) {
  const lines = linesOf(labPlanes(photo).lightness);
  const perspective = perspectiveOf(lines, photo.width, photo.height);
  return { lines, perspective, camera: cameraOf(perspective, lines, photo.width, photo.height) };
}

const maskOf = (photo: Rendered, name: string): Mask => {
  const data = new Uint8Array(photo.width * photo.height);
  for (const [one, covers] of photo.masks) {
    if (one !== name && !(name === 'wall' && one === 'accent wall')) continue;
    data.forEach((is, at) => (data[at] = is + covers[at]!));
  }
  return { width: photo.width, height: photo.height, data };
};
const spot = (): Spot => ({ u: 0, v: 0, spreadU: 0, spreadV: 0 });

describe('the camera of a room', () => {
  test.each(['corridor', 'kitchen', 'office', 'bedroom'])('of the %s is found by its lines', async (name) => {
    const photo = await room(name);
    const { perspective } = seen(photo);
    const { yaw, pitch, fieldOfView } = scenes.find((one) => one.name === name)!.camera;
    const reach = Math.tan(fieldOfView / 2);
    // Where lines along the room meet: straight ahead of it, as the camera is turned.
    expect(perspective.depth).toBeCloseTo(0.5 - Math.tan(yaw) / Math.cos(pitch) / reach / 2, 1);
    expect(perspective.horizon).toBeCloseTo(0.5 + (Math.tan(pitch) / reach / 2) * (photo.width / photo.height), 1);
  });

  test('measures a floor in metres: of a level camera by the height of the eye', () => {
    const camera = cameraOf({ horizon: 0.5, depth: 0.5 }, [], 1_000, 800);
    const { u, v, w } = levelPlane(camera, 'floor');
    const at = (x: number, y: number) => [valueOf(u, x, y) / valueOf(w, x, y), valueOf(v, x, y) / valueOf(w, x, y)];
    // 720 pixels is the focal length: 200 below the horizon lies 720 / 200 eye heights away.
    expect(at(500, 600)[0]).toBeCloseTo(0);
    expect(at(500, 600)[1]).toBeCloseTo((720 / 200) * 1.45);
    expect(at(600, 600)[0]).toBeCloseTo((100 / 200) * 1.45);
    expect(at(600, 800)[0]).toBeCloseTo((100 / 400) * 1.45);
  });

  test('tells side walls by the lines on them, and a pattern goes on around the corner', async () => {
    const photo = await room('corridor');
    const { camera, lines } = seen(photo);
    const walls = wallsOf(camera, lines, maskOf(photo, 'wall'));
    expect(walls).toHaveLength(3);
    // The far wall of the rendered corridor.
    const far = walls.map(({ until }) => until / photo.width);
    expect(far[0]).toBeGreaterThan(0.37);
    expect(far[0]).toBeLessThan(0.44);
    expect(far[1]).toBeGreaterThan(0.56);
    expect(far[1]).toBeLessThan(0.63);
    for (const [index, { until }] of walls.slice(0, 2).entries()) {
      const across = [walls[index]!, walls[index + 1]!].map(({ plane: { u, w } }) =>
        valueOf(u, until, photo.height / 2) / valueOf(w, until, photo.height / 2));
      expect(across[0]).toBeCloseTo(across[1]!, 5);
    }
  });

  test('has one wall where nothing leads away', () => {
    const camera = cameraOf({ horizon: 0.44, depth: undefined }, [], 480, 360);
    expect(wallsOf(camera, [], fullMask(480, 360))).toHaveLength(1);
  });
});

describe('a material', () => {
  test.each(materialNames)('%s has the colour it is given as its mean, near and far away', (name) => {
    const material = materialOf(name, [150, 120, 90]);
    const mean = (spread: number): number[] => {
      const [sum, out] = [[0, 0, 0], new Float64Array(3)];
      for (let at = 0; at < 4_000; at += 1) {
        const [u, v] = [(at % 63) * 0.0371, Math.floor(at / 63) * 0.0533];
        material.paint({ u, v, spreadU: spread, spreadV: spread }, out);
        out.forEach((value, channel) => (sum[channel]! += value / 4_000));
      }
      return sum;
    };
    const [near, far] = [mean(0.0005), mean(0.8)];
    near.forEach((value, channel) => expect(Math.abs(value - far[channel]!)).toBeLessThan(0.06));
    if (name !== 'brick' && name !== 'stripes') expect(near[0]).toBeCloseTo(0.305, 1);
  });

  const grey: Material = { cell: [1, 1], paint: (_spot, out) => void out.fill(0.3) };

  test('is lit as the floor was: sun and shade stay, boards go', async () => {
    const photo = await room('living room');
    const mask = maskOf(photo, 'floor');
    const after = { ...photo, data: photo.data.slice() };
    await layMaterial(after, mask, grey, flatProjection(photo.width, photo.height), 1);
    const [sun, shade]: [Part, Part] = [[0.03, 0.87, 0.06, 0.04], [0.14, 0.76, 0.04, 0.02]];
    const boards: Part = [0.86, 0.86, 0.06, 0.06];
    expect(meanLab(after, sun).lightness).toBeGreaterThan(meanLab(after, shade).lightness + 12);
    expect(roughness(after, boards)).toBeLessThan(roughness(photo, boards) * 0.6);
    expect(Math.hypot(meanLab(after, boards).a, meanLab(after, boards).b)).toBeLessThan(8);
    expect(meanChange(photo, after, [0, 0, 1, 0.5])).toBe(0);
  });

  test('leaves no rim of the old surface at an edge', async () => {
    const photo = await room('attic studio');
    const mask = maskOf(photo, 'floor');
    const after = { ...photo, data: photo.data.slice() };
    const black: Material = { cell: [1, 1], paint: (_spot, out) => void out.fill(0.002) };
    await layMaterial(after, mask, black, flatProjection(photo.width, photo.height), 1);
    const { red } = await litSurface(photo, mask);
    expect(red.width).toBe(photo.width);
    let worst = 0;
    mask.data.forEach((share, at) => {
      // Half of it or more is floor, so at most half of what is beside it is left.
      if (share > 128 && share < 250) worst = Math.max(worst, after.data[at * 4]! - photo.data[at * 4]!);
    });
    expect(worst).toBeLessThan(12);
  });

  test('lies in perspective: joints of tiles meet where the room’s lines do', async () => {
    const photo = await room('corridor');
    const { camera, lines } = seen(photo);
    const project = projectionOf(camera, lines, 'floor', maskOf(photo, 'floor'));
    const [near, far] = [spot(), spot()];
    project(160, 210, near);
    project(160, 160, far);
    expect(far.v).toBeGreaterThan(near.v + 1);
    expect(far.spreadV).toBeGreaterThan(near.spreadV * 2);
    // Along a line to the vanishing point u is the same.
    const { depth = 0, horizon } = seen(photo).perspective;
    const [x, y] = [depth * photo.width, horizon * photo.height];
    project(x + (160.5 - x) * 0.6 - 0.5, y + (210.5 - y) * 0.6 - 0.5, far);
    expect(far.u).toBeCloseTo(near.u, 5);
  });
});

describe('a floor by name', () => {
  let restyler: Restyler;
  beforeAll(async () => {
    restyler = await createRememberingRestyler();
  });
  afterAll(() => restyler.close());

  test('gets a carpet of a colour, and the wall beside it stays', async () => {
    const photo = await room('attic studio');
    const image = await fileOf(photo);
    const { result, masks } = await restyler.restyle({
      image, concepts: { floor: textured('Navy carpet') }, protect: [],
    });
    expect(masks).toEqual({ floor: 'surface' });
    const after = await pixels(result);
    expect(meanLab(after, [0.3, 0.9, 0.4, 0.08]).b).toBeLessThan(-10);
    expect(meanChange(photo, after, [0.2, 0.4, 0.1, 0.2])).toBe(0);
  });

  test.each([
    ['background', textured('wood'), /"wood" covers walls, floors and ceilings, and "background" is none/],
    ['floor', textured('greenish wood'), /"greenish".*white.*#rrggbb/],
    ['floor', textured('marble'), /"marble".*linen.*floors and ceilings wood, oak/],
    ['floor', textured('wood 3%'), /3 %.*5 to 100/],
  ])('of the %s, %o is refused', async (name, concept, says) => {
    const image = await fileOf(await room('attic studio'));
    const run = restyler.restyle({ image, concepts: { [name]: concept }, protect: [] });
    const error = await run.catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'invalid_concept', message: expect.stringMatching(says) });
  });
});
