import type { Placement } from '../../../domain/scene.ts';
import type { Side } from './bounds.ts';
import type { Stance } from './stance.ts';

/** Pixels of a product are enlarged by no more than this: they would look soft. */
const MOST_ENLARGED = 1.5;
/** Of the room that is left above and below a standing product, the share above it. */
const ABOVE = 0.62;

export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Where a product of a size goes in a picture of a size, in pixels: as large as the margins allow. One that the frame
 * of its photo cuts off reaches the same side of the picture.
 */
export function placeFor(
  product: { readonly width: number; readonly height: number },
  picture: { readonly width: number; readonly height: number },
  margins: Placement['margins'],
  stance: Stance,
  cut: ReadonlySet<Side>,
): Place {
  const free = {
    left: cut.has('left') ? 0 : margins.sides * picture.width,
    right: picture.width - (cut.has('right') ? 0 : margins.sides * picture.width),
    top: cut.has('top') ? 0 : margins.top * picture.height,
    bottom: picture.height - (cut.has('bottom') ? 0 : margins.bottom * picture.height),
  };
  const [across, down] = [free.right - free.left, free.bottom - free.top];
  const scale = Math.min(across / product.width, down / product.height, MOST_ENLARGED);
  const width = Math.max(1, Math.round(product.width * scale));
  const height = Math.max(1, Math.round(product.height * scale));
  const aside = cut.has('left') === cut.has('right') ? 0.5 : cut.has('left') ? 0 : 1;
  const below = stance === 'standing' ? ABOVE : 0.5;
  const above = cut.has('bottom') ? 1 : cut.has('top') ? 0 : below;
  return {
    left: Math.round(free.left + (across - width) * aside),
    top: Math.round(free.top + (down - height) * above),
    width,
    height,
  };
}
