/** IEEE 754 binary16, as the bits that ONNX calls float16: 1 of sign, 5 of exponent, 10 of fraction. */

const scratch = new DataView(new ArrayBuffer(4));

/** Rounds to the nearest, ties to even; what is too large becomes infinite. */
export function toHalves(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let at = 0; at < values.length; at += 1) out[at] = toHalf(values[at]!);
  return out;
}

export function fromHalves(bits: Uint16Array): Float32Array {
  const out = new Float32Array(bits.length);
  for (let at = 0; at < bits.length; at += 1) out[at] = fromHalf(bits[at]!);
  return out;
}

function toHalf(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  // Below 2^-14 a half has no leading one, and its steps are 2^-24 wide.
  const exponent = Math.max(-14, ((bits >>> 23) & 0xff) - 127);
  const steps = rounded(size * 2 ** (10 - exponent));
  return sign | (steps + (exponent + 14) * 1024);
}

function rounded(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
