import { hashed } from '../../../src/imaging/local/raster/noise.ts';

/** A point, a direction or a colour, written in place. Plain numbers: to make a typed array takes longer. */
export type Vector = [number, number, number];

/** Reflectance of a surface, linear 0..1, written to `out`; u and v are in metres. */
export type Material = (u: number, v: number, out: Vector) => void;

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

const scaled = (colour: Linear, factor: number, out: Vector): void => {
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

export function tiled(hex: string, grout: string, side: number, uneven = 0.05, joint = 0.004): Material {
  const [colour, line] = [linear(hex), linear(grout)];
  return (u, v, out) => {
    const [column, row] = [Math.floor(u / side), Math.floor(v / side)];
    const [x, y] = [u / side - column, v / side - row];
    const gap = joint / side;
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

export function chequered(one: string, other: string, side: number): Material {
  const [first, second] = [linear(one), linear(other)];
  return (u, v, out) => {
    const [column, row] = [Math.floor(u / side), Math.floor(v / side)];
    scaled((column + row) % 2 === 0 ? first : second, 1 + 0.06 * noise(u * 14, v * 14, 53), out);
  };
}

/** Parquet in a zigzag: blocks `length` by `width`, each the other way round than those beside it. */
export function herringbone(hex: string, length: number, width: number): Material {
  const colour = linear(hex);
  const blocks = Math.round(length / width);
  return (u, v, out) => {
    const [across, down] = [(u + v) / Math.SQRT2 / width, (v - u) / Math.SQRT2 / width];
    const [column, row] = [Math.floor(across), Math.floor(down)];
    const isLevel = (((column - row) % (2 * blocks)) + 2 * blocks) % (2 * blocks) < blocks;
    const [along, lane] = isLevel ? [across, row] : [down, column];
    const piece = Math.floor((along - (isLevel ? row : column)) / blocks) + (isLevel ? 0 : 500);
    const shade = 1 + 0.14 * (hashed(lane, piece, 57) * 2 - 1) + 0.08 * noise(along * 0.6, lane * 9, 59);
    const side = isLevel ? down - row : across - column;
    scaled(colour, side < 0.04 ? shade * 0.6 : shade, out);
  };
}

/** A large ornament in two shades, as on wallpaper: the same again every `repeat` metres, and half-way in between. */
export function damask(ground: string, ornament: string, repeat: number): Material {
  const [first, second] = [linear(ground), linear(ornament)];
  const leaf = (x: number, y: number): number => {
    const [round, turn] = [Math.hypot(x, y), Math.atan2(y, x)];
    return 0.3 + 0.13 * Math.cos(4 * turn) + 0.05 * Math.cos(10 * turn) - round;
  };
  return (u, v, out) => {
    const [x, y] = [u / repeat, v / repeat / 1.3];
    const middle = (value: number): number => value - Math.floor(value) - 0.5;
    const inside = Math.max(leaf(middle(x), middle(y)), leaf(middle(x + 0.5), middle(y + 0.5)));
    scaled(inside > 0 && inside < 0.22 ? second : first, 1 + 0.01 * noise(u * 60, v * 60, 61), out);
  };
}

export function spots(ground: string, spot: string, repeat: number, radius: number): Material {
  const [first, second] = [linear(ground), linear(spot)];
  return (u, v, out) => {
    const row = Math.floor(v / repeat);
    const x = u / repeat + (row % 2) * 0.5;
    const off = Math.hypot(x - Math.floor(x) - 0.5, v / repeat - row - 0.5) * repeat;
    scaled(off < radius ? second : first, 1, out);
  };
}

/** Carpet with a large figure. */
export function medallions(ground: string, figure: string, repeat: number): Material {
  const [pattern, pile] = [damask(ground, figure, repeat), 0.08];
  return (u, v, out) => {
    pattern(u, v, out);
    const light = 1 + pile * noise(u * 150, v * 150, 67);
    for (let at = 0; at < 3; at += 1) out[at]! *= light;
  };
}

/** Wood panelling: upright fields with a darker and a lighter edge. */
export function rails(hex: string, width: number): Material {
  const colour = linear(hex);
  return (u, v, out) => {
    const x = (u / width - Math.floor(u / width)) * width;
    const y = (v / 1.2 - Math.floor(v / 1.2)) * 1.2;
    const edge = Math.min(x - 0.08, width - 0.08 - x, y - 0.1, 1.1 - y);
    const isLit = x > width / 2 || y < 0.6;
    scaled(colour, edge > 0 && edge < 0.018 ? (isLit ? 1.25 : 0.7) : 1 + 0.02 * noise(u * 50, v * 50, 71), out);
  };
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
