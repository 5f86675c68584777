import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { usualQuality } from '../../src/imaging/local/product/quality.ts';
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

const { signal } = new AbortController();
const [width, height] = [640, 560];
const distance = (x: number, y: number): number =>
  Math.hypot(Math.max(0, Math.abs(x - 320) - 90), Math.max(0, Math.abs(y - 290) - 130)) - 40;

/** Nearly as white as what is behind it. */
const whiteOnWhite = () => composed({
  width, height,
  backdrop: () => [249, 249, 248],
  // Rounded: darker towards its sides.
  shapes: [{ distance, colour: (x) => {
    const level = 238 - 30 * Math.abs((x - 320) / 130) ** 3;
    return [level, level, level - 3];
  } }],
  shadow: { x: 320, y: 465, rx: 150, ry: 18 },
});

test('a white product on white keeps its edge, cut out on this machine', async () => {
  const quality = { ...usualQuality, leastConfidence: 0 };
  const studio = createWorkshop({ restyler: async () => restyler, quality, timeoutMs: 300_000 });
  const { photo, truth } = await whiteOnWhite();
  const { png: mask, confidence } = await studio.segment(photo, signal);
  expect(confidence).toSatisfy((share: number) => share >= 0 && share <= 1);
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

test('a cut-out that is less certain than it must be is refused', async () => {
  const quality = { ...usualQuality, leastConfidence: 1 };
  const studio = createWorkshop({ restyler: async () => restyler, quality, timeoutMs: 300_000 });
  await expect(studio.segment((await whiteOnWhite()).photo, signal)).rejects.toMatchObject({
    code: 'QUALITY_CHECK_FAILED', message: expect.stringMatching(/^The cut-out is probably wrong \(it is right with /),
  });
});
