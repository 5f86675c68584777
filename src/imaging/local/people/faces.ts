import { distinct, uninset, type Detection } from './detection.ts';
import type { Models } from '../models/models.ts';
import { numbersOf } from '../raster/filter.ts';
import { letterboxed, WHOLE, type Box, type Picture } from '../raster/picture.ts';

/** BlazeFace (the long-range model): 256 x 256, two grids, 2 anchors a cell of 16 pixels and 6 a cell of 32. */
const SIDE = 256;
const GRIDS = [
  { cells: 16, anchors: 2 },
  { cells: 8, anchors: 6 },
] as const;
/** Each row: centre offset and size in input pixels, then six landmarks. */
const ROW = 16;
const LEAST_SCORE = 0.5;
const SAME_FACE = 0.3;
const FACE = -1;

/** Small faces are lost in a whole picture at 256 pixels, so overlapping quarters are looked at too (20 ms each). */
const QUARTER = 0.6;
const PARTS: readonly Box[] = [
  WHOLE,
  ...[0, 1 - QUARTER].flatMap((y) => [0, 1 - QUARTER].map((x) => ({ x, y, width: QUARTER, height: QUARTER }))),
];

/** Faces, best first. The boxes hold brows to chin; `extra` are parts of the picture to look at as well. */
export async function detectFaces(models: Models, picture: Picture, extra: readonly Box[]): Promise<Detection[]> {
  const found: Detection[] = [];
  for (const part of [...PARTS, ...extra]) found.push(...(await facesIn(models, picture, part)));
  return distinct(found, SAME_FACE);
}

async function facesIn(models: Models, picture: Picture, part: Box): Promise<Detection[]> {
  const model = await models.get('blazeface');
  const { samples, inner } = await letterboxed(picture, SIDE, part);
  const outputs = Object.values(await model.run(numbersOf(samples.data, toUnit), [1, SIDE, SIDE, 3]));
  const found: Detection[] = [];
  for (const { cells, anchors } of GRIDS) {
    const rows = cells * cells * anchors;
    const logits = outputs.find((output) => output.dims[1] === rows && output.dims[2] === 1)?.data;
    const boxes = outputs.find((output) => output.dims[1] === rows && output.dims[2] === ROW)?.data;
    if (logits === undefined || boxes === undefined) throw new Error('blazeface gave no scores or no boxes');
    for (let row = 0; row < rows; row += 1) {
      const score = 1 / (1 + Math.exp(-logits[row]!));
      if (score < LEAST_SCORE) continue;
      const cell = Math.floor(row / anchors);
      const centreX = ((cell % cells) + 0.5) / cells + boxes[row * ROW]! / SIDE;
      const centreY = (Math.floor(cell / cells) + 0.5) / cells + boxes[row * ROW + 1]! / SIDE;
      const width = boxes[row * ROW + 2]! / SIDE;
      const height = boxes[row * ROW + 3]! / SIDE;
      const within = uninset({ x: centreX - width / 2, y: centreY - height / 2, width, height }, inner);
      if (within.width <= 0 || within.height <= 0) continue;
      const box = {
        x: part.x + within.x * part.width,
        y: part.y + within.y * part.height,
        width: within.width * part.width,
        height: within.height * part.height,
      };
      found.push({ box, score, kind: FACE });
    }
  }
  return found;
}

const toUnit = (value: number): number => value / 127.5 - 1;
