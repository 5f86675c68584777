import type { Bounds } from '../raster/picture.ts';

export type Side = 'left' | 'top' | 'right' | 'bottom';
export const sides: readonly Side[] = ['left', 'top', 'right', 'bottom'];

/** Alpha from which a pixel is the product's. */
export const OPAQUE = 128;
/** Alpha from which it is worth a place in the picture: single hairs. */
const FAINT = 24;

/** `alphaAt`: of a pixel by its index; it counts from `least` on. Null when nothing is there. */
export function boundsOf(width: number, height: number, alphaAt: (at: number) => number, least = FAINT): Bounds | null {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y += 1) {
    let [first, last] = [-1, -1];
    for (let x = 0; x < width; x += 1) {
      if (alphaAt(y * width + x) < least) continue;
      if (first === -1) first = x;
      last = x;
    }
    if (first === -1) continue;
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
    top = Math.min(top, y);
    bottom = y + 1;
  }
  return right === 0 ? null : { left, top, right, bottom };
}

/**
 * The frame cuts a product off at a side if this share of its extent there lies on it. Below, where a bust ends, less
 * will do: what only touches another side would be taken to the edge of the picture for an elbow.
 */
const LEAST_ON_FRAME: Readonly<Record<Side, number>> = { left: 0.4, right: 0.4, top: 0.4, bottom: 0.15 };

/** The sides at which the photo's frame cuts the product off. */
export function cutSides(
  width: number,
  height: number,
  alphaAt: (at: number) => number,
  { left, top, right, bottom }: Bounds,
): ReadonlySet<Side> {
  const found = new Set<Side>();
  const look = (side: Side, isOnFrame: boolean, length: number, indexOf: (along: number) => number): void => {
    if (!isOnFrame) return;
    let count = 0;
    for (let along = 0; along < length; along += 1) if (alphaAt(indexOf(along)) >= OPAQUE) count += 1;
    if (count >= Math.max(2, length * LEAST_ON_FRAME[side])) found.add(side);
  };
  look('top', top === 0, right - left, (along) => left + along);
  look('bottom', bottom === height, right - left, (along) => (height - 1) * width + left + along);
  look('left', left === 0, bottom - top, (along) => (top + along) * width);
  look('right', right === width, bottom - top, (along) => (top + along) * width + width - 1);
  return found;
}
