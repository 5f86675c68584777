import { nearestStep, plane, soften, steps, type Plane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import type { Picture } from '../raster/picture.ts';
import type { Evidence } from './backdrop-cells.ts';
import type { BackdropModel } from './backdrop-model.ts';
import { SUBJECT, type Parts } from './backdrop-kinds.ts';
import { edgeCells, SAMPLES, type EdgeCells } from './edge-cells.ts';
import { edgeColoursBuilder, type EdgeColours } from './edge-colours.ts';
import { spillIn, spillOf, withoutSpill, type Spill } from './spill.ts';

/**
 * Alpha at the edge of a subject on a known backdrop B, by the compositing equation C = alpha F + (1 - alpha) B at the
 * picture's own resolution: F is that of a few sure cells of the subject nearby which explains the pixel best (as in
 * sampling-based matting, Gastal and Oliveira, "Shared sampling for real-time alpha matting", 2010), and alpha the
 * pixel's place on the line from B to F.
 */
/** Alpha that noise alone reaches, and from which on a pixel is wholly subject. Half stays a little above half. */
const NOTHING = 0.05;
const ALL = 0.92;
/** RGB steps, squared, from every mixture: such a colour is the subject's own. */
const STRANGE = 900;

export interface Matte {
  readonly mask: Mask;
  readonly edges: EdgeColours;
}

export function matteOnBackdrop(
  picture: Picture,
  small: Picture,
  model: BackdropModel,
  evidence: Evidence,
  parts: Parts,
): Matte {
  const { width, height } = picture;
  const data = new Uint8Array(width * height);
  const edges = edgeColoursBuilder();
  const spill = spillOf(model.colour);
  const cells = edgeCells(small, evidence, parts, spill);
  const backdrop = localBackdrop(small, model, parts);
  const columns = steps(small.width, width);
  const rows = steps(small.height, height);
  const behind = new Float32Array(3);
  for (let y = 0; y < height; y += 1) {
    const row = nearestStep(rows, y) * small.width;
    for (let x = 0; x < width; x += 1) {
      const cell = row + nearestStep(columns, x);
      const at = y * width + x;
      if (cells.mixed[cell] === 0) {
        data[at] = parts.kind[cell] === SUBJECT ? 255 : 0;
        continue;
      }
      for (let channel = 0; channel < 3; channel += 1) behind[channel] = backdrop[channel]!.data[cell]!;
      data[at] = mixedPixel(picture, at, behind, small, cells, cell, spill, edges.add);
    }
  }
  return { mask: { width, height, data }, edges: edges.done() };
}

/** Alpha (0..255) of one pixel; tells its own colour where it is not wholly one or the other. */
function mixedPixel(
  { data }: Picture,
  at: number,
  behind: Float32Array,
  small: Picture,
  cells: EdgeCells,
  cell: number,
  spill: Spill | undefined,
  tell: (at: number, red: number, green: number, blue: number) => void,
): number {
  const [red, green, blue] = [data[at * 4]!, data[at * 4 + 1]!, data[at * 4 + 2]!];
  const [r, g, b] = [red - behind[0]!, green - behind[1]!, blue - behind[2]!];
  let [best, alpha, bestFrom, bestMisfit] = [Infinity, 0, -1, 0];
  for (let place = 0; place < SAMPLES; place += 1) {
    const from = cells.sure[cell * SAMPLES + place]!;
    if (from < 0) break;
    const toR = small.data[from * 4]! - behind[0]!;
    const toG = small.data[from * 4 + 1]! - behind[1]!;
    const toB = small.data[from * 4 + 2]! - behind[2]!;
    const square = toR * toR + toG * toG + toB * toB;
    if (square < 36) continue;
    const share = Math.min(1, Math.max(0, (r * toR + g * toG + b * toB) / square));
    const misfit = (r - share * toR) ** 2 + (g - share * toG) ** 2 + (b - share * toB) ** 2;
    // Between samples that explain it alike the farther from the backdrop is the purer one.
    const cost = misfit + 40 * place + 9;
    if (cost >= best) continue;
    [best, alpha, bestFrom, bestMisfit] = [cost, share, from, misfit];
  }
  const isOwn = bestMisfit > STRANGE && bestMisfit > 0.25 * (r * r + g * g + b * b);
  if (bestFrom < 0 || (isOwn && cells.inside[cell] === 0)) return cells.inside[cell] === 1 ? 255 : 0;
  const firm = isOwn ? 1 : Math.min(1, Math.max(0, (alpha - NOTHING) / (ALL - NOTHING)));
  if (firm === 0) return 0;
  const own = [0, 1, 2].map((channel) => {
    const pure = small.data[bestFrom * 4 + channel]!;
    return data[at * 4 + channel]! + (1 - firm) * (pure - behind[channel]!);
  }) as [number, number, number];
  const changed = spill !== undefined && withoutSpill(own, leastSpill(small, cells, cell, spill), spill);
  if (firm === 1 && !changed) return 255;
  tell(at, own[0], own[1], own[2]);
  return Math.min(254, Math.round(firm * 255));
}

/** The least of the backdrop's hue among the sure cells: the others may have some of its light. */
function leastSpill(small: Picture, cells: EdgeCells, cell: number, spill: Spill): number {
  let least = Infinity;
  for (let place = 0; place < SAMPLES; place += 1) {
    const from = cells.sure[cell * SAMPLES + place]! * 4;
    if (from < 0) break;
    least = Math.min(least, spillIn(small.data[from]!, small.data[from + 1]!, small.data[from + 2]!, spill));
  }
  return least;
}

/** The backdrop as it is near each cell, shadows included: the mean of what was found to be backdrop around it. */
function localBackdrop(small: Picture, model: BackdropModel, { kind, width, height }: Parts): readonly Plane[] {
  const weight = plane(width, height);
  for (let at = 0; at < kind.length; at += 1) weight.data[at] = kind[at] === SUBJECT ? 0 : 1;
  const total = soften(weight, 3);
  const columns = steps(model.colour[0].width, width);
  const rows = steps(model.colour[0].height, height);
  return model.colour.map((expected, channel) => {
    const sum = plane(width, height);
    for (let at = 0; at < kind.length; at += 1) sum.data[at] = weight.data[at]! * small.data[at * 4 + channel]!;
    const out = soften(sum, 3);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const at = y * width + x;
        const modelled = expected.data[rows.low[y]! * expected.width + columns.low[x]!]!;
        out.data[at] = (out.data[at]! + 0.02 * modelled) / (total.data[at]! + 0.02);
      }
    }
    return out;
  });
}
