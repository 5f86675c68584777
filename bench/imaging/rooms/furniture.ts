import type { Panel, Point, Solid, WallName } from './geometry.ts';
import { books, linear, painting, plain, type Material } from './materials.ts';

const box = (name: string, at: Point, size: Point, material: Material, yaw = 0): Solid =>
  ({ name, shape: 'box', at, size, material, yaw });

/** A place in a turned piece of furniture, in the room. */
const within = (at: Point, yaw: number, x: number, y: number, z: number): Point =>
  [at[0] + x * Math.cos(yaw) + z * Math.sin(yaw), at[1] + y, at[2] + z * Math.cos(yaw) - x * Math.sin(yaw)];

export function sofa(at: Point, hex: string, width = 2, yaw = 0): Solid[] {
  const cloth = plain(hex, 0.05);
  const part = (x: number, y: number, z: number, size: Point): Solid => box('sofa', within(at, yaw, x, y, z), size,
    cloth, yaw);
  return [
    part(0, 0.1, 0, [width, 0.3, 0.85]),
    part(0, 0.1, 0.34, [width, 0.75, 0.2]),
    part(-width / 2 + 0.09, 0.1, 0, [0.18, 0.55, 0.85]),
    part(width / 2 - 0.09, 0.1, 0, [0.18, 0.55, 0.85]),
    part(-width / 4 + 0.04, 0.4, -0.03, [width / 2 - 0.14, 0.12, 0.7]),
    part(width / 4 - 0.04, 0.4, -0.03, [width / 2 - 0.14, 0.12, 0.7]),
  ];
}

export function table(at: Point, hex: string, size: Point, yaw = 0, name = 'table'): Solid[] {
  const wood = plain(hex, 0.08);
  const leg = (x: number, z: number): Solid =>
    box(name, within(at, yaw, x * (size[0] / 2 - 0.05), 0, z * (size[2] / 2 - 0.05)), [0.05, size[1] - 0.04, 0.05],
      wood, yaw);
  const top = box(name, within(at, yaw, 0, size[1] - 0.04, 0), [size[0], 0.04, size[2]], wood, yaw);
  return [top, leg(-1, -1), leg(1, -1), leg(-1, 1), leg(1, 1)];
}

export function chair(at: Point, hex: string, yaw = 0): Solid[] {
  const back = box('chair', within(at, yaw, 0, 0.45, 0.19), [0.42, 0.45, 0.03], plain(hex), yaw);
  return [...table(at, hex, [0.42, 0.46, 0.42], yaw, 'chair'), back];
}

export function bed(at: Point, cover: string, frame: string): Solid[] {
  return [
    box('bed', at, [1.6, 0.35, 2], plain(frame)),
    box('bed', [at[0], 0.35, at[2] - 0.1], [1.64, 0.18, 1.75], plain(cover, 0.06)),
    box('bed', [at[0], 0, at[2] + 1.03], [1.7, 1.05, 0.06], plain(frame)),
    box('bed', [at[0] - 0.4, 0.53, at[2] + 0.75], [0.6, 0.14, 0.4], plain('#f2efe8', 0.03)),
    box('bed', [at[0] + 0.4, 0.53, at[2] + 0.75], [0.6, 0.14, 0.4], plain('#f2efe8', 0.03)),
  ];
}

export function plant(at: Point, height = 1.1): Solid[] {
  const leaf = (x: number, y: number, z: number, size: number): Solid =>
    ({ name: 'plant', shape: 'sphere', at: [at[0] + x, at[1] + y, at[2] + z], size: [size, size, size],
      material: plain('#3f6b35', 0.4) });
  return [
    { name: 'plant', shape: 'cylinder', at, size: [0.3, 0.32, 0.3], material: plain('#b5654a') },
    { name: 'plant', shape: 'cylinder', at: [at[0], 0.3, at[2]], size: [0.04, height - 0.5, 0.04],
      material: plain('#5a4028') },
    leaf(0, height, 0, 0.42), leaf(0.17, height - 0.22, 0.06, 0.3), leaf(-0.16, height - 0.18, -0.05, 0.34),
    leaf(0.05, height - 0.35, -0.12, 0.26),
  ];
}

