import { meanLevels, type Colours } from './surface-fit.ts';

/**
 * The light and, in a JPEG, the subsampled colour of a strong backdrop reach some pixels into the subject. What an
 * edge pixel has of the backdrop's hue beyond the subject's own nearby is that.
 */
export interface Spill {
  /** Direction of the backdrop's hue in RGB, without its grey; of length 1. */
  readonly hue: readonly [number, number, number];
}

/** Of RGB steps from grey: below this a backdrop's spill is not seen. */
const LEAST_CHROMA = 30;
const TOLERATED = 5;

/** Undefined for backdrops near grey. */
export function spillOf(backdrop: Colours): Spill | undefined {
  const means = meanLevels(backdrop);
  const grey = (means[0]! + means[1]! + means[2]!) / 3;
  const [red, green, blue] = [means[0]! - grey, means[1]! - grey, means[2]! - grey];
  const chroma = Math.sqrt(red * red + green * green + blue * blue);
  return chroma < LEAST_CHROMA ? undefined : { hue: [red / chroma, green / chroma, blue / chroma] };
}

/** How much of the backdrop's hue a colour has, in RGB steps. */
export function spillIn(red: number, green: number, blue: number, { hue }: Spill): number {
  const grey = (red + green + blue) / 3;
  return (red - grey) * hue[0] + (green - grey) * hue[1] + (blue - grey) * hue[2];
}

/** Takes what is more than usual out of a colour, in place; whether there was any. */
export function withoutSpill(own: [number, number, number], usual: number, spill: Spill): boolean {
  const excess = spillIn(own[0], own[1], own[2], spill) - usual - TOLERATED;
  if (excess <= 0) return false;
  for (let channel = 0; channel < 3; channel += 1) own[channel]! -= excess * spill.hue[channel]!;
  return true;
}
