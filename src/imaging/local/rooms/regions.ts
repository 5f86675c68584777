import type { Features } from './features.ts';
import { ON_UPRIGHT } from './lines.ts';
import type { Superpixels } from './superpixels.ts';

/** Patches that were joined: a surface, a part of one, or a thing. */
export interface Region {
  readonly id: number;
  /** Regions of two zones are never joined. */
  readonly zone: number;
  /** In pixels of the shrunk picture. */
  area: number;
  /** Means. */
  lightness: number;
  a: number;
  b: number;
  grain: number;
  /** How much neighbouring patches within it differ: what a seam of planks or tiles is measured by. */
  unevenness: number;
  /** Joints between patches within it. */
  joints: number;
  readonly borders: Map<number, Border>;
}

/** Between two regions; the differences are the lower id's value less the higher id's, summed over its pixels. */
export interface Border {
  length: number;
  lightness: number;
  a: number;
  b: number;
  /** Sum of the size of the difference, whatever its sign. */
  size: number;
  /** Pixels of it that lie on a straight edge, and on one that is upright in the room. */
  straight: number;
  upright: number;
}

const noBorder = (): Border => ({ length: 0, lightness: 0, a: 0, b: 0, size: 0, straight: 0, upright: 0 });

/** The regions, and the region of each pixel. */
export interface Partition {
  readonly regions: ReadonlyMap<number, Region>;
  readonly labels: Int32Array;
}

/** Light and shade move L far and a and b little. */
export const weighted = (lightness: number, a: number, b: number): number =>
  Math.hypot(lightness * 0.55, a * 1.4, b * 1.4);

/** A border weaker than this, in weighted Lab, is shading or grain. Chosen on rendered and photographed rooms. */
const WEAK = 1.3;
/** Grain of painted walls and ceilings; floors have more. */
const SMOOTH = 1.6;
const CREASE = 2.5;
/** How much of a region's own unevenness a border may have more. */
const UNEVEN_SHARE = 1;
const MOST_UNEVENNESS = 6;

/**
 * Joins patches, the most alike first, until every border left is stronger than what is within the regions beside it
 * (after Felzenszwalb and Huttenlocher, 2004, on means over whole borders, so that one weak spot lets nothing leak).
 * A border's difference is a mean with its sign: shading over a wall is small at each step, and planks are lighter
 * and darker in turn, but a crease is darker on the same side all along.
 */
export function partition(
  features: Features,
  patches: Superpixels & { readonly zones?: Uint8Array },
  straight: Uint8Array,
): Partition {
  const regions = firstRegions(features, patches, straight);
  const parent = Int32Array.from({ length: patches.count }, (_, at) => at);
  const queue = createQueue();
  const offer = (one: Region, other: Region): void => {
    if (one.zone !== other.zone) return;
    const cost = excess(one, other);
    if (cost < 1) queue.push({ cost, one: one.id, other: other.id, size: one.area + other.area });
  };
  for (const region of regions.values()) {
    for (const id of region.borders.keys()) if (id > region.id) offer(region, regions.get(id)!);
  }
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [one, other] = [regions.get(next.one), regions.get(next.other)];
    // Either has been joined since: the pair was offered again with its new border.
    if (one === undefined || other === undefined || one.area + other.area !== next.size) continue;
    const [larger, smaller] = one.area >= other.area ? [one, other] : [other, one];
    join(regions, larger, smaller);
    parent[smaller.id] = larger.id;
    for (const id of larger.borders.keys()) offer(larger, regions.get(id)!);
  }
  const root = (at: number): number => {
    let top = at;
    while (parent[top] !== top) top = parent[top]!;
    parent[at] = top;
    return top;
  };
  return { regions, labels: patches.labels.map(root) };
}

/** The border's strength over what it may be between two parts of one surface: below 1 they are joined. */
function excess(one: Region, other: Region): number {
  const border = one.borders.get(other.id)!;
  const { length } = border;
  const signed = weighted(border.lightness / length, border.a / length, border.b / length);
  const any = border.size / length;
  const grains = Math.abs(Math.log((one.grain + 0.8) / (other.grain + 0.8)));
  const drift = Math.hypot(one.a - other.a, one.b - other.b);
  // A long straight edge between smooth surfaces is a crease, however faint; between planks it is a seam.
  const crease = Math.max(one.grain, other.grain) < SMOOTH ? border.straight / length : 0;
  const strength = signed * (1 + CREASE * crease) + crease + 0.12 * any + 0.9 * grains + 0.04 * drift;
  // A region of a few patches does not know its own unevenness yet.
  const known = (region: Region): number =>
    Math.min(MOST_UNEVENNESS, region.unevenness) * Math.min(1, region.joints / 12) +
    Math.min(4, region.grain * 1.2) * (1 - Math.min(1, region.joints / 12));
  return strength / (WEAK + UNEVEN_SHARE * Math.min(known(one), known(other)));
}

