import { describe, expect, it } from 'vitest';
import { stanceOf } from '../../../src/imaging/local/product/stance.ts';
import type { Plane } from '../../../src/imaging/local/raster/filter.ts';

const [width, height] = [200, 200];

/** Whether a place is product, by its distance from the middle. */
function outline(isProduct: (x: number, y: number) => boolean): Plane {
  const data = new Float32Array(width * height);
  for (let at = 0; at < data.length; at += 1) {
    if (isProduct((at % width) - 100, Math.floor(at / width) - 100)) data[at] = 1;
  }
  return { width, height, data };
}

const inBox = (x: number, y: number, left: number, top: number, right: number, bottom: number): boolean =>
  x >= left && x < right && y >= top && y < bottom;

describe('a product', () => {
  it.each<[string, (x: number, y: number) => boolean]>([
    ['a bottle', (x, y) => inBox(x, y, -40, -100, 40, 100)],
    ['a cup with a handle', (x, y) => inBox(x, y, -80, -80, 40, 100) ||
      (Math.hypot(x - 45, y) < 50 && Math.hypot(x - 45, y) > 35)],
    ['a round vase', (x, y) => Math.hypot(x, y) < 100],
    ['a chair that is mostly holes', (x, y) => inBox(x, y, -80, -100, 80, 20)
      ? !inBox(x, y, -70, -90, 70, -10) : (Math.abs(Math.abs(x) - 75) < 5 && y < 100 && y > 0)],
    ['a drum on three legs, two of them farther back', (x, y) => inBox(x, y, -80, -100, 80, 20) ||
      (Math.abs(Math.abs(x) - 70) < 4 && y >= 0 && y < 50) || (Math.abs(x) < 4 && y >= 0 && y < 100)],
  ])('stands: %s', (_, isProduct) => {
    expect(stanceOf(outline(isProduct))).toBe('standing');
  });

  it.each<[string, (x: number, y: number) => boolean]>([
    ['a ring', (x, y) => Math.hypot(x, y) < 100 && Math.hypot(x, y) > 80],
    ['a pen across', (x, y) => Math.abs(x - y) < 8],
    ['a pendant above a ring', (x, y) => Math.hypot(x + 50, y + 60) < 35 || Math.hypot(x - 40, y - 60) < 40],
    ['coins in rows', (x, y) => Math.hypot(((x + 100) % 50) - 25, ((y + 100) % 50) - 25) < 18],
    ['a balanced spoon that touches the ground at one side', (x, y) => inBox(x, y, -100, -10, 100, 10) ||
      inBox(x, y, -100, -10, -94, 100)],
  ])('lies: %s', (_, isProduct) => {
    expect(stanceOf(outline(isProduct))).toBe('lying');
  });
});
