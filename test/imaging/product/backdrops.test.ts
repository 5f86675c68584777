import { describe, expect, it } from 'vitest';
import { backdropStyles, lights, type Backdrop } from '../../../src/domain/scene.ts';
import { drawBackdrop } from '../../../src/imaging/local/product/backdrops/backdrop.ts';
import { backdropsOf } from '../../../src/kinds/product-image/domain/theme.ts';
import { shippedThemes } from '../../../src/kinds/product-image/domain/themes.ts';
import { signal, studio } from './pictures.ts';

const side = 96;
const of = (more: Partial<Backdrop>): Backdrop => ({
  style: 'sweep', light: 'left', wall: '#9aa0a6', floor: '#b4b8bc', accents: ['#e0a040'], ...more,
});

/** Mean level of a part of a picture, given in shares of its side. */
function level(data: Uint8Array, left: number, top: number, right: number, bottom: number): number {
  let [sum, count] = [0, 0];
  for (let y = Math.round(top * side); y < bottom * side; y += 1) {
    for (let x = Math.round(left * side); x < right * side; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) sum += data[(y * side + x) * 3 + channel]!;
      count += 3;
    }
  }
  return sum / count;
}

describe.each(backdropStyles)('the backdrop %s', (style) => {
  it('is the same for the same seed and another for another, and never flat', () => {
    const draw = (seed: number): Uint8Array => drawBackdrop(of({ style }), side, side, seed).data;
    const [one, again, other] = [draw(7), draw(7), draw(8)];
    expect(Buffer.compare(one, again)).toBe(0);
    expect(level(one.map((value, at) => Math.abs(value - other[at]!)), 0, 0, 1, 1)).toBeGreaterThan(0.5);
    // Grain: without it, a slow gradient has whole runs of one level.
    let same = 0;
    for (let at = 3; at < one.length; at += 3) if (one[at] === one[at - 3]) same += 1;
    expect(same / (one.length / 3)).toBeLessThan(0.6);
  });
});

describe('backdrops', () => {
  it.each(lights)('with light from the %s are brighter there', (light) => {
    const { data } = drawBackdrop(of({ light }), side, side, 1);
    const [left, right] = [level(data, 0, 0.1, 0.3, 0.5), level(data, 0.7, 0.1, 1, 0.5)];
    const lead = light === 'left' ? left - right : light === 'right' ? right - left : 3 - Math.abs(left - right);
    expect(lead).toBeGreaterThan(2);
  });

  it('of all themes that ship are drawn in their colours', () => {
    for (const theme of shippedThemes.values()) {
      for (const backdrop of backdropsOf(theme, theme.backdrops.length)) {
        const { data } = drawBackdrop(backdrop, side, side, 3);
        const wall = [1, 3, 5].map((at) => Number.parseInt(backdrop.wall.slice(at, at + 2), 16));
        const usual = (wall[0]! + wall[1]! + wall[2]!) / 3;
        expect([theme.name, backdrop.style, Math.abs(level(data, 0, 0, 1, 0.5) - usual) < 45]).toEqual(
          [theme.name, backdrop.style, true],
        );
      }
    }
  });

  it('are JPEGs of the wanted size, each with a seed of its own', async () => {
    const order = { backdrops: [of({}), of({})], width: 512, height: 256, seed: 1 };
    const [one, other] = await studio.drawBackdrops(order, signal);
    expect(Buffer.compare(one!, other!)).not.toBe(0);
    expect(await studio.inspect(one!, signal)).toMatchObject({ width: 512, height: 256, contentType: 'image/jpeg' });
  });
});