function firstRegions(
  features: Features,
  { count, labels, zones }: Superpixels & { readonly zones?: Uint8Array },
  straight: Uint8Array,
): Map<number, Region> {
  const { width, height, lab, grain } = features;
  const regions = new Map<number, Region>();
  for (let id = 0; id < count; id += 1) {
    const zone = zones?.[id] ?? 0;
    const none = { area: 0, lightness: 0, a: 0, b: 0, grain: 0, unevenness: 0, joints: 0 };
    regions.set(id, { id, zone, ...none, borders: new Map() });
  }
  for (let at = 0; at < labels.length; at += 1) {
    const region = regions.get(labels[at]!)!;
    region.area += 1;
    region.lightness += lab.lightness.data[at]!;
    region.a += lab.a.data[at]!;
    region.b += lab.b.data[at]!;
    region.grain += grain.data[at]!;
  }
  for (const region of regions.values()) {
    for (const field of ['lightness', 'a', 'b', 'grain'] as const) region[field] /= Math.max(1, region.area);
  }
  const touch = (at: number, to: number): void => {
    const [low, high] = labels[at]! < labels[to]! ? [labels[at]!, labels[to]!] : [labels[to]!, labels[at]!];
    if (low === high) return;
    const [one, other] = [regions.get(low)!, regions.get(high)!];
    let border = one.borders.get(high);
    if (border === undefined) {
      border = noBorder();
      one.borders.set(high, border);
      other.borders.set(low, border);
    }
    const turn = labels[at] === low ? -1 : 1;
    const step = to - at;
    border.length += 1;
    if (straight[at]! > 0 || straight[to]! > 0) border.straight += 1;
    if (straight[at] === ON_UPRIGHT || straight[to] === ON_UPRIGHT) border.upright += 1;
    border.lightness += turn * stepAt(lab.lightness.data, at, step, width);
    border.a += turn * stepAt(lab.a.data, at, step, width);
    border.b += turn * stepAt(lab.b.data, at, step, width);
    border.size += weighted(one.lightness - other.lightness, one.a - other.a, one.b - other.b);
  };
  for (let at = 0; at < labels.length; at += 1) {
    if (at % width < width - 1) touch(at, at + 1);
    if (at < width * (height - 1)) touch(at, at + width);
  }
  return regions;
}

/** Pixels from a border to where its sides are compared, and on to where their own slope is seen. */
const NEAR = 2;
const FAR = 6;

/**
 * How much a channel rises from before the border at `at` to behind it, less the slope that it has on both sides
 * anyway: light that falls off over a wall makes no border, however steep it is.
 */
function stepAt(values: Float32Array, at: number, step: number, width: number): number {
  const row = Math.floor(at / width) * width;
  const [least, most] = step === 1 ? [row, row + width - 1] : [at % width, values.length - width + (at % width)];
  const read = (steps: number): number => values[Math.min(most, Math.max(least, at + steps * step))]!;
  const [before, behind] = [read(-NEAR + 1), read(NEAR)];
  const rise = behind - before;
  const scale = (2 * NEAR - 1) / (FAR - NEAR);
  const slopes = [(read(FAR) - behind) * scale * Math.sign(rise), (before - read(1 - FAR)) * scale * Math.sign(rise)];
  const slope = Math.max(0, Math.min(slopes[0]!, slopes[1]!, Math.abs(rise)));
  return rise - slope * Math.sign(rise);
}

function join(regions: Map<number, Region>, larger: Region, smaller: Region): void {
  const area = larger.area + smaller.area;
  const shared = larger.borders.get(smaller.id)!;
  for (const field of ['lightness', 'a', 'b', 'grain'] as const) {
    larger[field] = (larger[field] * larger.area + smaller[field] * smaller.area) / area;
  }
  const joints = larger.joints + smaller.joints + 1;
  const inside = larger.unevenness * larger.joints + smaller.unevenness * smaller.joints;
  larger.unevenness = (inside + shared.size / shared.length) / joints;
  larger.joints = joints;
  larger.area = area;
  larger.borders.delete(smaller.id);
  for (const [id, border] of smaller.borders) {
    const other = regions.get(id)!;
    other.borders.delete(smaller.id);
    if (id === larger.id) continue;
    const turned = smaller.id < id === larger.id < id ? 1 : -1;
    const known = larger.borders.get(id);
    const sum = known ?? noBorder();
    sum.length += border.length;
    sum.size += border.size;
    sum.straight += border.straight;
    sum.upright += border.upright;
    for (const field of ['lightness', 'a', 'b'] as const) sum[field] += border[field] * turned;
    larger.borders.set(id, sum);
    other.borders.set(larger.id, sum);
  }
  regions.delete(smaller.id);
}

interface Offer { readonly cost: number; readonly one: number; readonly other: number; readonly size: number }

/** A binary heap, the smallest cost first. */
function createQueue() {
  const heap: Offer[] = [];
  return {
    push(offer: Offer): void {
      let at = heap.push(offer) - 1;
      while (at > 0 && heap[(at - 1) >> 1]!.cost > offer.cost) {
        heap[at] = heap[(at - 1) >> 1]!;
        at = (at - 1) >> 1;
      }
      heap[at] = offer;
    },
    pop(): Offer | undefined {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined || heap.length === 0) return first;
      let at = 0;
      for (let child = 1; child < heap.length; child = at * 2 + 1) {
        if (child + 1 < heap.length && heap[child + 1]!.cost < heap[child]!.cost) child += 1;
        if (heap[child]!.cost >= last.cost) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
      return first;
    },
  };
}
