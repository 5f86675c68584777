import type { Plane } from '../raster/filter.ts';
import type { Models } from '../models/models.ts';
import { sampled, WHOLE, type Box, type Picture, type Samples } from '../raster/picture.ts';

/** U-2-Net's input; its training used ImageNet's mean and deviation after division by the picture's own maximum. */
const SIDE = 320;
const MEAN = [0.485, 0.456, 0.406] as const;
const DEVIATION = [0.229, 0.224, 0.225] as const;

/** How much each cell belongs to what stands out in the picture, or in a part of it (0..1, 320 x 320). */
export async function salience(models: Models, picture: Picture, part: Box = WHOLE): Promise<Plane> {
  const model = await models.get('u2netp');
  const samples = await sampled(picture, SIDE, SIDE, part);
  const outputs = await model.run(asInput(samples), [1, 3, SIDE, SIDE]);
  // The first output is the fusion of the six side outputs; its shape is told from theirs by nothing but its place.
  const fused = Object.values(outputs)[0];
  if (fused === undefined || fused.data.length !== SIDE * SIDE) throw new Error('u2netp gave no 320 x 320 mask');
  return { width: SIDE, height: SIDE, data: stretched(fused.data) };
}

function asInput(samples: Samples): Float32Array {
  const cells = SIDE * SIDE;
  let most = 1;
  for (const value of samples.data) most = Math.max(most, value);
  const input = new Float32Array(3 * cells);
  for (let channel = 0; channel < 3; channel += 1) {
    for (let cell = 0; cell < cells; cell += 1) {
      input[channel * cells + cell] = (samples.data[cell * 3 + channel]! / most - MEAN[channel]!) / DEVIATION[channel]!;
    }
  }
  return input;
}

/**
 * To 0..1 by the extremes, as the model's authors do; but not where nothing reaches 0.3, which is a picture in which
 * nothing stands out: stretched, its noise would become a subject.
 */
function stretched(values: Float32Array): Float32Array {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (most < 0.3) return new Float32Array(values.length);
  return values.map((value) => (value - least) / Math.max(1e-6, most - least));
}
