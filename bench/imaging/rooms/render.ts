import { meet, noHit, type Hit, type Panel, type Point, type Solid, type WallName } from './geometry.ts';
import type { Material, Vector } from './materials.ts';

/** A closed room with its camera. Everything is matt. */
export interface Scene {
  readonly name: string;
  readonly size: Point;
  readonly floor: Material;
  readonly ceiling: Material;
  readonly walls: Material;
  /** Walls with a material of their own; they still count as `wall`. */
  readonly accents?: Partial<Readonly<Record<WallName, Material>>>;
  readonly panels: readonly Panel[];
  readonly solids: readonly Solid[];
  /** Where the sun stands, as a direction, and its light; it comes in through windows. */
  readonly sun?: { readonly towards: Point; readonly light: Point };
  /** Light that is everywhere: what many lamps and further bounces would add. */
  readonly ambient: Point;
  readonly camera: { readonly at: Point; readonly yaw: number; readonly pitch: number; readonly fieldOfView: number };
  /** How much the floor mirrors when one looks straight down on it; more at a flat angle. None by default. */
  readonly polish?: number;
  /** Taken with the camera upright: higher than wide. */
  readonly isUpright?: boolean;
  /** Brightness of the picture; 1 puts a well-lit white wall near white. */
  readonly exposure?: number;
}

export interface Rendered {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8Array;
  /** Share (0..255) of each pixel that each name covers. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
}

export interface Quality {
  readonly width: number;
  readonly height: number;
  /** Paths for each cell of the light's grid. */
  readonly paths: number;
}

/** Sub-pixels each way: the masks' edges have nine levels. */
const SUB = 3;
/** Pixels of a cell of the grid on which the slowly varying light is computed. */
const CELL = 3;

/**
 * Renders a room: sunlight exactly at each sub-pixel, all other light (sky, lamps, three bounces) by path tracing on
 * a coarser grid that is smoothed within each surface. Repeatable.
 */
export function render(scene: Scene, quality: Quality): Rendered {
  const tracer = createTracer(scene);
  const [across, down] = [quality.width * SUB, quality.height * SUB];
  const grid = tracer.lightGrid(Math.ceil(quality.width / CELL), Math.ceil(quality.height / CELL), quality.paths);
  const sums = new Float64Array(quality.width * quality.height * 3);
  const masks = new Map<string, Uint8Array>();
  const [o, d, light, albedo] = [vector(), vector(), vector(), vector()];
  for (let y = 0; y < down; y += 1) {
    for (let x = 0; x < across; x += 1) {
      tracer.ray((x + 0.5) / across, (y + 0.5) / down, quality.width / quality.height, o, d);
      const hit = tracer.trace(o, d);
      const at = Math.floor(y / SUB) * quality.width + Math.floor(x / SUB);
      let mask = masks.get(hit.name);
      if (mask === undefined) masks.set(hit.name, (mask = new Uint8Array(quality.width * quality.height)));
      mask[at]! = Math.min(255, mask[at]! + Math.ceil(255 / (SUB * SUB)));
      if (hit.glow !== undefined) {
        for (let channel = 0; channel < 3; channel += 1) light[channel] = Math.min(1.1, hit.glow[channel]!);
      } else {
        grid((x + 0.5) / across, (y + 0.5) / down, hit, light);
        tracer.addSun(o, d, hit, light);
        hit.material(hit.u, hit.v, albedo);
        for (let channel = 0; channel < 3; channel += 1) light[channel]! *= albedo[channel]!;
        if (scene.polish !== undefined && hit.name === 'floor') tracer.addMirrored(o, d, hit, scene.polish, light);
      }
      for (let channel = 0; channel < 3; channel += 1) {
        sums[at * 3 + channel]! += developed(light[channel]! * (scene.exposure ?? 1)) / (SUB * SUB);
      }
    }
  }
  return { width: quality.width, height: quality.height, data: noisy(sums), masks };
}

const vector = (): Vector => [0, 0, 0];

/** Soft in the lights as a camera is, then sRGB; 0..255. */
function developed(light: number): number {
  const soft = light < 0.6 ? light : 0.6 + 0.4 * (1 - Math.exp(-(light - 0.6) / 0.4));
  return 255 * (soft <= 0.0031308 ? soft * 12.92 : 1.055 * soft ** (1 / 2.4) - 0.055);
}

function noisy(sums: Float64Array): Uint8Array {
  const random = randomFrom(5);
  const data = new Uint8Array((sums.length / 3) * 4);
  for (let at = 0; at < sums.length / 3; at += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      const value = sums[at * 3 + channel]! + (random() + random() + random() - 1.5) * 3;
      data[at * 4 + channel] = Math.round(Math.min(255, Math.max(0, value)));
    }
    data[at * 4 + 3] = 255;
  }
  return data;
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32;
}

