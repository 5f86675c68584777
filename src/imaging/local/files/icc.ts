/**
 * ICC profiles (ICC.1:2022), as far as files make them necessary: whether one fits its picture, and those for colour
 * spaces that a file names by numbers.
 */
export type ProfileSpace = 'RGB ' | 'GRAY' | 'CMYK';

/** Whether the bytes are a profile of the colour space. What else may be wrong with it is for the transform to find. */
export function isProfileOf(profile: Uint8Array, space: ProfileSpace): boolean {
  if (profile.length < 132) return false;
  const header = Buffer.from(profile.buffer, profile.byteOffset, 132);
  return header.toString('latin1', 36, 40) === 'acsp' && header.toString('latin1', 16, 20) === space;
}

/** x and y of CIE 1931. */
export type Chromaticity = readonly [x: number, y: number];

export interface Primaries {
  readonly white: Chromaticity;
  readonly red: Chromaticity;
  readonly green: Chromaticity;
  readonly blue: Chromaticity;
}

/** ITU-R BT.709, and so sRGB. */
export const srgbPrimaries: Primaries = {
  white: [0.3127, 0.329], red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06],
};

/** Light of a stored share: share ** gamma, or IEC 61966-2-1's curve. */
export type Curve = number | 'srgb';

/** Null where the primaries span no triangle. */
export function rgbProfile(primaries: Primaries, curve: Curve): Buffer | null {
  const matrix = toD50(primaries);
  if (matrix === null) return null;
  const column = (index: number): Buffer => xyzTag(matrix.map((row) => row[index]!));
  const trc = curveTag(curve);
  return profileOf('RGB ', [
    ['wtpt', xyzTag(D50)], ['rXYZ', column(0)], ['gXYZ', column(1)], ['bXYZ', column(2)],
    ['rTRC', trc], ['gTRC', trc], ['bTRC', trc],
  ]);
}

export function greyProfile(curve: Curve): Buffer {
  return profileOf('GRAY', [['wtpt', xyzTag(D50)], ['kTRC', curveTag(curve)]]);
}

type Matrix = readonly (readonly number[])[];

/** The white of the space that profiles are written in. */
const D50 = [0.9642, 1, 0.8249];
/** Bradford's cone responses, ICC.1:2022 annex E. */
const BRADFORD: Matrix = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];

/** From linear RGB to XYZ, adapted to D50. */
function toD50({ white, red, green, blue }: Primaries): Matrix | null {
  const xyz = ([x, y]: Chromaticity): number[] => [x / y, 1, (1 - x - y) / y];
  const colours = [red, green, blue].map(xyz);
  const basis = [0, 1, 2].map((row) => colours.map((colour) => colour[row]!));
  const back = inverse(basis);
  const cones = inverse(BRADFORD);
  const whitePoint = xyz(white);
  if (back === null || cones === null || !whitePoint.every(Number.isFinite)) return null;
  const scale = times(back, whitePoint);
  const [from, to] = [times(BRADFORD, whitePoint), times(BRADFORD, D50)];
  const adapted = basis.map((row) => row.map((value, index) => value * scale[index]!));
  const columns = [0, 1, 2].map((index) => {
    const response = times(BRADFORD, adapted.map((row) => row[index]!));
    return times(cones, response.map((value, cone) => (value * to[cone]!) / from[cone]!));
  });
  const matrix = [0, 1, 2].map((row) => columns.map((column) => column[row]!));
  return matrix.flat().every((value) => Math.abs(value) < 100) ? matrix : null;
}

const times = (matrix: Matrix, vector: readonly number[]): number[] =>
  matrix.map((row) => row.reduce((sum, value, index) => sum + value * vector[index]!, 0));

function inverse(matrix: Matrix): Matrix | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = matrix.flat();
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (!(Math.abs(determinant) > 1e-9)) return null;
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((value) => value / determinant));
}

function fixed(values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => out.writeInt32BE(Math.round(value * 65_536), index * 4));
  return out;
}

const xyzTag = (values: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from('XYZ \0\0\0\0', 'latin1'), fixed(values)]);

function curveTag(curve: Curve): Buffer {
  const [type, values] =
    curve === 'srgb' ? [3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]] : [0, [curve]];
  return Buffer.concat([Buffer.from(`para\0\0\0\0\0${String.fromCharCode(type)}\0\0`, 'latin1'), fixed(values)]);
}

function profileOf(space: ProfileSpace, tags: readonly (readonly [name: string, data: Buffer])[]): Buffer {
  const table = Buffer.alloc(4 + tags.length * 12);
  table.writeUInt32BE(tags.length);
  let at = 128 + table.length;
  tags.forEach(([name, data], index) => {
    table.write(name, 4 + index * 12, 'latin1');
    table.writeUInt32BE(at, 8 + index * 12);
    table.writeUInt32BE(data.length, 12 + index * 12);
    at += data.length;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(at);
  header.writeUInt32BE(0x0420_0000, 8);
  header.write(`mntr${space}XYZ `, 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  fixed(D50).copy(header, 68);
  return Buffer.concat([header, table, ...tags.map(([, data]) => data)]);
}
