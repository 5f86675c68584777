import type { Line } from './lines.ts';
import type { Perspective } from './vanishing.ts';

type Vector = readonly [x: number, y: number, z: number];

/**
 * How the camera stood in the room, in pixels of a picture of that size: x to the right, y down, z ahead. It is level
 * (as `Perspective` has it), its pixels are square, and its axis goes through the middle of the picture.
 */
export interface Camera {
  readonly width: number;
  readonly height: number;
  readonly focal: number;
  /** Unit vectors: away from the camera along the room, across it to the right, and down. */
  readonly along: Vector;
  readonly across: Vector;
  readonly down: Vector;
}

/** Focal lengths over the picture's longer side; a phone's main camera has the usual one. */
const USUAL_FOCAL = 0.72;
const FOCALS = [0.5, 0.6, USUAL_FOCAL, 0.86, 1.05];
/** Degrees by which a line may miss the direction that it belongs to. */
const MISS = 4;
/** Of the picture's width: so much of lines across must tell the focal length. */
const LEAST_ACROSS = 0.4;

/**
 * The camera of a perspective. Seen into a corner, the lines of the second wall meet at a place that depends on the
 * focal length, and so tell it; seen along the room they say nothing of it.
 */
export function cameraOf(view: Perspective, lines: readonly Line[], width: number, height: number): Camera {
  const longer = Math.max(width, height);
  const withFocal = (share: number): Camera => oriented(view, width, height, share * longer);
  const usual = withFocal(USUAL_FOCAL);
  if (view.depth === undefined || Math.abs(view.depth - 0.5) < 0.3) return usual;
  let best = { camera: usual, support: LEAST_ACROSS * width };
  for (const camera of FOCALS.map(withFocal)) {
    let support = 0;
    for (const line of lines) {
      const fits = likeness(line, camera, camera.across);
      if (fits > likeness(line, camera, camera.along)) support += line.length * fits;
    }
    if (support > best.support) best = { camera, support };
  }
  return best.camera;
}

function oriented({ horizon, depth = 0.5 }: Perspective, width: number, height: number, focal: number): Camera {
  const rise = (horizon - 0.5) * height;
  const down = unit([0, focal, -rise]);
  const along = unit([(depth - 0.5) * width, rise, focal]);
  return { width, height, focal, along, down, across: cross(down, along) };
}

function unit([x, y, z]: Vector): Vector {
  const size = Math.hypot(x, y, z);
  return [x / size, y / size, z / size];
}

const cross = ([a, b, c]: Vector, [x, y, z]: Vector): Vector => [b * z - c * y, c * x - a * z, a * y - b * x];

/** 1 where a line of the picture runs as the direction of the room does there, 0 where it is off by some degrees. */
export function likeness(line: Line, { width, height, focal }: Camera, [dx, dy, dz]: Vector): number {
  const x = (line.x1 + line.x2 - width) / 2;
  const y = (line.y1 + line.y2 - height) / 2;
  const [runX, runY] = [focal * dx - x * dz, focal * dy - y * dz];
  const [lineX, lineY] = [line.x2 - line.x1, line.y2 - line.y1];
  const sine = Math.abs(runX * lineY - runY * lineX) / Math.max(1e-9, Math.hypot(runX, runY) * line.length);
  return Math.max(0, 1 - (Math.asin(Math.min(1, sine)) * 180) / Math.PI / MISS);
}

/** A form over pixels: `x * [0] + y * [1] + [2]`. */
export type Form = readonly [number, number, number];

/** Of a plane of the room: metres on it are (`u` / `w`, `v` / `w`), where `w` is above 0. */
export interface Homography { readonly u: Form; readonly v: Form; readonly w: Form }

/** What the ray through a pixel has of a direction. */
function formOf({ width, height, focal }: Camera, [x, y, z]: Vector): Form {
  return [x, y, focal * z - (x * width) / 2 - (y * height) / 2];
}

const scaled = ([x, y, one]: Form, by: number): Form => [x * by, y * by, one * by];
const sum = ([a, b, c]: Form, [x, y, z]: Form): Form => [a + x, b + y, c + z];

/** Metres from the lens to the floor, and to the ceiling: somebody's who stands in a room of usual height. */
const EYE = 1.45;
const OVERHEAD = 1.1;

/** A floor or ceiling: u across the room, v away from the camera. */
export function levelPlane(camera: Camera, plane: 'floor' | 'ceiling'): Homography {
  const [side, distance] = plane === 'floor' ? [1, EYE] : [-1, OVERHEAD];
  return {
    u: scaled(formOf(camera, camera.across), distance),
    v: scaled(formOf(camera, camera.along), distance),
    w: scaled(formOf(camera, camera.down), side),
  };
}

/** The wall that one looks at, so many metres away: u across the room, v downwards from eye level. */
export function facingWall(camera: Camera, metres: number): Homography {
  return {
    u: scaled(formOf(camera, camera.across), metres),
    v: scaled(formOf(camera, camera.down), metres),
    w: formOf(camera, camera.along),
  };
}

/** The wall beside the camera that meets the facing one `corner` metres to the right (below 0: to the left). */
export function sideWall(camera: Camera, metres: number, corner: number): Homography {
  const w = scaled(formOf(camera, camera.across), Math.sign(corner));
  const reach = Math.abs(corner);
  // The pattern goes on around the corner.
  const along = sum(scaled(formOf(camera, camera.along), -reach * Math.sign(corner)),
    scaled(w, corner + metres * Math.sign(corner)));
  return { u: along, v: scaled(formOf(camera, camera.down), reach), w };
}

export const valueOf = ([x, y, one]: Form, column: number, row: number): number => x * column + y * row + one;