export function floorLamp(at: Point, glow: Point): Solid[] {
  const metal = plain('#2a2a2c');
  return [
    { name: 'lamp', shape: 'cylinder', at, size: [0.3, 0.03, 0.3], material: metal },
    { name: 'lamp', shape: 'cylinder', at, size: [0.03, 1.45, 0.03], material: metal },
    { name: 'lamp', shape: 'cylinder', at: [at[0], 1.42, at[2]], size: [0.36, 0.28, 0.36],
      material: plain('#f6e7c8'), glow },
  ];
}

export const hangingLamp = (at: Point, glow: Point): Solid[] => [
  { name: 'lamp', shape: 'sphere', at, size: [0.32, 0.32, 0.32], material: plain('#ffffff'), glow },
  { name: 'lamp', shape: 'cylinder', at: [at[0], at[1] + 0.15, at[2]], size: [0.02, 1.5, 0.02],
    material: plain('#222222') },
];

export const cabinet = (at: Point, size: Point, hex: string, yaw = 0): Solid[] => [
  box('cabinet', at, size, plain(hex, 0.05), yaw),
];

export const bookshelf = (at: Point, size: Point, yaw = 0): Solid[] => [box('shelf', at, size, books('#6b4a2e'), yaw)];

export const rug = (at: Point, width: number, depth: number, hex: string, yaw = 0): Solid[] => [
  box('rug', at, [width, 0.012, depth], (u, v, out) => {
    const edge = Math.min(u, width - u, v, depth - v);
    plain(edge < 0.12 && edge > 0.06 ? '#e8dcc0' : hex, 0.2)(u * 3, v * 3, out);
  }, yaw),
];

export const window_ = (wall: WallName, left: number, bottom: number, width: number, height: number,
  light = 6): Panel[] => {
  const frame = plain('#f3f3f0');
  const rim = 0.06;
  return [
    { name: 'window', wall, left, bottom, width, height, material: plain('#ffffff'), glow: [light * 0.86,
      light * 0.95, light * 1.1] },
    { name: 'frame', wall, left: left - rim, bottom: bottom - rim, width: width + 2 * rim, height: height + 2 * rim,
      material: frame },
  ];
};

export const door = (wall: WallName, left: number, hex: string, frame = '#4b3a2a'): Panel[] => [
  { name: 'door', wall, left: left + 0.07, bottom: 0, width: 0.86, height: 2, material: plain(hex, 0.03) },
  { name: 'door', wall, left, bottom: 0, width: 1, height: 2.07, material: plain(frame, 0.03) },
];

/** Somebody who stands, in simple shapes. */
export function person(at: Point, shirt: string, trousers: string, skin: string): Solid[] {
  const part = (x: number, y: number, width: number, height: number, hex: string): Solid =>
    ({ name: 'person', shape: 'cylinder', at: [at[0] + x, at[1] + y, at[2]], size: [width, height, width],
      material: plain(hex, 0.05) });
  return [
    part(-0.1, 0, 0.16, 0.85, trousers), part(0.1, 0, 0.16, 0.85, trousers), part(0, 0.82, 0.38, 0.62, shirt),
    part(-0.25, 0.8, 0.11, 0.62, shirt), part(0.25, 0.8, 0.11, 0.62, shirt), part(0, 1.42, 0.12, 0.1, skin),
    { name: 'person', shape: 'sphere', at: [at[0], at[1] + 1.6, at[2]], size: [0.24, 0.24, 0.24],
      material: plain(skin) },
  ];
}

export const picture = (wall: WallName, left: number, bottom: number, width: number, height: number,
  seed = 3): Panel => ({
  name: 'picture', wall, left, bottom, width, height, material: painting(width, height, seed),
});

/** The strip along the foot of a wall. */
export const skirting = (walls: readonly WallName[], hex: string, height = 0.08): Panel[] =>
  walls.map((wall) => ({ name: 'skirting', wall, left: 0, bottom: 0, width: 20, height, material: plain(hex) }));

export const curtain = (wall: WallName, left: number, width: number, hex: string): Panel => {
  const colour = linear(hex);
  return {
    name: 'curtain', wall, left, bottom: 0.05, width, height: 2.3,
    material: (u, _v, out) => colour.forEach((value, at) => (out[at] = value * (0.8 + 0.2 * Math.sin(u * 55)))),
  };
};
