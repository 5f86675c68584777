import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { plain } from '../../bench/imaging/set/backgrounds.ts';
import { compose } from '../../bench/imaging/set/compose.ts';
import { chain } from '../../bench/imaging/set/subjects/hollow.ts';
import type { Restyler } from '../../src/imaging/local/index.ts';
import { createRememberingRestyler } from './remembered.ts';
import { removed } from './samples.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let restyler: Restyler;
let photo: Uint8Array;
beforeAll(async () => {
  // Drawn first: a restyler closes the decoder of drawings for the whole process.
  ({ photo } = await compose('rose gold chain', {
    subject: { draw: chain('#c98a5a', 6) }, on: plain('#efeeec', 0.08), size: [800, 800],
    shadows: [{ strength: 0.5, blur: 8, shift: [4, 9] }],
  }));
  restyler = await createRememberingRestyler();
});
afterAll(() => restyler.close());

test('a chain that keeps the shadow in its links is refused with its confidence, and delivered if forced', async () => {
  const order = { image: photo, concepts: { background: removed }, protect: [] };
  const refused = await restyler.restyle(order).then(() => null, (error: unknown) => error);
  expect(refused).toMatchObject({ name: 'ImageRejected', code: 'not_confident' });
  const { confidence } = await restyler.restyle({ ...order, force: true });
  expect(confidence).toBeLessThan(0.5);
  expect((refused as { confidence?: number }).confidence).toBe(confidence);
});
