import type { Mask } from '../raster/mask.ts';
import { levelPlane, valueOf, type Camera, type Homography } from './camera.ts';
import { wallsOf } from './corners.ts';
import type { Line } from './lines.ts';
import type { PlaneName } from './names.ts';

/** A place on a surface, in metres, and what a pixel covers of it both ways. */
export interface Spot { u: number; v: number; spreadU: number; spreadV: number }

/** Where on a surface the middle of a pixel lies. */
export type Projection = (x: number, y: number, out: Spot) => void;

/** Of a picture of nothing known: metres that its longer side shows. */
const USUAL_METRES = 4;

/** A surface that faces the camera. */
export function flatProjection(width: number, height: number): Projection {
  const metres = USUAL_METRES / Math.max(width, height);
  return (x, y, out) => {
    out.u = (x + 0.5 - width / 2) * metres;
    out.v = (y + 0.5 - height / 2) * metres;
    out.spreadU = metres;
    out.spreadV = metres;
  };
}

/** What the camera sees of the plane, for a picture of this size; the camera's may be a smaller one of it. */
export function projectionOf(
  camera: Camera,
  lines: readonly Line[],
  plane: PlaneName,
  mask: Mask,
): Projection {
  const scale = camera.width / mask.width;
  const parts =
    plane === 'wall' ? wallsOf(camera, lines, mask) : [{ until: Infinity, plane: levelPlane(camera, plane) }];
  const all = parts.map((part) => ({ until: part.until, seen: through(part.plane, scale, camera.focal) }));
  return (x, y, out) => {
    const column = (x + 0.5) * scale;
    const { seen } = all.find((part) => column < part.until) ?? all.at(-1)!;
    seen(column, (y + 0.5) * scale, out);
  };
}

/** Near the horizon a surface is endlessly far: what lies beyond this (in shares of the focal length) is not told. */
const FARTHEST = 0.012;

function through({ u, v, w }: Homography, scale: number, focal: number): Projection {
  return (column, row, out) => {
    const depth = Math.max(valueOf(w, column, row), focal * FARTHEST);
    out.u = valueOf(u, column, row) / depth;
    out.v = valueOf(v, column, row) / depth;
    const step = scale / depth;
    out.spreadU = (Math.abs(u[0] - out.u * w[0]) + Math.abs(u[1] - out.u * w[1])) * step;
    out.spreadV = (Math.abs(v[0] - out.v * w[0]) + Math.abs(v[1] - out.v * w[1])) * step;
  };
}
