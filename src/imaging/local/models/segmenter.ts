import { numbersOf, type Plane } from '../raster/filter.ts';
import { pixelBox, sampled, type Box, type Picture, type Samples } from '../raster/picture.ts';
import type { Description } from './description.ts';
import type { Model, Output } from './runtime.ts';

/** A model that finds what stands out in a picture. */
export interface Segmenter {
  readonly description: Description;
  /** How much each cell belongs to it (0..1), over a part of the picture; as many cells as the model gives. */
  masked(picture: Picture, part: Box, look?: 'quick'): Promise<Plane>;
  /** Runs it on a test picture. Throws what is wrong with its mask; may correct how its values are read. */
  check(): Promise<void>;
}

/** More than the largest model gives; what comes from a file may claim anything. */
const LARGEST_MASK = 4096;
/** Networks of the open-sized kind halve the picture five times. */
const MULTIPLE = 32;
const LONGEST = 2048;

export function createSegmenter(model: Model, description: Description): Segmenter {
  let { values } = description;
  async function answer(samples: Samples): Promise<{ plane: Plane; raw: Float32Array }> {
    const { width, height } = samples;
    const outputs = await model.run(asInput(samples, description), [1, 3, height, width]);
    const chosen = description.output ?? model.outputs[0]?.name ?? '';
    const size = maskSize(chosen, outputs[chosen], width / height);
    const raw = outputs[chosen]!.data;
    return { plane: { ...size, data: readers[values](raw) }, raw };
  }
  return {
    description,
    async masked(picture, part, look) {
      const usual = inputSize(description, pixelBox(part, picture.width, picture.height));
      const { width, height } = look === 'quick' ? (description.quickSize ?? usual) : usual;
      return (await answer(await sampled(picture, width, height, part))).plane;
    },
    async check() {
      const { raw } = await answer(testPicture(inputSize(description, { width: 640, height: 480 })));
      let [least, most] = [Infinity, -Infinity];
      for (const value of raw) {
        if (!Number.isFinite(value)) throw new Error('gives a mask that is not all of numbers');
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
      const isShare = least >= -0.01 && most <= 1.01;
      if (values === 'probability' && !isShare) {
        const range = `${least.toFixed(2)} to ${most.toFixed(2)}`;
        throw new Error(`gives a mask of ${range}, not 0 to 1: say "values": "logits" or "stretched"`);
      }
      // Logits of a whole picture do not lie between 0 and 1: the sigmoid is in the model.
      if (values === 'logits' && isShare) values = 'probability';
    },
  };
}

function inputSize({ size }: Description, part: { width: number; height: number }): { width: number; height: number } {
  if (!('shortSide' in size)) return size;
  const scale = size.shortSide / Math.min(part.width, part.height);
  const fitted = (side: number): number =>
    Math.min(LONGEST, Math.max(MULTIPLE, Math.round((side * scale) / MULTIPLE) * MULTIPLE));
  return { width: fitted(part.width), height: fitted(part.height) };
}

function asInput({ width, height, data }: Samples, { divisor, mean, deviation }: Description): Float32Array {
  const cells = width * height;
  let divided = divisor;
  if (divided === 'maximum') {
    divided = 1;
    for (const value of data) divided = Math.max(divided, value);
  }
  const input = new Float32Array(3 * cells);
  for (let channel = 0; channel < 3; channel += 1) {
    for (let cell = 0; cell < cells; cell += 1) {
      input[channel * cells + cell] = (data[cell * 3 + channel]! / divided - mean[channel]!) / deviation[channel]!;
    }
  }
  return input;
}

/** A mask is one channel: every dimension but the last two is 1. */
function maskSize(name: string, output: Output | undefined, ratio: number): { width: number; height: number } {
  if (output === undefined) throw new Error(`gives no output "${name}"`);
  const [height = 0, width = 0] = output.dims.slice(-2);
  const isMask = output.dims.length >= 2 && output.dims.slice(0, -2).every((size) => size === 1);
  const isWhole = width * height === output.data.length && Math.min(width, height) > 1;
  if (!isMask || !isWhole || Math.max(width, height) > LARGEST_MASK || Math.abs(width / height / ratio - 1) > 0.05) {
    const shape = output.dims.join(' x ');
    throw new Error(`gives ${shape} as "${name}", which is no mask of the picture: name its "output"`);
  }
  return { width, height };
}

/** Mid grey with a white disc: something to see, whatever the model is for. */
function testPicture({ width, height }: { width: number; height: number }): Samples {
  const data = new Uint8Array(width * height * 3).fill(110);
  const radius = Math.min(width, height) / 4;
  for (let at = 0; at < width * height; at += 1) {
    const isDisc = Math.hypot((at % width) - width / 2, Math.floor(at / width) - height / 2) < radius;
    if (isDisc) data.fill(245, at * 3, at * 3 + 3);
  }
  return { width, height, data };
}

const readers: Readonly<Record<Description['values'], (values: Float32Array) => Float32Array<ArrayBuffer>>> = {
  probability: (values) => numbersOf(values, (value) => Math.min(1, Math.max(0, value))),
  logits: (values) => numbersOf(values, (value) => 1 / (1 + Math.exp(-value))),
  stretched,
};

/**
 * To 0..1 by the extremes, as the authors of U²-Net and IS-Net do; but not where nothing reaches 0.3, which is a
 * picture in which nothing stands out: stretched, its noise would become a subject.
 */
function stretched(values: Float32Array): Float32Array<ArrayBuffer> {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (most < 0.3) return new Float32Array(values.length);
  return numbersOf(values, (value) => (value - least) / Math.max(1e-6, most - least));
}
