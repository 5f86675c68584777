import { describe, expect, test } from 'vitest';
import { paintSurface, recolor } from '../../src/imaging/local/effects/recolor.ts';
import { parseColour, type Rgb } from '../../src/imaging/local/raster/colour.ts';
import { fullMask } from '../../src/imaging/local/raster/mask.ts';
import { oklabOf } from '../../src/imaging/local/raster/oklab.ts';
import type { Picture } from '../../src/imaging/local/raster/picture.ts';
import { meanLab, type Part } from './samples.ts';

const [WIDTH, HEIGHT] = [120, 80];

/** A wall of a paint that is lit from the left: down to three tenths of the light. */
function wall(paint: Rgb): Picture {
  const data = new Uint8Array(WIDTH * HEIGHT * 4).fill(255);
  for (let at = 0; at < WIDTH * HEIGHT; at += 1) {
    const light = (1 - (0.7 * (at % WIDTH)) / WIDTH) ** (1 / 2.2);
    paint.forEach((level, channel) => (data[at * 4 + channel] = Math.round(level * light)));
  }
  return { width: WIDTH, height: HEIGHT, data };
}

const [lit, shaded]: [Part, Part] = [[0.05, 0.2, 0.1, 0.5], [0.85, 0.2, 0.1, 0.5]];
const colourAt = ({ data }: Picture, x: number): Rgb => {
  const at = (40 * WIDTH + x) * 4;
  return [data[at]!, data[at + 1]!, data[at + 2]!];
};
const hueAt = (picture: Picture, x: number): number => {
  const [, a, b] = oklabOf(colourAt(picture, x));
  return (Math.atan2(b, a) * 180) / Math.PI;
};
const painted = (paint: Rgb, colour: string): Picture => {
  const picture = wall(paint);
  recolor(picture, fullMask(WIDTH, HEIGHT), parseColour(colour)!);
  return picture;
};

describe('paint', () => {
  test.each([
    [[210, 200, 180], '#ffffff'], [[90, 60, 40], '#ffffff'], [[210, 200, 180], '#000000'], [[40, 45, 60], '#000000'],
  ] as const)('on a wall of %j in %s keeps light and shade, and runs into neither white nor black', (paint, colour) => {
    const after = painted([...paint], colour);
    const fall = meanLab(after, lit).lightness - meanLab(after, shaded).lightness;
    expect(fall).toBeGreaterThan(3.5);
    const [brightest, darkest] = [colourAt(after, 0)[1], colourAt(after, WIDTH - 1)[1]];
    expect(brightest).toBeLessThan(255);
    expect(darkest).toBeGreaterThan(3);
    if (colour === '#ffffff') expect(meanLab(after, [0.4, 0.2, 0.2, 0.5]).lightness).toBeGreaterThan(85);
    else expect(meanLab(after, [0.4, 0.2, 0.2, 0.5]).lightness).toBeLessThan(25);
  });

  test.each(['#808080', 'white', 'black', 'silver'])('of %s takes no hue from the wall', (colour) => {
    const after = painted([230, 180, 90], colour);
    for (let x = 0; x < WIDTH; x += 7) {
      const [red, green, blue] = colourAt(after, x);
      expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThanOrEqual(1);
    }
  });

  test.each(['navy', '#1e40ff', 'purple', 'red', 'sage', 'gold'])('of %s has one hue in light and shade', (colour) => {
    const after = painted([220, 220, 220], colour);
    const wanted = (([, a, b]) => (Math.atan2(b, a) * 180) / Math.PI)(oklabOf(parseColour(colour)!));
    for (const x of [10, 60, 110]) {
      const turn = Math.abs(((hueAt(after, x) - wanted + 540) % 360) - 180);
      expect(turn, `${x}: ${colourAt(after, x)}`).toBeLessThan(4);
    }
  });

  test('on a wall is dimmer in a dim room', async () => {
    const lightness = async (level: number): Promise<number> => {
      const picture = wall([200 * level, 190 * level, 170 * level]);
      await paintSurface(picture, fullMask(WIDTH, HEIGHT), parseColour('sage')!);
      return meanLab(picture, [0.4, 0.2, 0.2, 0.5]).lightness;
    };
    const [bright, dim] = [await lightness(1), await lightness(0.3)];
    expect(dim).toBeLessThan(bright - 8);
    expect(dim).toBeGreaterThan(bright * 0.55);
  });
});
