import { linearOf, parseColour, type Rgb } from '../raster/colour.ts';
import { hashed } from '../raster/noise.ts';
import type { Spot } from '../rooms/projection.ts';
import { contrastLeft, grainAt, jointShare } from './pattern.ts';

/** What floors and walls are covered with: drawn in metres, so that it can be laid in perspective. */
export interface Material {
  /** Writes the reflectance (linear RGB, 0..1) of a spot. */
  readonly paint: (spot: Readonly<Spot>, out: Float64Array) => void;
  /** Metres across u and v within which nothing must be looked at more than twice. */
  readonly cell: readonly [u: number, v: number];
}

type Linear = readonly [red: number, green: number, blue: number];

interface Kind {
  /** Its own colour, where none is given. */
  readonly colour: string;
  readonly of: (base: Linear) => Material;
}

export const materialNames = [
  'wood', 'oak', 'walnut', 'herringbone', 'tiles', 'brick', 'carpet', 'stripes',
] as const;
export type MaterialName = (typeof materialNames)[number];

const kinds: Readonly<Record<MaterialName, Kind>> = {
  wood: { colour: '#ab8c68', of: planks },
  oak: { colour: '#c3a580', of: planks },
  walnut: { colour: '#6b5443', of: planks },
  herringbone: { colour: '#b0916d', of: herringbone },
  tiles: { colour: '#d9d5cc', of: tiles },
  brick: { colour: '#9d5b45', of: brick },
  carpet: { colour: '#a89c8d', of: carpet },
  stripes: { colour: '#c9c2b2', of: stripes },
};

export const isMaterial = (name: string): name is MaterialName => materialNames.some((one) => one === name);

export function materialOf(name: MaterialName, colour: Rgb | undefined): Material {
  const { colour: own, of } = kinds[name];
  const [red, green, blue] = colour ?? parseColour(own)!;
  // Nothing throws back all light, and nothing none of it.
  const share = (level: number): number => Math.min(0.86, Math.max(0.018, linearOf[level]!));
  return of([share(red), share(green), share(blue)]);
}

const put = (base: Linear, factor: number, out: Float64Array): void => {
  for (let at = 0; at < 3; at += 1) out[at] = Math.min(0.92, Math.max(0.004, base[at]! * factor));
};

/** A board's own tone: some are lighter, some redder. `id` tells boards apart. */
function woodTone(base: Linear, id: number, left: number, out: Float64Array): void {
  const light = 1 + 0.34 * left * (hashed(id, 3, 71) - 0.5);
  const warm = 0.09 * left * (hashed(id, 5, 73) - 0.5);
  out[0] = base[0] * light * (1 + warm);
  out[1] = base[1] * light;
  out[2] = base[2] * light * (1 - 1.3 * warm);
}

/** Grain along v: streaks and darker lines of growth that wander, of a board with its own place in the tree. */
function woodGrain(u: number, v: number, id: number, spreadU: number, spreadV: number): number {
  const from = hashed(id, 11, 79) * 40;
  const noise = (across: number, along: number, seed: number): number =>
    grainAt(u * across + from, v * along + from, seed, spreadU * across, spreadV * along);
  const bend = noise(5, 0.9, 83) * 0.035 + noise(14, 2.4, 89) * 0.008;
  const rings = Math.sin((u + bend) * (95 + 70 * hashed(id, 13, 97)) * Math.PI + from);
  const ringsLeft = contrastLeft(0.012, spreadU);
  const streaks = 0.1 * noise(60, 1.6, 101) + 0.07 * noise(190, 5, 103) + 0.05 * noise(420, 14, 107);
  return 1 + 0.055 * rings * ringsLeft + streaks;
}

const [BOARD, BOARD_LENGTH] = [0.145, 1.9];

/** Boards along v, end to end. */
function planks(base: Linear): Material {
  return {
    cell: [BOARD, BOARD_LENGTH],
    paint({ u, v, spreadU, spreadV }, out) {
      const board = Math.floor(u / BOARD);
      const along = v + hashed(board, 7, 109) * BOARD_LENGTH;
      const id = board * 131 + Math.floor(along / BOARD_LENGTH) * 17;
      woodTone(base, id, contrastLeft(BOARD, spreadU), out);
      const joints = 1 - (1 - jointShare(u, BOARD, 0.0014, spreadU)) *
        (1 - jointShare(along, BOARD_LENGTH, 0.0012, spreadV));
      const factor = woodGrain(u, along, id, spreadU, spreadV) * (1 - 0.62 * joints);
      for (let at = 0; at < 3; at += 1) out[at] = Math.min(0.92, Math.max(0.004, out[at]! * factor));
    },
  };
}

