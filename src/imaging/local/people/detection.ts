import type { Models } from '../models/models.ts';
import { letterboxed, WHOLE, type Box, type Picture } from '../raster/picture.ts';
import type { Output } from '../models/runtime.ts';

export interface Detection {
  readonly box: Box;
  /** 0..1 */
  readonly score: number;
  /** Index among COCO's 80 classes. */
  readonly kind: number;
}

/** NanoDet-g: 416 x 416, BGR normalised as in training; three grids of cells, 80 classes, edges as distributions. */
const SIDE = 416;
const CLASSES = 80;
const BINS = 11;
const MEAN = [103.53, 116.28, 123.675] as const;
const DEVIATION = [57.375, 57.12, 58.395] as const;
const LEAST_SCORE = 0.3;
const SAME_BOX = 0.55;

export const PERSON = 0;
/** bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, and the teddy bear */
export const ANIMALS: ReadonlySet<number> = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 77]);

/** What the detector sees among `kinds`, best first, each thing once. */
export async function detect(models: Models, picture: Picture, kinds: ReadonlySet<number>): Promise<Detection[]> {
  const model = await models.get('nanodet');
  const { samples, inner } = await letterboxed(picture, SIDE, WHOLE);
  const cells = SIDE * SIDE;
  const input = new Float32Array(3 * cells);
  for (let channel = 0; channel < 3; channel += 1) {
    for (let cell = 0; cell < cells; cell += 1) {
      input[channel * cells + cell] = (samples.data[cell * 3 + 2 - channel]! - MEAN[channel]!) / DEVIATION[channel]!;
    }
  }
  const outputs = Object.values(await model.run(input, [1, 3, SIDE, SIDE]));
  const found: Detection[] = [];
  for (const scores of outputs.filter((output) => output.dims[2] === CLASSES)) {
    const edges = outputs.find((output) => output.dims[1] === scores.dims[1] && output.dims[2] === 4 * BINS);
    if (edges === undefined) throw new Error('nanodet gave scores without boxes');
    collect(scores, edges, kinds, inner, found);
  }
  return distinct(found, SAME_BOX);
}

function collect(scores: Output, edges: Output, kinds: ReadonlySet<number>, inner: Box, found: Detection[]): void {
  const cells = scores.dims[1] ?? 0;
  const across = Math.round(Math.sqrt(cells));
  for (let cell = 0; cell < cells; cell += 1) {
    for (const kind of kinds) {
      const score = scores.data[cell * CLASSES + kind]!;
      if (score < LEAST_SCORE) continue;
      const reach = [0, 1, 2, 3].map((edge) => expectedBin(edges.data, cell * 4 * BINS + edge * BINS) / across);
      const centreX = ((cell % across) + 0.5) / across;
      const centreY = (Math.floor(cell / across) + 0.5) / across;
      const box = uninset(
        { x: centreX - reach[0]!, y: centreY - reach[1]!, width: reach[0]! + reach[2]!, height: reach[1]! + reach[3]! },
        inner,
      );
      if (box.width > 0 && box.height > 0) found.push({ box, score, kind });
    }
  }
}

/** The mean of the distribution over distances of 0, 1, … cells (softmax of the logits). */
function expectedBin(logits: Float32Array, at: number): number {
  let total = 0;
  let sum = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    const weight = Math.exp(logits[at + bin]!);
    total += weight;
    sum += weight * bin;
  }
  return sum / total;
}

/** From fractions of the letterboxed square to fractions of the picture inside it, cut at its edges. */
export function uninset(box: Box, inner: Box): Box {
  const left = Math.max(0, (box.x - inner.x) / inner.width);
  const top = Math.max(0, (box.y - inner.y) / inner.height);
  const right = Math.min(1, (box.x + box.width - inner.x) / inner.width);
  const bottom = Math.min(1, (box.y + box.height - inner.y) / inner.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Best first; a box that mostly covers a better one of its kind is the same thing seen again. */
export function distinct<Found extends Detection>(found: readonly Found[], same: number): Found[] {
  const kept: Found[] = [];
  for (const one of [...found].sort((left, right) => right.score - left.score)) {
    if (!kept.some((other) => other.kind === one.kind && overlap(other.box, one.box) > same)) kept.push(one);
  }
  return kept;
}

/** The area that two boxes share, over the area that they cover together (0..1). */
export function overlap(one: Box, other: Box): number {
  const shared = sharedArea(one, other);
  return shared / (one.width * one.height + other.width * other.height - shared);
}

export function sharedArea(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return Math.max(0, width) * Math.max(0, height);
}
