import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createWorkshop } from '../../src/imaging/local/product/workshop.ts';
import type { Restyler } from '../../src/imaging/local/index.ts';
import { composed } from './composed.ts';
import { createRememberingRestyler } from './remembered.ts';
import { pixels } from './samples.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let restyler: Restyler;
beforeAll(async () => {
  restyler = await createRememberingRestyler();
});
afterAll(() => restyler.close());

test('a white product on white keeps its edge, and the cut-out is made without a mask from elsewhere', async () => {
  const { signal } = new AbortController();
  const studio = createWorkshop({ restyler: async () => restyler, timeoutMs: 300_000 });
  const [width, height] = [640, 560];
  const distance = (x: number, y: number): number =>
    Math.hypot(Math.max(0, Math.abs(x - 320) - 90), Math.max(0, Math.abs(y - 290) - 130)) - 40;
  const { photo, truth } = await composed({
    width, height,
    backdrop: () => [249, 249, 248],
    // Rounded: darker towards its sides.
    shapes: [{ distance, colour: (x) => {
      const level = 238 - 30 * Math.abs((x - 320) / 130) ** 3;
      return [level, level, level - 3];
    } }],
    shadow: { x: 320, y: 465, rx: 150, ry: 18 },
  });
  const mask = await studio.segment(photo, signal);
  const { png } = await studio.cutOut({ original: photo, mask }, signal);
  const { data } = await pixels(png);
  let [both, either] = [0, 0];
  for (let at = 0; at < truth.length; at += 1) {
    const [right, found] = [truth[at]! >= 128, data[at * 4 + 3]! >= 128];
    if (right && found) both += 1;
    if (right || found) either += 1;
  }
  expect(both / either).toBeGreaterThan(0.93);
});
