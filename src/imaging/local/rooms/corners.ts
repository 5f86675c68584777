import { resized } from '../raster/filter.ts';
import { toPlane, type Mask } from '../raster/mask.ts';
import { facingWall, likeness, sideWall, valueOf, type Camera, type Homography } from './camera.ts';
import type { Line } from './lines.ts';

/** The walls of one mask from left to right; each ends where the next begins. */
export interface WallPart {
  /** The first column that is no longer its own, in pixels of the camera's picture. */
  readonly until: number;
  readonly plane: Homography;
}

/** Of the picture's width: what lines along a side wall must have more of than lines that speak against it. */
const LEAST_SUPPORT = 0.12;
/** Within so much of its width an upright line is the corner itself. */
const SNAP = 0.03;
/** Metres from a room's floor to its ceiling, and the least share of the picture's height that is taken for it. */
const ROOM_HEIGHT = 2.5;
const LEAST_SPAN = 0.45;

/**
 * The wall that one looks at and, where lines along the walls show them, those at its sides: lines on a side wall run
 * away from the camera, those on the facing one across.
 */
export function wallsOf(camera: Camera, lines: readonly Line[], mask: Mask): WallPart[] {
  const on = resized(toPlane(mask), camera.width, camera.height).data;
  const known = lines.map((line) => ({
    line,
    weight: shareOn(line, on, camera),
    leads: likeness(line, camera, camera.along) - likeness(line, camera, camera.across),
    upright: likeness(line, camera, camera.down),
  }));
  const middle = Math.min(camera.width, Math.max(0, vanishingColumn(camera)));
  const left = cornerIn(known, 0, middle, camera.width);
  const right = cornerIn(known, camera.width, middle, camera.width);
  const metres = distanceTo(camera, on);
  const facing = facingWall(camera, metres);
  const parts: WallPart[] = [];
  const metresAt = (column: number): number => {
    const row = camera.height / 2;
    return valueOf(facing.u, column, row) / valueOf(facing.w, column, row);
  };
  if (left !== undefined) parts.push({ until: left, plane: sideWall(camera, metres, Math.min(-0.1, metresAt(left))) });
  parts.push({ until: right ?? Infinity, plane: facing });
  if (right !== undefined) {
    parts.push({ until: Infinity, plane: sideWall(camera, metres, Math.max(0.1, metresAt(right))) });
  }
  return parts;
}

function vanishingColumn({ along: [x, , z], focal, width }: Camera): number {
  return width / 2 + (focal * x) / z;
}

interface Known {
  readonly line: Line;
  /** How much of it lies on the wall or at its edge. */
  readonly weight: number;
  /** Above 0 it runs away from the camera, below 0 across. */
  readonly leads: number;
  readonly upright: number;
}

function shareOn(line: Line, on: Float32Array, { width, height }: Camera): number {
  const count = Math.max(4, Math.round(line.length / 4));
  const [sideX, sideY] = [((line.y1 - line.y2) / line.length) * 3, ((line.x2 - line.x1) / line.length) * 3];
  let hits = 0;
  for (let step = 0; step < count; step += 1) {
    const x = line.x1 + ((line.x2 - line.x1) * (step + 0.5)) / count;
    const y = line.y1 + ((line.y2 - line.y1) * (step + 0.5)) / count;
    const isOn = [-1, 1].some((side) => {
      const column = Math.round(x + side * sideX);
      const row = Math.round(y + side * sideY);
      return column >= 0 && row >= 0 && column < width && row < height && on[row * width + column]! > 0.5;
    });
    if (isOn) hits += 1;
  }
  return hits / count;
}

/** The column between the picture's edge and the vanishing point that parts what leads away from what runs across. */
function cornerIn(known: readonly Known[], edge: number, middle: number, width: number): number | undefined {
  const [from, to] = [Math.min(edge, middle), Math.max(edge, middle)];
  const gain = (corner: number): number => {
    let sum = 0;
    for (const { line, weight, leads, upright } of known) {
      if (upright > Math.abs(leads)) continue;
      const [low, high] = [Math.min(line.x1, line.x2), Math.max(line.x1, line.x2)];
      const within = (a: number, b: number): number => Math.max(0, Math.min(high, b) - Math.max(low, a));
      const outer = within(Math.min(edge, corner), Math.max(edge, corner));
      const inner = within(Math.min(middle, corner), Math.max(middle, corner));
      sum += ((outer - inner) * line.length * weight * leads) / Math.max(1, high - low);
    }
    return sum;
  };
  const none = gain(edge);
  let best = { corner: edge, gain: none };
  for (let corner = from; corner <= to; corner += 2) {
    const found = gain(corner);
    if (found > best.gain) best = { corner, gain: found };
  }
  if (best.gain - none < LEAST_SUPPORT * width) return undefined;
  let corner = best.corner;
  let nearest = SNAP * width;
  for (const { line, upright } of known) {
    const x = (line.x1 + line.x2) / 2;
    if (upright < 0.3 || Math.abs(x - best.corner) > nearest) continue;
    nearest = Math.abs(x - best.corner);
    corner = x;
  }
  return corner;
}

/** By how much of the picture's height the wall takes where it is farthest: its columns of least height. */
function distanceTo({ width, height, focal }: Camera, on: Float32Array): number {
  const spans: number[] = [];
  for (let x = 0; x < width; x += 2) {
    let [top, bottom] = [height, 0];
    for (let y = 0; y < height; y += 1) {
      if (on[y * width + x]! < 0.5) continue;
      top = Math.min(top, y);
      bottom = y;
    }
    if (bottom > top) spans.push(bottom - top);
  }
  spans.sort((one, other) => one - other);
  const span = spans[Math.floor(spans.length / 2)] ?? height;
  return (ROOM_HEIGHT * focal) / Math.max(LEAST_SPAN * height, span);
}
