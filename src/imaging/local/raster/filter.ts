/** A field of numbers over a picture, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export function plane(width: number, height: number): Plane {
  return { width, height, data: new Float32Array(width * height) };
}

/** As `Float32Array.from` does it, which takes ten times as long. */
export function numbersOf(values: ArrayLike<number>, numberOf: (value: number) => number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let at = 0; at < out.length; at += 1) out[at] = numberOf(values[at]!);
  return out;
}

/** Where something is true of a value: 1, and elsewhere 0. */
export function flagsOf(values: ArrayLike<number>, isSet: (value: number, at: number) => boolean): Uint8Array {
  const out = new Uint8Array(values.length);
  for (let at = 0; at < out.length; at += 1) if (isSet(values[at]!, at)) out[at] = 1;
  return out;
}

/**
 * The mean over a square window of `2 * radius + 1`, cut at the edges, by running sums: the time does not depend on
 * the radius. Sums are kept in doubles, since floats drift over a long row.
 */
export function boxMean({ width, height, data }: Plane, radius: number): Plane {
  const across = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const row = y * width;
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x += 1) sum += data[row + x]!;
    for (let x = 0; x < width; x += 1) {
      if (x + radius < width) sum += data[row + x + radius]!;
      if (x - radius > 0) sum -= data[row + x - radius - 1]!;
      const count = Math.min(width - 1, x + radius) - Math.max(0, x - radius) + 1;
      across[row + x] = sum / count;
    }
  }
  const out = new Float32Array(width * height);
  const sums = new Float64Array(width);
  for (let y = 0; y < Math.min(radius, height); y += 1) {
    for (let x = 0; x < width; x += 1) sums[x]! += across[y * width + x]!;
  }
  for (let y = 0; y < height; y += 1) {
    const enters = y + radius < height ? (y + radius) * width : -1;
    const leaves = y - radius > 0 ? (y - radius - 1) * width : -1;
    const count = Math.min(height - 1, y + radius) - Math.max(0, y - radius) + 1;
    for (let x = 0; x < width; x += 1) {
      let sum = sums[x]!;
      if (enters >= 0) sum += across[enters + x]!;
      if (leaves >= 0) sum -= across[leaves + x]!;
      sums[x] = sum;
      out[y * width + x] = sum / count;
    }
  }
  return { width, height, data: out };
}

/** The mean of what the weights cover; where they cover nothing close by, of what they cover farther away. */
export function maskedMean(source: Plane, weights: Plane, radius: number): Plane {
  const product = plane(source.width, source.height);
  for (let at = 0; at < product.data.length; at += 1) product.data[at] = source.data[at]! * weights.data[at]!;
  const within = (reach: number) => ({ sum: boxMean(product, reach).data, total: boxMean(weights, reach).data });
  const near = within(radius);
  let far: typeof near | undefined;
  const out = plane(source.width, source.height);
  for (let at = 0; at < out.data.length; at += 1) {
    const { sum, total } = near.total[at]! > 0.004 ? near : (far ??= within(radius * 5));
    out.data[at] = sum[at]! / Math.max(1e-4, total[at]!);
  }
  return out;
}

/** Three box means come within 3 % of a Gaussian of about `radius`. */
export function soften(source: Plane, radius: number): Plane {
  const each = Math.max(1, Math.round(radius * 0.6));
  return boxMean(boxMean(boxMean(source, each), each), each);
}

/** Bilinear, pixel centres aligned, edges repeated. */
export function resized(source: Plane, width: number, height: number): Plane {
  if (source.width === width && source.height === height) return source;
  const out = plane(width, height);
  const { low, high, share } = steps(source.width, width);
  const rows = steps(source.height, height);
  const { data } = source;
  const to = out.data;
  for (let y = 0; y < height; y += 1) {
    const top = rows.low[y]! * source.width;
    const bottom = rows.high[y]! * source.width;
    const down = rows.share[y]!;
    for (let x = 0; x < width; x += 1) {
      const left = low[x]!;
      const right = high[x]!;
      to[y * width + x] =
        bilinear(data[top + left]!, data[top + right]!, data[bottom + left]!, data[bottom + right]!, share[x]!, down);
    }
  }
  return out;
}

/** Between four values, two above and two below: 0..1 of the way from left to right, and down. */
export function bilinear(
  upperLeft: number,
  upperRight: number,
  lowerLeft: number,
  lowerRight: number,
  along: number,
  down: number,
): number {
  const upper = upperLeft * (1 - along) + upperRight * along;
  const lower = lowerLeft * (1 - along) + lowerRight * along;
  return upper * (1 - down) + lower * down;
}

export interface Steps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly share: Float32Array;
}

/** For each target position, the two source positions around it and how far it is towards the second. */
export function steps(from: number, to: number): Steps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const share = new Float32Array(to);
  for (let at = 0; at < to; at += 1) {
    const place = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / to - 0.5));
    low[at] = Math.floor(place);
    high[at] = Math.min(from - 1, low[at]! + 1);
    share[at] = place - low[at]!;
  }
  return { low, high, share };
}

/** Which of the two source positions a target position is nearer to. */
export function nearestStep({ low, high, share }: Steps, at: number): number {
  return share[at]! < 0.5 ? low[at]! : high[at]!;
}

export function smoothstep(from: number, to: number, value: number): number {
  const share = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return share * share * (3 - 2 * share);
}
