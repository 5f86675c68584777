import { hashed } from '../../../src/imaging/local/raster/noise.ts';

/** Reflectance of a surface, linear 0..1, written to `out`; u and v are in metres. */
export type Material = (u: number, v: number, out: Float64Array) => void;

type Linear = readonly [number, number, number];

const channel = (byte: number): number => {
  const share = byte / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};
/** Linear reflectance of an sRGB colour given as `#rrggbb`. */
export const linear = (hex: string): Linear => [
  channel(Number.parseInt(hex.slice(1, 3), 16)),
  channel(Number.parseInt(hex.slice(3, 5), 16)),
  channel(Number.parseInt(hex.slice(5, 7), 16)),
];

const eased = (share: number): number => share * share * (3 - 2 * share);

/** Smooth noise in -1..1 with cells of one unit. */
function noise(x: number, y: number, seed: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [along, down] = [eased(x - column), eased(y - row)];
  const upper = hashed(column, row, seed) * (1 - along) + hashed(column + 1, row, seed) * along;
  const lower = hashed(column, row + 1, seed) * (1 - along) + hashed(column + 1, row + 1, seed) * along;
  return (upper * (1 - down) + lower * down) * 2 - 1;
}

const scaled = (colour: Linear, factor: number, out: Float64Array): void => {
  for (let at = 0; at < 3; at += 1) out[at] = Math.min(0.95, colour[at]! * factor);
};

export function plain(hex: string, grain = 0.012): Material {
  const colour = linear(hex);
  return (u, v, out) => scaled(colour, 1 + grain * (noise(u * 60, v * 60, 1) + noise(u * 9, v * 9, 2)), out);
}

/** Boards along v. */
export function boards(hex: string, width = 0.14, contrast = 0.16): Material {
  const colour = linear(hex);
  return (u, v, out) => {
    const board = Math.floor(u / width);
    const along = v + hashed(board, 7, 3) * 1.7;
    const piece = Math.floor(along / 1.7);
    const shade = 1 + contrast * (hashed(board, piece, 5) * 2 - 1);
    const grain = 1 + 0.09 * noise(u * 90, along * 3, 11 + board) + 0.05 * noise(u * 240, along * 8, 13);
    const gap = u / width - board < 0.025 || (along / 1.7 - piece) * 1.7 < 0.004 ? 0.5 : 1;
    scaled(colour, shade * grain * gap, out);
  };
}

export function tiled(hex: string, grout: string, side: number, uneven = 0.05): Material {
  const [colour, line] = [linear(hex), linear(grout)];
  return (u, v, out) => {
    const [column, row] = [Math.floor(u / side), Math.floor(v / side)];
    const [x, y] = [u / side - column, v / side - row];
    const gap = 0.004 / side;
    if (x < gap || y < gap || x > 1 - gap || y > 1 - gap) return scaled(line, 1, out);
    scaled(colour, 1 + uneven * (hashed(column, row, 17) * 2 - 1) + 0.03 * noise(u * 20, v * 20, 19), out);
  };
}

export function bricks(hex: string, mortar: string): Material {
  const [colour, line] = [linear(hex), linear(mortar)];
  return (u, v, out) => {
    const row = Math.floor(v / 0.075);
    const along = u / 0.24 + (row % 2) * 0.5;
    const column = Math.floor(along);
    if (along - column < 0.05 || v / 0.075 - row < 0.14) return scaled(line, 1 + 0.1 * noise(u * 50, v * 50, 23), out);
    scaled(colour, 1 + 0.22 * (hashed(column, row, 29) * 2 - 1) + 0.1 * noise(u * 70, v * 70, 31), out);
  };
}

/** Pile: fine strong grain. */
export function carpet(hex: string, depth = 0.14): Material {
  const colour = linear(hex);
  return (u, v, out) => scaled(colour, 1 + depth * (noise(u * 160, v * 160, 37) + 0.5 * noise(u * 30, v * 30, 41)),
    out);
}

export function stripes(one: string, other: string, width: number): Material {
  const [first, second] = [linear(one), linear(other)];
  return (u, _v, out) => scaled(Math.floor(u / width) % 2 === 0 ? first : second, 1, out);
}

/** A shelf full of books, as a picture on its front. */
export function books(wood: string): Material {
  const frame = linear(wood);
  return (u, v, out) => {
    const shelf = Math.floor(v / 0.34);
    const height = v - shelf * 0.34;
    const book = Math.floor(u / 0.045);
    if (height < 0.03 || height > 0.2 + 0.1 * hashed(book, shelf, 43)) return scaled(frame, height < 0.03 ? 1 : 0.25,
      out);
    for (let at = 0; at < 3; at += 1) out[at] = 0.04 + 0.5 * hashed(book, shelf, 47 + at) ** 2;
  };
}

/** A painting: large blots of colour within a frame of the size given. */
export function painting(width: number, height: number, seed: number): Material {
  return (u, v, out) => {
    const inFrame = u < 0.04 || v < 0.04 || u > width - 0.04 || v > height - 0.04;
    for (let at = 0; at < 3; at += 1) {
      const blot = 0.5 + 0.5 * noise(u * 5, v * 5, seed + at) + 0.2 * noise(u * 17, v * 17, seed + 9 + at);
      out[at] = inFrame ? 0.03 : Math.min(0.9, Math.max(0.02, blot * 0.7));
    }
  };
}