/** Blocks at right angles, the pattern's points away from the camera. */
function herringbone(base: Linear): Material {
  const [width, times] = [0.09, 5];
  const turn = Math.SQRT1_2 / width;
  return {
    cell: [0.16, 0.16],
    paint({ u, v, spreadU, spreadV }, out) {
      const [x, y] = [(u + v) * turn, (v - u) * turn];
      const spread = Math.max(spreadU, spreadV) / width;
      const [column, row] = [Math.floor(x), Math.floor(y)];
      const place = (((column - row) % (2 * times)) + 2 * times) % (2 * times);
      const lies = place < times;
      const along = lies ? x - (column - place) : y - (row - (2 * times - 1 - place));
      const across = lies ? y - row : x - column;
      const id = lies ? (column - place) * 61 + row * 137 : column * 149 + (row - (2 * times - 1 - place)) * 67 + 7;
      const left = contrastLeft(1, spread);
      woodTone(base, id, left, out);
      const joints = 1 - (1 - jointShare(across, 1, 0.012, spread)) * (1 - jointShare(along, times, 0.012, spread));
      // Light falls on the two directions of the grain a little differently.
      const sheen = 1 + (lies ? 0.045 : -0.045) * left;
      const metres = spread * width;
      const grain = woodGrain(across * width, along * width, id, metres, metres);
      const factor = grain * sheen * (1 - 0.6 * joints);
      for (let at = 0; at < 3; at += 1) out[at] = Math.min(0.92, Math.max(0.004, out[at]! * factor));
    },
  };
}

function tiles(base: Linear): Material {
  const side = 0.4;
  return {
    cell: [side, side],
    paint({ u, v, spreadU, spreadV }, out) {
      const [column, row] = [Math.floor(u / side), Math.floor(v / side)];
      const joints = 1 - (1 - jointShare(u, side, 0.002, spreadU)) * (1 - jointShare(v, side, 0.002, spreadV));
      const left = contrastLeft(side, Math.max(spreadU, spreadV));
      const cloud = 0.03 * grainAt(u * 9 + column * 5, v * 9 + row * 7, 113, spreadU * 9, spreadV * 9);
      const speck = 0.02 * grainAt(u * 120, v * 120, 127, spreadU * 120, spreadV * 120);
      put(base, (1 + 0.06 * left * (hashed(column, row, 131) - 0.5) + cloud + speck) * (1 - 0.42 * joints), out);
    },
  };
}

function brick(base: Linear): Material {
  const [length, height, joint] = [0.25, 0.0735, 0.005];
  const mortar: Linear = [0.52, 0.49, 0.45];
  return {
    cell: [length, height],
    paint({ u, v, spreadU, spreadV }, out) {
      const row = Math.floor(v / height);
      const along = u + (row % 2 === 0 ? 0 : length / 2);
      const rough = 0.0012 * grainAt(u * 60, v * 60, 137, spreadU * 60, spreadV * 60);
      const joints = 1 - (1 - jointShare(along, length, joint + rough, spreadU)) *
        (1 - jointShare(v, height, joint + rough, spreadV));
      const left = contrastLeft(height, Math.max(spreadU, spreadV));
      const id = Math.floor(along / length);
      const grain = 0.1 * grainAt(u * 45, v * 45, 139, spreadU * 45, spreadV * 45) +
        0.07 * grainAt(u * 170, v * 170, 149, spreadU * 170, spreadV * 170);
      const tone = 1 + 0.5 * left * (hashed(id, row, 151) - 0.5) + grain;
      const warm = 0.16 * left * (hashed(id, row, 157) - 0.5);
      const fired = [tone * (1 + warm), tone, tone * (1 - warm)];
      for (let at = 0; at < 3; at += 1) {
        const stone = Math.max(0.01, base[at]! * fired[at]!);
        out[at] = stone + (mortar[at]! * (1 + grain) - stone) * joints;
      }
    },
  };
}

/** Pile: fine and strong, and brushed this way and that. */
function carpet(base: Linear): Material {
  return {
    cell: [1, 1],
    paint({ u, v, spreadU, spreadV }, out) {
      const noise = (cells: number, seed: number): number =>
        grainAt(u * cells, v * cells, seed, spreadU * cells, spreadV * cells);
      const brushed = 0.05 * noise(14, 173) + 0.035 * noise(3.1, 179);
      put(base, 1 + 0.17 * noise(260, 163) + 0.13 * noise(110, 167) + brushed, out);
    },
  };
}

/** Wallpaper: two tones of one colour, of the same width. */
function stripes(base: Linear): Material {
  const width = 0.11;
  return {
    cell: [width, 1],
    paint({ u, v, spreadU, spreadV }, out) {
      const dark = jointShare(u, 2 * width, width / 2, spreadU);
      const paper = 0.012 * grainAt(u * 300, v * 300, 181, spreadU * 300, spreadV * 300);
      for (let at = 0; at < 3; at += 1) {
        const light = base[at]! + (0.86 - base[at]!) * 0.32;
        out[at] = (light + (base[at]! * 0.96 - light) * dark) * (1 + paper);
      }
    },
  };
}
