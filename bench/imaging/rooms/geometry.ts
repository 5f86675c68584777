import type { Material, Vector } from './materials.ts';

/** Metres; x to the right, y up, z away from the camera's wall. */
export type Point = readonly [x: number, y: number, z: number];

/** What stands in a room. `yaw` turns it about its upright axis, in radians. */
export interface Solid {
  readonly name: string;
  readonly shape: 'box' | 'cylinder' | 'sphere';
  /** The middle of its base for a box and a cylinder, the centre for a sphere. */
  readonly at: Point;
  /** Width, height and depth; a cylinder's and a sphere's diameter is the width. */
  readonly size: Point;
  readonly yaw?: number;
  readonly material: Material;
  /** Light that it gives off (linear RGB); none by default. */
  readonly glow?: Point;
}

export type WallName = 'left' | 'right' | 'back' | 'front';

/** A rectangle on a wall: a door, a window, a painting. Along the wall and up from the floor, in metres. */
export interface Panel {
  readonly name: string;
  readonly wall: WallName;
  readonly left: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
  readonly material: Material;
  /** A window lets the sun and the sky in. */
  readonly glow?: Point;
}

export interface Hit {
  distance: number;
  /** Of the surface, towards the ray. */
  nx: number;
  ny: number;
  nz: number;
  u: number;
  v: number;
  name: string;
  /** Tells surfaces apart: each wall and each face has its own. */
  surface: number;
  material: Material;
  glow: Point | undefined;
}

export const noHit = (): Hit => ({
  distance: Infinity, nx: 0, ny: 0, nz: 0, u: 0, v: 0, name: '', surface: 0, material: () => undefined, glow: undefined,
});

const NEAR = 1e-4;

/** Fills `hit` when the ray meets the solid nearer than what it holds. */
export function meet(solid: Solid, index: number, o: Vector, d: Vector, hit: Hit): void {
  const rx = o[0] - solid.at[0];
  const ry = o[1] - solid.at[1];
  const rz = o[2] - solid.at[2];
  if (isFar(solid, rx, ry, rz, d)) return;
  const yaw = solid.yaw ?? 0;
  const cos = yaw === 0 ? 1 : Math.cos(yaw);
  const sin = yaw === 0 ? 0 : Math.sin(yaw);
  const ox = rx * cos - rz * sin;
  const oz = rx * sin + rz * cos;
  const dx = d[0] * cos - d[2] * sin;
  const dz = d[0] * sin + d[2] * cos;
  const found = shapes[solid.shape](solid.size, ox, ry, oz, dx, d[1], dz, hit.distance);
  if (found === undefined) return;
  const [distance, nx, ny, nz, u, v, face] = found;
  hit.distance = distance;
  hit.nx = nx * cos + nz * sin;
  hit.ny = ny;
  hit.nz = nz * cos - nx * sin;
  hit.u = u;
  hit.v = v;
  hit.name = solid.name;
  hit.surface = 100 + index * 8 + face;
  hit.material = solid.material;
  hit.glow = solid.glow;
}

/** Whether the ray passes the ball around the solid. */
function isFar(solid: Solid, rx: number, ry: number, rz: number, d: Vector): boolean {
  const width = solid.size[0];
  const height = solid.size[1];
  const depth = solid.size[2];
  const lift = solid.shape === 'sphere' ? 0 : height / 2;
  const y = ry - lift;
  const along = rx * d[0] + y * d[1] + rz * d[2];
  const away = rx * rx + y * y + rz * rz - along * along;
  return away > (width * width + height * height + depth * depth) / 4;
}

type Found = readonly [distance: number, nx: number, ny: number, nz: number, u: number, v: number, face: number];
type Shape = (
  size: Point, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number, most: number,
) => Found | undefined;

const shapes: Readonly<Record<Solid['shape'], Shape>> = {
  box(size, ox, oy, oz, dx, dy, dz, most) {
    const [halfX, halfY, halfZ] = [size[0] / 2, size[1] / 2, size[2] / 2];
    const y = oy - halfY;
    const [ix, iy, iz] = [1 / (dx || 1e-12), 1 / (dy || 1e-12), 1 / (dz || 1e-12)];
    const nearX = -ox * ix - halfX * Math.abs(ix);
    const nearY = -y * iy - halfY * Math.abs(iy);
    const nearZ = -oz * iz - halfZ * Math.abs(iz);
    const enter = Math.max(nearX, nearY, nearZ);
    if (enter < NEAR || enter >= most) return undefined;
    const farX = -ox * ix + halfX * Math.abs(ix);
    const farY = -y * iy + halfY * Math.abs(iy);
    const farZ = -oz * iz + halfZ * Math.abs(iz);
    if (enter >= Math.min(farX, farY, farZ)) return undefined;
    const [px, py, pz] = [ox + enter * dx + halfX, y + enter * dy + halfY, oz + enter * dz + halfZ];
    if (enter === nearX) return [enter, dx > 0 ? -1 : 1, 0, 0, pz, py, dx > 0 ? 0 : 1];
    if (enter === nearY) return [enter, 0, dy > 0 ? -1 : 1, 0, px, pz, dy > 0 ? 2 : 3];
    return [enter, 0, 0, dz > 0 ? -1 : 1, px, py, dz > 0 ? 4 : 5];
  },
  sphere(size, ox, oy, oz, dx, dy, dz, most) {
    const radius = size[0] / 2;
    const b = ox * dx + oy * dy + oz * dz;
    const inside = b * b - (ox * ox + oy * oy + oz * oz - radius * radius);
    if (inside < 0) return undefined;
    const distance = -b - Math.sqrt(inside);
    if (distance < NEAR || distance >= most) return undefined;
    const [x, y, z] = [(ox + distance * dx) / radius, (oy + distance * dy) / radius, (oz + distance * dz) / radius];
    return [distance, x, y, z, Math.atan2(z, x) * radius, y * radius, 0];
  },
  cylinder(size, ox, oy, oz, dx, dy, dz, most) {
    const radius = size[0] / 2;
    const a = dx * dx + dz * dz;
    const b = ox * dx + oz * dz;
    const inside = b * b - a * (ox * ox + oz * oz - radius * radius);
    if (inside < 0) return undefined;
    const side = (-b - Math.sqrt(inside)) / a;
    const y = oy + side * dy;
    if (side > NEAR && side < most && y >= 0 && y <= size[1]) {
      const [x, z] = [(ox + side * dx) / radius, (oz + side * dz) / radius];
      return [side, x, 0, z, Math.atan2(z, x) * radius, y, 0];
    }
    const top = ((dy < 0 ? size[1] : 0) - oy) / dy;
    const [x, z] = [ox + top * dx, oz + top * dz];
    if (!(top > NEAR) || top >= most || x * x + z * z > radius * radius) return undefined;
    return [top, 0, dy < 0 ? 1 : -1, 0, x + radius, z + radius, 1];
  },
};
