import { plane, resized, smoothstep, soften, type Plane } from '../raster/filter.ts';
import type { Picture } from '../raster/picture.ts';
import type { BackdropModel } from './backdrop-model.ts';
import { SUBJECT, type Parts } from './backdrop-kinds.ts';
import { meanLevels } from './surface-fit.ts';

/**
 * The photo's own shadow, to be laid on another backdrop: the backdrop's light as a share of what it would be. Only
 * what is plausible as a shadow is one: on a backdrop bright enough to show it, darker, next to the subject, and
 * over less of the backdrop than a falling light would cover.
 */
const SIDE = 640;
/** Of 8-bit levels. */
const BRIGHT = 60;
/** Farther from the subject than this share of the picture is no contact with the ground. */
const REACH = 0.09;
/** Of the backdrop, the most that is clearly darker. */
const MOST_AREA = 0.4;
/** Less than this is the model's error. */
const LEAST_LOSS = 0.015;
const MOST_LOSS = 0.6;
/** Of the longer side: a shadow that the frame cuts off would show there as a grey edge. */
const MARGIN = 0.04;

export function shadeOf(small: Picture, model: BackdropModel, parts: Parts): Plane | undefined {
  if (Math.max(...meanLevels(model.colour)) < BRIGHT) return undefined;
  const scale = Math.min(1, SIDE / Math.max(small.width, small.height));
  const width = Math.max(1, Math.round(small.width * scale));
  const height = Math.max(1, Math.round(small.height * scale));
  const subject = plane(parts.width, parts.height);
  const light = plane(parts.width, parts.height);
  const expected = model.colour.map((channel) => resized(channel, parts.width, parts.height));
  for (let at = 0; at < subject.data.length; at += 1) {
    if (parts.kind[at] === SUBJECT) {
      subject.data[at] = 1;
      continue;
    }
    let own = 0;
    let usual = 0;
    for (let channel = 0; channel < 3; channel += 1) {
      own += small.data[at * 4 + channel]!;
      usual += expected[channel]!.data[at]!;
    }
    light.data[at] = Math.min(1, own / Math.max(1, usual));
  }
  return smoothShade(resized(subject, width, height), resized(light, width, height));
}

/** Under the subject the shade goes on from around it, so that its soft edge has a ground. */
function smoothShade(subject: Plane, light: Plane): Plane | undefined {
  const { width, height } = subject;
  const near = soften(subject, Math.max(width, height) * REACH);
  const weight = plane(width, height);
  const weighted = plane(width, height);
  for (let at = 0; at < weight.data.length; at += 1) {
    weight.data[at] = Math.max(1e-3, 1 - Math.min(1, subject.data[at]! * 3));
    weighted.data[at] = light.data[at]! * weight.data[at]!;
  }
  const sum = soften(weighted, 1.5);
  const total = soften(weight, 1.5);
  const out = plane(width, height);
  const margin = Math.max(width, height) * MARGIN;
  let [dark, seen] = [0, 0];
  for (let at = 0; at < out.data.length; at += 1) {
    const lost = Math.max(0, 1 - sum.data[at]! / total.data[at]! - LEAST_LOSS);
    const x = at % width;
    const y = (at - x) / width;
    const room = smoothstep(0, margin, Math.min(x, width - 1 - x, y, height - 1 - y));
    out.data[at] = 1 - Math.min(MOST_LOSS, lost) * smoothstep(0.01, 0.12, near.data[at]!) * room;
    if (subject.data[at]! > 0.3) continue;
    seen += 1;
    if (lost > 0.05) dark += 1;
  }
  return dark > seen * MOST_AREA ? undefined : out;
}
