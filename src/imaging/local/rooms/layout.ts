import type { Partition, Region } from './regions.ts';

/** Where a region lies in the part of the picture that is looked at. Shares are of the region's own area. */
export interface Place {
  /** Above the horizon; a floor has nothing there. */
  readonly above: number;
  readonly below: number;
  /** Covered by people and by furniture that the detector sees. */
  readonly blocked: number;
  /** Pixels on each edge of the part looked at. */
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  /** On the wrong side of another surface: with wall below it in its columns (a floor), or above it (a ceiling). */
  readonly behind: number;
  readonly zone: number;
  readonly minY: number;
  readonly maxY: number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** The row of the horizon (eye level) in pixels; outside of the frame when the frame is above or below it. */
  readonly horizon: number;
  /** 1 where something is known to stand before the surfaces. */
  readonly blocked: Uint8Array;
  /** 1 on the far side of a surface that was found before: where this one cannot be. */
  readonly behind?: Uint8Array;
  /** 1 where the ceiling is known to be. */
  readonly overhead?: Uint8Array | undefined;
  /** 1 where a floor lies below a wall: what is there and is no floor stands on it. */
  readonly zone?: Uint8Array;
}

/** Whether eye level runs well within the frame. */
export const seesHorizon = ({ horizon, height }: Frame): boolean => horizon > height * 0.1 && horizon < height * 0.9;

/** Pixels of a surface before it counts in its column, and that what is beyond must be away from it. */
const LEAST_RUN = 3;

/**
 * 1 at all pixels that have the surface (1 in the mask) farther down in their column, or farther up: on an upright
 * picture a floor has no wall below it, a ceiling none above it, and a wall neither floor above nor ceiling below.
 */
export function across(mask: Uint8Array, { width, height }: Frame, has: 'below' | 'above'): Uint8Array {
  const out = new Uint8Array(mask.length);
  const step = has === 'below' ? -width : width;
  for (let x = 0; x < width; x += 1) {
    let run = 0;
    let isBeyond = false;
    let at = has === 'below' ? (height - 1) * width + x : x;
    for (let count = 0; count < height; count += 1, at += step) {
      run = mask[at] === 1 ? run + 1 : 0;
      if (run > LEAST_RUN) isBeyond = true;
      if (isBeyond) out[at] = 1;
    }
  }
  return out;
}

/** A band of the frame's height around the horizon that counts as neither above nor below: it is only estimated. */
const BAND = 0.04;

export function placesOf({ regions, labels }: Partition, frame: Frame): Map<number, Place> {
  const { width, height, horizon, blocked, behind, zone } = frame;
  const places = new Map<number, { -readonly [field in keyof Place]: number }>();
  for (const id of regions.keys()) {
    places.set(id, {
      above: 0, below: 0, blocked: 0, top: 0, bottom: 0, left: 0, right: 0, behind: 0, zone: 0, minY: height, maxY: 0,
    });
  }
  const [high, low] = [horizon - BAND * height, horizon + BAND * height];
  for (let at = 0; at < labels.length; at += 1) {
    const place = places.get(labels[at]!)!;
    const x = at % width;
    const y = Math.floor(at / width);
    if (y < high) place.above += 1;
    if (y > low) place.below += 1;
    place.blocked += blocked[at]!;
    if (behind?.[at] === 1) place.behind += 1;
    if (zone?.[at] === 1) place.zone += 1;
    if (x === 0) place.left += 1;
    if (x === width - 1) place.right += 1;
    if (y === 0) place.top += 1;
    if (y === height - 1) place.bottom += 1;
    place.minY = Math.min(place.minY, y);
    place.maxY = Math.max(place.maxY, y);
  }
  for (const [id, place] of places) {
    const area = Math.max(1, (regions.get(id) as Region).area);
    place.above /= area;
    place.below /= area;
    place.blocked /= area;
    place.behind /= area;
    place.zone /= area;
  }
  return places;
}
