import { smoothstep, type Plane } from '../../raster/filter.ts';
import { fractal, lit, mixed, normalised, tiled } from '../../raster/noise.ts';
import { between } from '../random.ts';
import type { Colour, Painting } from './painting.ts';
import { fallOff, glow, mix, room, type Stage } from './stage.ts';

/** Backdrops of a photographer's studio. */

/** Seamless paper: the wall curves into the floor. */
export function sweep(wall: Colour, floor: Colour, stage: Stage): Painting {
  const { horizon, towards, random } = stage;
  const [left, top] = [between(random, 0.12, 0.22) * -towards, between(random, 0.28, 0.38)];
  const curve = between(random, 0.05, 0.09);
  return {
    layers: [{
      field: room(wall, floor, stage, 0.17, (u, v, ground) => {
        const pool = glow(u - left, v - top, 0.6, 0.45);
        // Where the paper bends away from the light.
        const bend = curve * Math.exp(-(((v - horizon) / 0.11) ** 2));
        return (0.9 + 0.16 * pool + 0.06 * ground * (v - horizon)) * (1 - bend) * fallOff(u, v, stage, 0.2);
      }),
    }],
  };
}

/** A lamp behind the product lights the wall, and one above it the floor. */
export function spotlight(wall: Colour, floor: Colour, stage: Stage): Painting {
  const { towards, random } = stage;
  const [left, top] = [between(random, 0, 0.1) * -towards, between(random, 0.4, 0.48)];
  const size = between(random, 0.36, 0.46);
  return {
    layers: [{
      field: room(wall, floor, stage, 0.07, (u, v, ground) => {
        const onWall = 0.2 + 1.0 * glow(u - left, v - top, size * 1.1, size);
        const onFloor = 0.42 + 0.85 * glow(u - left * 0.5, v - 0.83, 0.5, 0.2);
        return onWall * (1 - ground) + onFloor * ground;
      }),
    }],
  };
}

/** A rough wall in raking light behind a table. */
export function plaster(wall: Colour, floor: Colour, stage: Stage): Painting {
  const { horizon, random } = stage;
  const [moveU, moveV] = [random(), random()];
  const tile = plasterTile();
  return {
    layers: [{ field: table(wall, floor, stage, () => 1) }],
    texture: (u, v) => {
      const onWall = 1 - smoothstep(horizon - 0.008, horizon + 0.008, v);
      const strength = 0.038 * onWall + 0.006 * (1 - onWall);
      return 1 + strength * tiled(tile, (u * 0.9 + moveU) * TILE, (v * 0.9 + moveV) * TILE);
    },
  };
}

/** The light of a window, somewhat slanted, on the wall and on the table before it. */
export function windowLight(wall: Colour, floor: Colour, stage: Stage): Painting {
  const { horizon, towards, random } = stage;
  const turn = towards === 0 ? 1 : towards;
  const slant = between(random, 0.3, 0.42) * turn;
  const [left, top] = [between(random, -0.12, 0.02) * turn, between(random, -0.05, 0.04)];
  const [paneWidth, paneHeight] = [between(random, 0.2, 0.24), between(random, 0.25, 0.3)];
  const bars = 0.028;
  const panes = (u: number, v: number): number => {
    // On the table the beam goes on towards the viewer, drawn out to the side.
    const below = Math.max(0, v - horizon);
    const along = u * turn - left * turn - slant * turn * (v - top) - 0.55 * below;
    const soft = 0.012 + 0.05 * Math.max(0, v - 0.2);
    const within = (from: number, to: number, place: number): number =>
      smoothstep(from - soft, from + soft, place) * (1 - smoothstep(to - soft, to + soft, place));
    const columns = within(-paneWidth - bars, -bars, along) + within(0, paneWidth, along);
    const rows = [0, 1, 2].reduce((sum, row) => {
      const from = top + row * (paneHeight + bars);
      return sum + within(from, from + paneHeight, v);
    }, 0);
    return Math.min(1, columns) * Math.min(1, rows);
  };
  return { layers: [{ field: table(wall, floor, stage, (u, v) => 0.74 + 0.4 * panes(u, v)) }] };
}

/** An arch of paper before the wall, which throws a soft shadow on it. */
export function arch(wall: Colour, floor: Colour, accent: Colour, stage: Stage): Painting {
  const { horizon, towards, random } = stage;
  const middle = between(random, -0.03, 0.03);
  const [radius, top] = [between(random, 0.27, 0.31), between(random, 0.14, 0.19)];
  /** Below 0 inside. */
  const distance = (u: number, v: number): number =>
    v < top + radius ? Math.hypot(u - middle, v - top - radius) - radius : Math.abs(u - middle) - radius;
  const shift = towards * 0.022;
  const shadow = (u: number, v: number): number => {
    const away = distance(u - shift, v - 0.014);
    return 1 - 0.3 * (1 - smoothstep(-0.02, 0.06, away)) * (1 - smoothstep(horizon, horizon + 0.05, v));
  };
  const base = table(wall, floor, stage, () => 1);
  return {
    layers: [
      {
        field: (u, v, out) => {
          base(u, v, out);
          const factor = shadow(u, v);
          for (let channel = 0; channel < 3; channel += 1) out[channel]! *= factor;
        },
      },
      {
        field: (u, v, out) => {
          const light = (1.02 + 0.1 * glow(u, v - 0.35, 0.4, 0.4)) * fallOff(u, v, stage, 0.2) * nearTable(v, horizon);
          mix(accent, accent, 0, out, light);
        },
        cover: (u, v, pixel) => {
          const inside = Math.min(1, Math.max(0, 0.5 - distance(u, v) / (2 * pixel)));
          return inside * (1 - smoothstep(horizon - 2 * pixel, horizon + 2 * pixel, v));
        },
      },
    ],
  };
}

/** The wall is a little darker just above the table. */
const nearTable = (v: number, horizon: number): number =>
  1 - 0.12 * Math.exp(-Math.max(0, horizon - v) / 0.035);

/** A wall and a table before it, whose edge is out of focus. */
function table(
  wall: Colour,
  floor: Colour,
  stage: Stage,
  more: (u: number, v: number) => number,
): ReturnType<typeof room> {
  const { horizon, towards } = stage;
  return room(wall, floor, stage, 0.006, (u, v, ground) => {
    const pool = glow(u + 0.18 * towards, v - 0.3, 0.62, 0.5);
    const onWall = (0.88 + 0.18 * pool) * nearTable(v, horizon);
    const onFloor = 0.96 + 0.1 * glow(u, v - 0.86, 0.6, 0.25);
    return (onWall * (1 - ground) + onFloor * ground) * fallOff(u, v, stage, 0.22) * more(u, v);
  });
}

const TILE = 512;
let madePlaster: Plane | undefined;

/** The same for all pictures, which see other parts of it: it takes a tenth of a second. */
function plasterTile(): Plane {
  return (madePlaster ??= normalised(
    mixed([normalised(lit(fractal(TILE, 8, 6, 0.62, 31))), 1], [normalised(fractal(TILE, 4, 3, 0.5, 37)), 0.5]),
  ));
}
