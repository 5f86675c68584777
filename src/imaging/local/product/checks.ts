import { length, toLab, type Lab } from '../raster/colour.ts';
import { coverage, type Mask } from '../raster/mask.ts';
import type { Bounds, Picture } from '../raster/picture.ts';
import { boundsOf, OPAQUE, sides, type Side } from './bounds.ts';
import { unfit } from './failures.ts';
import type { QualityLimits } from './quality.ts';

/** Of what a mask covers, the share that may be neither in nor out. */
const MOST_HAZE = 0.6;

/** Throws QUALITY_CHECK_FAILED with what is wrong. */
export function checkCutOut(photo: Picture, mask: Mask, limits: QualityLimits): void {
  const share = coverage(mask);
  if (share < limits.leastShare) {
    throw unfit(
      `Almost nothing was cut out (${percent(share)} of the photo): use a photo in which the product is larger and ` +
        'stands out from its background.',
    );
  }
  if (share > limits.mostShare) {
    throw unfit(
      `Nearly the whole photo (${percent(share)}) was taken for the product: use a photo that shows some background ` +
        'around it.',
    );
  }
  if (haze(mask) > MOST_HAZE) {
    throw unfit('Most of the mask is half transparent, so it is not clear what the product is: use another photo.');
  }
  const { width, height, data } = mask;
  const bounds = boundsOf(width, height, (at) => data[at]!, OPAQUE);
  if (bounds === null) throw unfit('No part of the mask is opaque, so there is no product in it: use another photo.');
  const [across, down] = [bounds.right - bounds.left, bounds.bottom - bounds.top];
  if (Math.max(across, down) < limits.leastPixels) {
    throw unfit(
      `The product is only ${across} x ${down} pixels large, and ${limits.leastPixels} on the longer side is the ` +
        'least: use a larger photo, or one from nearer by.',
    );
  }
  const side = sides.find((one) => isCutOff(photo, mask, bounds, one));
  if (side !== undefined) {
    throw unfit(
      `The mask ends in a straight line at the product's ${side}, and the photo shows that the product goes on ` +
        'there: make the mask of the whole photo.',
    );
  }
}

/** Of a cut-out that was made here; null where there was nothing to cut out. */
export function checkConfidence(confidence: number | null, { leastConfidence }: QualityLimits): void {
  if (confidence === null || confidence >= leastConfidence) return;
  throw unfit(
    `The cut-out is probably wrong (it is right with ${percent(confidence)}, and ${percent(leastConfidence)} is the ` +
      'least): photograph the product before a plain background that it stands out from.',
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 || share > 0.9 ? 1 : 0)} %`;

function haze({ data }: Mask): number {
  let [all, doubtful] = [0, 0];
  for (const value of data) {
    all += value;
    if (value > 25 && value < 230) doubtful += value;
  }
  return all === 0 ? 0 : doubtful / all;
}

/** Of a side of the box, the share that a straight line has to be. */
const LEAST_LINE = 0.25;
/** ΔE: what goes on looks the same on both sides, and unlike the backdrop. */
const SAME = 9;
const OTHER = 12;
const MOST_SURE = 0.6;

/**
 * Whether the mask cuts the product off within the photo: it ends in a straight line along a side of its box, across
 * which the photo goes on as it was, and beyond which it does not look like the rest of what was taken away.
 */
function isCutOff(photo: Picture, { width, height, data }: Mask, bounds: Bounds, side: Side): boolean {
  const { left, top, right, bottom } = bounds;
  const upright = side === 'left' || side === 'right';
  const [from, to] = upright ? [top, bottom] : [left, right];
  const edge = side === 'left' ? left : side === 'top' ? top : side === 'right' ? right - 1 : bottom - 1;
  const inwards = side === 'left' || side === 'top' ? 1 : -1;
  const gap = Math.max(3, Math.round(Math.max(width, height) * 0.004));
  // So near the frame there is nothing to compare with; what the frame itself cuts off is as it was.
  const far = edge - inwards * (2 * gap + 2);
  if (far < 0 || far >= (upright ? width : height)) return false;
  const indexOf = (along: number, across: number): number =>
    upright ? along * width + across : across * width + along;
  const line: number[] = [];
  for (let along = from; along < to; along += 1) if (data[indexOf(along, edge)]! >= OPAQUE) line.push(along);
  if (line.length < Math.max(20, (to - from) * LEAST_LINE)) return false;
  const backdrop = frameColour(photo, { width, height, data });
  if (backdrop === undefined) return false;
  const most = upright ? height : width;
  const seen = (along: number, across: number): Lab => {
    // Of some pixels, so that noise and the marks of a JPEG do not count.
    const places = [-3, 0, 3].flatMap((aside) =>
      [0, 1, 2].map((deep) => indexOf(Math.min(most - 1, Math.max(0, along + aside)), across + deep * inwards)));
    return meanColour(photo, places);
  };
  let goesOn = 0;
  for (const along of line) {
    const inside = seen(along, edge + inwards * gap);
    const outside = seen(along, edge - inwards * (gap + 2));
    if (apart(inside, outside) < SAME && apart(outside, backdrop) > OTHER) goesOn += 1;
  }
  return goesOn > line.length * MOST_SURE;
}

const scratch = new Float32Array(3);

function colourAt({ data }: Picture, at: number): Lab {
  toLab(data[at * 4]!, data[at * 4 + 1]!, data[at * 4 + 2]!, scratch);
  return [scratch[0]!, scratch[1]!, scratch[2]!];
}

function meanColour(photo: Picture, places: readonly number[]): Lab {
  const sum = [0, 0, 0];
  for (const at of places) colourAt(photo, at).forEach((value, channel) => (sum[channel]! += value / places.length));
  return [sum[0]!, sum[1]!, sum[2]!];
}

const apart = (one: Lab, other: Lab): number => length(one[0] - other[0], one[1] - other[1], one[2] - other[2]);

/** The median of the photo's frame, where it is no product. */
function frameColour(photo: Picture, { width, height, data }: Mask): Lab | undefined {
  const found: Lab[] = [];
  const look = (at: number): void => void (data[at]! < 8 && found.push(colourAt(photo, at)));
  const step = Math.max(1, Math.round((width + height) / 1_000));
  for (let x = 0; x < width; x += step) {
    look(x);
    look((height - 1) * width + x);
  }
  for (let y = 0; y < height; y += step) {
    look(y * width);
    look(y * width + width - 1);
  }
  if (found.length < 20) return undefined;
  const median = (channel: 0 | 1 | 2): number =>
    found.map((lab) => lab[channel]).sort((one, other) => one - other)[found.length >> 1]!;
  return [median(0), median(1), median(2)];
}
