import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { fractal, hashed } from '../../../src/imaging/local/raster/noise.ts';
import { drawn } from './layer.ts';
import { between, hsl, times, type Random } from './random.ts';

/** RGB of a frame. */
export type Background = (width: number, height: number, random: Random) => Promise<Uint8Array>;

type Rgb = readonly [number, number, number];
const TILE = 512;

function rgbOf(hex: string): Rgb {
  const bits = Number.parseInt(hex.slice(1), 16);
  return [bits >> 16, (bits >> 8) & 255, bits & 255];
}

/** Each pixel from its place in fractions of the shorter side. */
function painted(paint: (x: number, y: number) => Rgb, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  const short = Math.min(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = paint(x / short, y / short);
      const at = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        out[at + channel] = Math.min(255, Math.max(0, Math.round(colour[channel]!)));
      }
    }
  }
  return out;
}

const scaled = (colour: Rgb, by: number): Rgb => [colour[0] * by, colour[1] * by, colour[2] * by];
const mixed = (one: Rgb, other: Rgb, share: number): Rgb => [
  one[0] + (other[0] - one[0]) * share,
  one[1] + (other[1] - one[1]) * share,
  one[2] + (other[2] - one[2]) * share,
];

/** Noise at a place in cells of a tile; repeats after a tile. */
function noiseOf(random: Random, cells: number, octaves: number): (x: number, y: number) => number {
  const tile = fractal(TILE, cells, octaves, 0.55, Math.floor(random() * 1e6));
  return (x, y) => {
    const column = ((Math.floor(x * TILE) % TILE) + TILE) % TILE;
    const row = ((Math.floor(y * TILE) % TILE) + TILE) % TILE;
    return tile.data[row * TILE + column]!;
  };
}

/** A studio backdrop: one colour, with the light falling off from a point by `fall` (0..1). */
export function plain(hex: string, fall = 0.12): Background {
  return async (width, height, random) => {
    const colour = rgbOf(hex);
    const [lightX, lightY] = [between(random, 0.2, 0.9), between(random, 0.1, 0.5)];
    return painted((x, y) => scaled(colour, 1 - fall * ((x - lightX) ** 2 + (y - lightY) ** 2)), width, height);
  };
}

/** A sweep: wall above, floor below, a soft bend between them. */
export function sweep(hex: string, floor: string): Background {
  return async (width, height, random) => {
    const [wall, ground] = [rgbOf(hex), rgbOf(floor)];
    const bend = between(random, 0.55, 0.7);
    return painted((x, y) => {
      const share = 1 / (1 + Math.exp(-(y - bend) * 14));
      return scaled(mixed(wall, ground, share), 1 - 0.1 * (x - 0.5) ** 2);
    }, width, height);
  };
}

/** A studio wall lit from one side: from one shade to another along a slant. */
export function ramp(from: string, to: string): Background {
  return async (width, height, random) => {
    const [one, other] = [rgbOf(from), rgbOf(to)];
    const turn = between(random, 0.2, 1.4);
    const [along, down] = [Math.cos(turn), Math.sin(turn)];
    return painted((x, y) => {
      const share = Math.min(1, Math.max(0, (x * along + y * down) / (along + down)));
      return mixed(one, other, share * share * (3 - 2 * share));
    }, width, height);
  };
}

/** Coloured paper with its fibres. */
export function paper(hex: string): Background {
  return async (width, height, random) => {
    const colour = rgbOf(hex);
    const [fine, uneven] = [noiseOf(random, 90, 3), noiseOf(random, 2, 1)];
    const lightX = between(random, 0.2, 0.8);
    return painted((x, y) => scaled(
      colour,
      1 - 0.1 * ((x - lightX) ** 2 + (y - 0.3) ** 2) + 0.012 * fine(x * 1.3, y * 1.3) +
        0.015 * uneven(x * 0.5, y * 0.5),
    ), width, height);
  };
}

/** Grass, blade over blade. */
export function lawn(): Background {
  return (width, height, random) => {
    const blades = times(5000, (index) => {
      const depth = index / 5000;
      const [x, y, long] = [random() * 1000, random() * 1040, between(random, 20, 60)];
      const colour = hsl(95 + between(random, -16, 16), between(random, 35, 60), 14 + depth * 22 + random() * 14);
      return `<path d="M${x} ${y} q${between(random, -8, 8)} ${-long * 0.6} ${between(random, -22, 22)} ${-long}" ` +
        `stroke="${colour}" stroke-width="${between(random, 2, 5)}" fill="none"/>`;
    });
    return flat(`<rect width="1000" height="1000" fill="#22401c"/>${blades.join('')}`, width, height, 0);
  };
}

export function wood(dark = '#6b4226', light = '#a9764a'): Background {
  return async (width, height, random) => {
    const [one, other] = [rgbOf(dark), rgbOf(light)];
    const [warp, fibre] = [noiseOf(random, 3, 3), noiseOf(random, 8, 4)];
    const plank = between(random, 0.18, 0.3);
    return painted((x, y) => {
      const row = Math.floor(y / plank);
      const shift = hashed(row, 3, 11) * 7;
      const bend = warp(x * 0.2 + shift, y * 0.9 + shift);
      const ring = 0.5 + 0.5 * Math.sin((y * 60 + bend * 11 + shift * 9) * (0.7 + 0.5 * hashed(row, 1, 5)));
      const gap = y - row * plank < 0.004 ? 0.35 : 1;
      const grain = 1 + 0.12 * fibre(x * 0.3 + shift, y * 6);
      return scaled(mixed(one, other, 0.25 + 0.6 * ring * (0.6 + 0.4 * hashed(row, 9, 2))), gap * grain);
    }, width, height);
  };
}