/** A scene with its lamps, and its random numbers: the same ones in each run. */
interface World {
  readonly scene: Scene;
  readonly lights: readonly (Panel | Solid)[];
  readonly random: () => number;
}

function createTracer(scene: Scene) {
  const lights = [...scene.panels.filter((one) => one.glow), ...scene.solids.filter((one) => one.glow)];
  const world: World = { scene, lights, random: randomFrom(1) };

  function ray(x: number, y: number, aspect: number, o: Vector, d: Vector): void {
    const { at, yaw, pitch, fieldOfView } = scene.camera;
    const reach = Math.tan(fieldOfView / 2);
    const side = (x * 2 - 1) * reach;
    const up = ((1 - y * 2) * reach) / aspect;
    const forward = Math.cos(pitch) - up * Math.sin(pitch);
    const rise = Math.sin(pitch) + up * Math.cos(pitch);
    const dx = side * Math.cos(yaw) + forward * Math.sin(yaw);
    const dz = forward * Math.cos(yaw) - side * Math.sin(yaw);
    const length = Math.hypot(dx, rise, dz);
    for (let axis = 0; axis < 3; axis += 1) o[axis] = at[axis]!;
    d[0] = dx / length;
    d[1] = rise / length;
    d[2] = dz / length;
  }

  function lightGrid(width: number, height: number, paths: number) {
    const cells = Array.from({ length: width * height }, (_, at) => {
      const [o, d, light] = [vector(), vector(), [...scene.ambient] as Vector];
      ray(((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / height, width / height, o, d);
      const hit = traced(scene, o, d);
      const sum = vector();
      for (let path = 0; path < paths && hit.glow === undefined; path += 1) addPath(world, o, d, hit, sum);
      for (let channel = 0; channel < 3; channel += 1) light[channel]! += sum[channel]! / paths;
      return { hit, light };
    });
    const smooth = smoothed(cells, width, height);
    return (x: number, y: number, hit: Hit, out: Vector): void =>
      interpolated(smooth, width, height, x, y, hit, out);
  }
  return {
    ray,
    lightGrid,
    trace: (o: Vector, d: Vector): Hit => traced(scene, o, d),
    addSun: (o: Vector, d: Vector, hit: Hit, light: Vector): void => addSun(world, o, d, hit, light),
    addMirrored: (o: Vector, d: Vector, hit: Hit, polish: number, light: Vector): void =>
      addMirrored(world, o, d, hit, polish, light),
  };
}

function traced(scene: Scene, o: Vector, d: Vector): Hit {
  const hit = noHit();
  shell(scene, o, d, hit);
  for (let index = 0; index < scene.solids.length; index += 1) meet(scene.solids[index]!, index, o, d, hit);
  return hit;
}

function addSun({ scene, random }: World, o: Vector, d: Vector, hit: Hit, light: Vector): void {
  if (scene.sun === undefined) return;
  const [sx, sy, sz] = scene.sun.towards;
  const length = Math.hypot(sx, sy, sz);
  const cosine = (sx * hit.nx + sy * hit.ny + sz * hit.nz) / length;
  if (cosine <= 0) return;
  const from = placeOf(o, d, hit);
  const blur = 0.006;
  const towards: Vector = [
    sx / length + (random() - 0.5) * blur, sy / length + (random() - 0.5) * blur, sz / length,
  ];
  if (traced(scene, from, towards).name !== 'window') return;
  for (let channel = 0; channel < 3; channel += 1) light[channel]! += scene.sun.light[channel]! * cosine;
}

/** Adds the light of one random point of each lamp and window. */
function addLamps({ scene, lights, random }: World, from: Vector, hit: Hit, weight: Vector,
  light: Vector): void {
  for (const lamp of lights) {
    const [to, area] = pointOn(scene, lamp, random);
    const towards: Vector = [to[0]! - from[0]!, to[1]! - from[1]!, to[2]! - from[2]!];
    const distance = Math.hypot(towards[0]!, towards[1]!, towards[2]!);
    for (let at = 0; at < 3; at += 1) towards[at]! /= distance;
    const cosine = towards[0]! * hit.nx + towards[1]! * hit.ny + towards[2]! * hit.nz;
    if (cosine <= 0) continue;
    const seen = traced(scene, from, towards);
    if (seen.glow === undefined || seen.name !== lamp.name) continue;
    const facing = -(towards[0]! * seen.nx + towards[1]! * seen.ny + towards[2]! * seen.nz);
    const share = (cosine * Math.max(0, facing) * area) / Math.max(0.02, distance * distance) / Math.PI;
    for (let channel = 0; channel < 3; channel += 1) {
      light[channel]! += weight[channel]! * lamp.glow![channel]! * share;
    }
  }
}

/** Adds what one random path from a place finds: lamps and the sun at the place and at three bounces. */
function addPath(world: World, o: Vector, d: Vector, hit: Hit, out: Vector): void {
  const weight = [1, 1, 1] as Vector;
  const albedo = vector();
  let [from, current] = [placeOf(o, d, hit), hit];
  addLamps(world, from, current, weight, out);
  for (let bounce = 0; bounce < 3; bounce += 1) {
    const towards = scattered(current, world.random);
    const next = traced(world.scene, from, towards);
    if (next.glow !== undefined || next.distance === Infinity) return;
    next.material(next.u, next.v, albedo);
    for (let channel = 0; channel < 3; channel += 1) weight[channel]! *= albedo[channel]!;
    const sun = vector();
    addSun(world, from, towards, next, sun);
    for (let channel = 0; channel < 3; channel += 1) out[channel]! += weight[channel]! * sun[channel]!;
    [from, current] = [placeOf(from, towards, next), next];
    addLamps(world, from, current, weight, out);
  }
}

/** What a slightly rough polish shows of the room, as much as Schlick's term of Fresnel's law has it. */
function addMirrored(
  world: World, o: Vector, d: Vector, hit: Hit, polish: number, light: Vector,
): void {
  const { scene, random } = world;
  const rough = 0.05;
  const towards: Vector = [
    d[0]! + (random() - 0.5) * rough, Math.abs(d[1]!) + random() * 0.01, d[2]! + (random() - 0.5) * rough,
  ];
  const length = Math.hypot(towards[0]!, towards[1]!, towards[2]!);
  for (let at = 0; at < 3; at += 1) towards[at]! /= length;
  const from = placeOf(o, d, hit);
  const seen = traced(scene, from, towards);
  const shown = vector();
  if (seen.glow !== undefined) for (let at = 0; at < 3; at += 1) shown[at] = seen.glow[at]!;
  else {
    const albedo = vector();
    addPath(world, from, towards, seen, shown);
    seen.material(seen.u, seen.v, albedo);
    shown.forEach((value, at) => (shown[at] = (value + scene.ambient[at]!) * albedo[at]!));
  }
  const share = polish + (1 - polish) * (1 - Math.abs(d[1]!)) ** 5;
  for (let at = 0; at < 3; at += 1) light[at] = light[at]! * (1 - share) + shown[at]! * share;
}

interface Cell { readonly hit: Hit; readonly light: Vector }

const alike = (one: Hit, other: Hit): boolean =>
  one.surface === other.surface && one.nx * other.nx + one.ny * other.ny + one.nz * other.nz > 0.9;

/** Each cell's light as a mean over cells of the same surface around it, in widening rings (à trous). */
function smoothed(cells: readonly Cell[], width: number, height: number): readonly Cell[] {
  let now = cells;
  for (const step of [1, 2, 4, 1]) {
    const before = now;
    now = before.map((cell, at) => {
      const [x, y] = [at % width, Math.floor(at / width)];
      const light = vector();
      let count = 0;
      for (let row = -2; row <= 2; row += 1) {
        for (let column = -2; column <= 2; column += 1) {
          const [left, top] = [x + column * step, y + row * step];
          if (left < 0 || top < 0 || left >= width || top >= height) continue;
          const other = before[top * width + left]!;
          if (!alike(other.hit, cell.hit)) continue;
          for (let channel = 0; channel < 3; channel += 1) light[channel]! += other.light[channel]!;
          count += 1;
        }
      }
      return { hit: cell.hit, light: [light[0] / count, light[1] / count, light[2] / count] };
    });
  }
  return now;
}

function interpolated(
  cells: readonly Cell[], width: number, height: number, x: number, y: number, hit: Hit, out: Vector,
): void {
  const left = Math.floor(x * width - 0.5);
  const top = Math.floor(y * height - 0.5);
  out.fill(0);
  for (let reach = 0; reach <= 2; reach += 2) {
    let total = 0;
    for (let row = top - reach; row <= top + 1 + reach; row += 1) {
      const first = Math.min(height - 1, Math.max(0, row)) * width;
      for (let column = left - reach; column <= left + 1 + reach; column += 1) {
        const cell = cells[first + Math.min(width - 1, Math.max(0, column))]!;
        if (!alike(cell.hit, hit) && !(reach > 0 && cell.hit.name === hit.name)) continue;
        const dx = Math.abs(x * width - 0.5 - column);
        const dy = Math.abs(y * height - 0.5 - row);
        const weight = Math.max(1e-3, 1 + reach - dx) * Math.max(1e-3, 1 + reach - dy);
        for (let channel = 0; channel < 3; channel += 1) out[channel]! += weight * cell.light[channel]!;
        total += weight;
      }
    }
    if (total === 0) continue;
    for (let channel = 0; channel < 3; channel += 1) out[channel]! /= total;
    return;
  }
  // Thinner than the grid: the light beside it.
  const near = cells[Math.min(height - 1, Math.floor(y * height)) * width + Math.min(width - 1,
    Math.floor(x * width))]!;
  for (let channel = 0; channel < 3; channel += 1) out[channel] = near.light[channel]!;
}

function placeOf(o: Vector, d: Vector, { distance, nx, ny, nz }: Hit): Vector {
  return [
    o[0] + d[0] * distance + nx * 1e-3, o[1] + d[1] * distance + ny * 1e-3, o[2] + d[2] * distance + nz * 1e-3,
  ];
}

/** A direction away from the surface, more likely the steeper it is (cosine law). */
function scattered(hit: Hit, random: () => number): Vector {
  const [turn, height] = [random() * 2 * Math.PI, random() * 2 - 1];
  const round = Math.sqrt(1 - height * height);
  const out: Vector = [
    hit.nx + round * Math.cos(turn) * 0.999, hit.ny + height * 0.999, hit.nz + round * Math.sin(turn) * 0.999,
  ];
  const length = Math.hypot(out[0]!, out[1]!, out[2]!);
  return [out[0] / length, out[1] / length, out[2] / length];
}

/** The inside of the room: where the ray leaves it. */
function shell(scene: Scene, o: Vector, d: Vector, hit: Hit): void {
  let axis = 0;
  for (let at = 0; at < 3; at += 1) {
    const distance = ((d[at]! > 0 ? scene.size[at]! : 0) - o[at]!) / d[at]!;
    if (!(distance < hit.distance && distance > 0)) continue;
    hit.distance = distance;
    axis = at;
  }
  const place: Vector = [
    o[0]! + d[0]! * hit.distance, o[1]! + d[1]! * hit.distance, o[2]! + d[2]! * hit.distance,
  ];
  const far = d[axis]! > 0;
  hit.nx = axis === 0 ? (far ? -1 : 1) : 0;
  hit.ny = axis === 1 ? (far ? -1 : 1) : 0;
  hit.nz = axis === 2 ? (far ? -1 : 1) : 0;
  hit.surface = axis * 2 + (far ? 1 : 0);
  if (axis === 1) {
    hit.u = place[0]!;
    hit.v = place[2]!;
    hit.name = far ? 'ceiling' : 'floor';
    hit.material = far ? scene.ceiling : scene.floor;
    return;
  }
  const wall: WallName = axis === 0 ? (far ? 'right' : 'left') : far ? 'back' : 'front';
  hit.u = axis === 0 ? place[2]! : place[0]!;
  hit.v = place[1]!;
  hit.name = scene.accents?.[wall] === undefined ? 'wall' : 'accent wall';
  hit.material = scene.accents?.[wall] ?? scene.walls;
  for (let index = 0; index < scene.panels.length; index += 1) {
    const panel = scene.panels[index]!;
    const u = hit.u - panel.left;
    const v = hit.v - panel.bottom;
    if (panel.wall !== wall || u < 0 || v < 0 || u > panel.width || v > panel.height) continue;
    hit.u = u;
    hit.v = v;
    hit.name = panel.name;
    hit.surface = 10 + index;
    hit.material = panel.material;
    hit.glow = panel.glow;
    return;
  }
}

function pointOn(scene: Scene, lamp: Panel | Solid, random: () => number): [Vector, number] {
  if ('shape' in lamp) {
    const radius = lamp.size[0] / 2;
    const towards = scattered({ ...noHit(), nx: 0, ny: 0, nz: 0 }, random);
    const middle = lamp.shape === 'sphere' ? lamp.at[1] : lamp.at[1] + lamp.size[1] / 2;
    const reach = (axis: 0 | 1 | 2): number => towards[axis] * radius * 0.98;
    return [[lamp.at[0] + reach(0), middle + reach(1), lamp.at[2] + reach(2)], 4 * Math.PI * radius * radius];
  }
  const along = lamp.left + random() * lamp.width;
  const up = lamp.bottom + random() * lamp.height;
  const { wall } = lamp;
  const x = wall === 'left' ? 0 : wall === 'right' ? scene.size[0] : along;
  const z = wall === 'front' ? 0 : wall === 'back' ? scene.size[2] : along;
  return [[x, up, z], lamp.width * lamp.height];
}
