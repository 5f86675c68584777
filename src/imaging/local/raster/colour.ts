/**
 * CIE Lab (D65) to and from 8-bit sRGB. L is 0..100, a and b about -110..110. Lab is where lightness can be kept
 * while the hue moves, and where equal distances look about equally far.
 */
export type Lab = readonly [lightness: number, a: number, b: number];
export type Rgb = readonly [red: number, green: number, blue: number];

/** The linear share (0..1) of each 8-bit level of sRGB. */
export const linearOf: Readonly<Float32Array> = Float32Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

/** sRGB of a linear share; at 16 384 steps the error is below half of an 8-bit step. */
const GAMMA_STEPS = 16384;
const levelsOf = Float32Array.from({ length: GAMMA_STEPS + 1 }, (_, step) => {
  const share = step / GAMMA_STEPS;
  return 255 * (share <= 0.0031308 ? share * 12.92 : 1.055 * share ** (1 / 2.4) - 0.055);
});
const gammaOf = Uint8Array.from(levelsOf, (level) => Math.round(level));

/** The sRGB level (0..255, with what lies between the 8-bit steps) of a linear share; what is outside 0..1 is cut. */
export function levelOf(linear: number): number {
  const place = Math.min(1, Math.max(0, linear)) * GAMMA_STEPS;
  const low = Math.floor(place);
  const from = levelsOf[low]!;
  return low === GAMMA_STEPS ? from : from + (levelsOf[low + 1]! - from) * (place - low);
}

const WHITE_X = 0.95047;
const WHITE_Z = 1.08883;
const EPSILON = 216 / 24389;
const KAPPA = 24389 / 27;

const root = (share: number): number => (share > EPSILON ? Math.cbrt(share) : (KAPPA * share + 16) / 116);
const cube = (value: number): number => {
  const power = value * value * value;
  return power > EPSILON ? power : (116 * value - 16) / KAPPA;
};

export function toLab(red: number, green: number, blue: number, out: Float32Array): void {
  linearToLab(linearOf[red]!, linearOf[green]!, linearOf[blue]!, out);
}

/** The same for levels between the 8-bit steps; what is outside of 0..255 is cut. */
export function labOfLevels(red: number, green: number, blue: number, out: Float32Array): void {
  linearToLab(linearBetween(red), linearBetween(green), linearBetween(blue), out);
}

function linearBetween(level: number): number {
  const low = Math.min(254, Math.max(0, Math.floor(level)));
  return linearOf[low]! + (linearOf[low + 1]! - linearOf[low]!) * Math.min(1, Math.max(0, level - low));
}

/** Y of CIE XYZ, 0..1, of linear RGB. */
export function luminanceOf(red: number, green: number, blue: number): number {
  return 0.2126729 * red + 0.7151522 * green + 0.072175 * blue;
}

function linearToLab(r: number, g: number, b: number, out: Float32Array): void {
  const x = root((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / WHITE_X);
  const y = root(luminanceOf(r, g, b));
  const z = root((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / WHITE_Z);
  out[0] = 116 * y - 16;
  out[1] = 500 * (x - y);
  out[2] = 200 * (y - z);
}

/** Writes three bytes at `at`. A colour outside sRGB is moved towards its own grey until it fits, not clipped. */
export function fromLab(lightness: number, a: number, b: number, out: Uint8Array, at: number): void {
  const level = Math.min(100, Math.max(0, lightness));
  let chroma = 1;
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const y = (level + 16) / 116;
    const x = cube(y + (a * chroma) / 500) * WHITE_X;
    const z = cube(y - (b * chroma) / 200) * WHITE_Z;
    const luminance = cube(y);
    const red = 3.2404542 * x - 1.5371385 * luminance - 0.4985314 * z;
    const green = -0.969266 * x + 1.8760108 * luminance + 0.041556 * z;
    const blue = 0.0556434 * x - 0.2040259 * luminance + 1.0572252 * z;
    const fits = Math.min(red, green, blue) >= -0.004 && Math.max(red, green, blue) <= 1.004;
    if (fits || attempt === 5) {
      out[at] = gammaByte(red);
      out[at + 1] = gammaByte(green);
      out[at + 2] = gammaByte(blue);
      return;
    }
    chroma *= 0.82;
  }
}

const gammaByte = (linear: number): number => gammaOf[Math.round(Math.min(1, Math.max(0, linear)) * GAMMA_STEPS)]!;

export function labOf(rgb: Rgb): Lab {
  const out = new Float32Array(3);
  toLab(rgb[0], rgb[1], rgb[2], out);
  return [out[0]!, out[1]!, out[2]!];
}

/** `Math.hypot` guards against overflow and takes ten times as long. */
export const length = (x: number, y: number, z: number): number => Math.sqrt(x * x + y * y + z * z);

export const chromaOf = (lab: Lab): number => Math.hypot(lab[1], lab[2]);

/**
 * The colours a person may name; any other is given as #rgb or #rrggbb. The bright ones are those of paint, not
 * CSS's pure ones (`red` is #d32f2f): no wall or cup in a photo is #ff0000.
 */
const named: Readonly<Record<string, string>> = {
  white: '#ffffff', ivory: '#fffff0', cream: '#fff5dc', beige: '#f5f5dc', sand: '#d9c6a3', tan: '#d2b48c',
  silver: '#c0c0c0', grey: '#808080', gray: '#808080', charcoal: '#36454f', black: '#000000', brown: '#8b5a2b',
  red: '#d32f2f', maroon: '#800000', orange: '#f57c00', gold: '#d4af37', yellow: '#fbc02d', olive: '#808000',
  lime: '#8bc34a', green: '#388e3c', sage: '#9caf88', mint: '#b2dfcb', teal: '#008080', turquoise: '#40e0d0',
  cyan: '#26c6da', sky: '#87ceeb', blue: '#1e66d0', navy: '#1b2a5c', purple: '#7b1fa2', violet: '#8a63d2',
  lavender: '#c9b8e8', magenta: '#c2185b', pink: '#f3a6c0', peach: '#ffdab9', salmon: '#fa8072',
  terracotta: '#c66b4e',
};

export const colourNames: readonly string[] = Object.keys(named);

/** `#rgb`, `#rrggbb` or a name, in any case; undefined for anything else. */
export function parseColour(value: string): Rgb | undefined {
  const given = value.trim().toLowerCase();
  const hex = Object.hasOwn(named, given) ? named[given]! : given;
  const short = /^#([\da-f])([\da-f])([\da-f])$/.exec(hex);
  const long = short ? short.slice(1).map((digit) => digit + digit) : /^#(..)(..)(..)$/.exec(hex)?.slice(1);
  if (long === undefined || !/^#[\da-f]+$/.test(hex)) return undefined;
  const [red = 0, green = 0, blue = 0] = long.map((digits) => Number.parseInt(digits, 16));
  return [red, green, blue];
}