export function brick(hex = '#9a4a38'): Background {
  return async (width, height, random) => {
    const [colour, mortar] = [rgbOf(hex), rgbOf('#c9c2b6')];
    const rough = noiseOf(random, 20, 4);
    const [long, high, joint] = [0.23, 0.085, 0.009];
    return painted((x, y) => {
      const row = Math.floor(y / high);
      const across = x + (row % 2) * (long / 2);
      const column = Math.floor(across / long);
      const isJoint = across - column * long < joint || y - row * high < joint;
      const noise = rough(x, y);
      if (isJoint) return scaled(mortar, 0.85 + 0.12 * noise);
      return scaled(colour, 0.7 + 0.5 * hashed(row, column, 4) + 0.16 * noise);
    }, width, height);
  };
}

/** Checked cloth with its weave, or stripes of three colours. */
export function cloth(first: string, second: string, check = 0.09): Background {
  return async (width, height, random) => {
    const [one, other] = [rgbOf(first), rgbOf(second)];
    const folds = noiseOf(random, 3, 2);
    return painted((x, y) => {
      const bend = folds(x * 0.5, y * 0.5);
      const [u, v] = [x + bend * 0.02, y + bend * 0.015];
      const across = Math.floor(u / check) % 2 === 0 ? 0.5 : 0;
      const down = Math.floor(v / check) % 2 === 0 ? 0.5 : 0;
      const weave = 0.95 + 0.05 * Math.sin(u * 700) * Math.sin(v * 700);
      return scaled(mixed(one, other, across + down), weave * (1 + 0.12 * bend));
    }, width, height);
  };
}

export function stone(hex: string, contrast = 0.16): Background {
  return async (width, height, random) => {
    const colour = rgbOf(hex);
    const [coarse, fine] = [noiseOf(random, 4, 4), noiseOf(random, 60, 3)];
    return painted((x, y) => {
      return scaled(colour, 1 + contrast * (0.8 * coarse(x * 0.6, y * 0.6) + 0.5 * fine(x, y)));
    }, width, height);
  };
}

/** Leaves over leaves, deeper ones darker. */
export function foliage(hue = 105): Background {
  return (width, height, random) => {
    const leaves = times(1500, (index) => {
      const depth = index / 1500;
      const [x, y, long] = [random() * 1000, random() * 1000, between(random, 18, 60)];
      const colour = hsl(hue + between(random, -22, 22), between(random, 30, 60), 8 + depth * 34 + random() * 12);
      return (
        `<ellipse cx="0" cy="0" rx="${long}" ry="${long * 0.32}" fill="${colour}"` +
        ` transform="translate(${x} ${y}) rotate(${random() * 360})"/>`
      );
    });
    return flat(`<rect width="1000" height="1000" fill="#142012"/>${leaves.join('')}`, width, height, 0);
  };
}

/** Lights out of focus. */
export function bokeh(hue: number): Background {
  return (width, height, random) => {
    const spots = times(90, () => {
      const colour = hsl(hue + between(random, -50, 50), 70, between(random, 40, 75), between(random, 0.15, 0.6));
      return `<circle cx="${random() * 1000}" cy="${random() * 1000}" r="${between(random, 14, 60)}" ` +
        `fill="${colour}"/>`;
    });
    return flat(`<rect width="1000" height="1000" fill="hsl(${hue},30%,16%)"/>${spots.join('')}`, width, height, 5);
  };
}

/** Books, boxes and frames: a shelf behind the subject, `blur` out of focus. */
export function shelf(blur: number): Background {
  return (width, height, random) => {
    const rows = times(4, (row) => {
      let x = -20;
      const books: string[] = [];
      while (x < 1000) {
        const [thick, high] = [between(random, 16, 60), between(random, 130, 215)];
        const colour = `hsl(${random() * 360},${between(random, 15, 60)}%,${between(random, 18, 70)}%)`;
        books.push(
          `<rect x="${x}" y="${row * 250 + 235 - high}" width="${thick - 2}" height="${high}" fill="${colour}"/>`,
        );
        x += thick;
      }
      return `${books.join('')}<rect x="0" y="${row * 250 + 235}" width="1000" height="15" fill="#7a5a3a"/>`;
    });
    return flat(`<rect width="1000" height="1000" fill="#2b211a"/>${rows.join('')}`, width, height, blur);
  };
}

async function flat(elements: string, width: number, height: number, blur: number): Promise<Uint8Array> {
  const raw = { width, height, channels: 4 as const };
  let image = sharp(await drawn(elements, width, height), { raw }).removeAlpha();
  if (blur > 0) image = image.blur((blur * Math.min(width, height)) / 1000);
  return image.raw().toBuffer();
}

/** A part (fractions) of one of the sample photos, enlarged to the frame, `blur` out of focus. */
export function crop(photo: string, part: readonly [number, number, number, number], blur: number): Background {
  return async (width, height) => {
    const file = fileURLToPath(new URL(`../../../examples/photos/${photo}.jpg`, import.meta.url));
    const size = await sharp(file).metadata();
    const box = {
      left: Math.round(part[0] * size.width),
      top: Math.round(part[1] * size.height),
      width: Math.round(part[2] * size.width),
      height: Math.round(part[3] * size.height),
    };
    let image = sharp(await sharp(file).extract(box).resize(width, height, { fit: 'cover' }).png().toBuffer());
    if (blur > 0) image = image.blur((blur * Math.min(width, height)) / 1000);
    return image.removeAlpha().raw().toBuffer();
  };
}
