import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LEAST_CONFIDENCE, modelConfidence, plainConfidence } from '../../src/imaging/local/cutout/confidence.ts';
import { createRestyler, ImageRejected, type RestyleRequest, type Restyler } from '../../src/imaging/local/index.ts';
import type { Runtime } from '../../src/imaging/local/models/runtime.ts';
import { hashed } from '../../src/imaging/local/raster/noise.ts';
import { createRuntime } from './remembered-runtime.ts';
import { pixels, recolored, removed } from './samples.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** What the model of subjects says of a cell, in fractions of its picture; the other models answer as ever. */
let says: (x: number, y: number) => number;
const SIDE = 320;

const saying: Runtime = {
  name: 'wasm',
  open: async (onnx) => {
    const model = await (await createRuntime()).open(onnx);
    if (model.outputs.length !== 7) return model;
    const name = model.outputs[0]!.name;
    return {
      ...model,
      run: async () => {
        const data = Float32Array.from({ length: SIDE * SIDE }, (_, at) =>
          says((at % SIDE) / SIDE, Math.floor(at / SIDE) / SIDE));
        return { [name]: { data, dims: [1, 1, SIDE, SIDE] } };
      },
    };
  },
};

let restyler: Restyler;
let photo: Buffer;
beforeAll(async () => {
  const [width, height] = [300, 240];
  const data = Buffer.alloc(width * height * 3);
  for (let at = 0; at < data.length; at += 1) {
    const cell = Math.floor(at / 3);
    data[at] = 40 + 180 * hashed(Math.floor((cell % width) / 9), Math.floor(cell / width / 9), at % 3);
  }
  photo = await sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer();
  restyler = await createRestyler({ runtime: saying, timeoutMs: 300_000 });
});
afterAll(() => restyler.close());

const asked = (more: Partial<RestyleRequest> = {}) =>
  restyler.restyle({ image: photo, concepts: { background: removed }, protect: [], ...more });
const refused = async (more: Partial<RestyleRequest> = {}): Promise<ImageRejected> => {
  const error = await asked(more).then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ImageRejected);
  return error as ImageRejected;
};

const sure = (x: number, y: number): number => (Math.hypot(x - 0.5, y - 0.5) < 0.45 ? 1 : 0);
const unsure = (x: number, y: number): number =>
  Math.hypot(x - 0.5, y - 0.5) < 0.1 ? 1 : 0.55 * Math.max(0, 1 - Math.hypot(x - 0.5, y - 0.5));

describe('a cut-out that a model found', () => {
  test('is done, with a confidence, where the model is sure', async () => {
    says = sure;
    const { confidence } = await asked();
    expect(confidence).toBeGreaterThan(LEAST_CONFIDENCE);
    expect(confidence).toBeLessThanOrEqual(1);
  });

  test.each([['removed', removed], ['white', recolored('white')]])(
    'is refused where the model is in two minds, with the mask over the photo as preview: background %s',
    async (_name, background) => {
      says = unsure;
      const { code, message, preview } = await refused({ concepts: { background } });
      expect(code).toBe('not_confident');
      expect(message).toMatch(/^The cut-out is probably wrong \(confidence 0\.\d\d/);
      const shown = await pixels(preview!);
      expect((await sharp(preview!).metadata()).format).toBe('webp');
      const [middle, corner] = [(120 * shown.width + 150) * 4, (4 * shown.width + 4) * 4];
      expect([shown.width, shown.height]).toEqual([300, 240]);
      expect(shown.data[corner]! - shown.data[corner + 1]!).toBeGreaterThan(60);
      expect(shown.data[middle + 3]).toBe(255);
    },
  );

  test('is done where the model is in two minds if it is forced, and its confidence says so', async () => {
    says = unsure;
    const { confidence, masks } = await asked({ force: true });
    expect(confidence).toBeLessThan(LEAST_CONFIDENCE);
    expect(masks).toEqual({ background: 'u2netp' });
  });

  test.each([['nothing', () => 0], ['all of it', () => 0.9]])(
    'is refused, forced or not, where the model sees %s',
    async (_name, everywhere) => {
      says = everywhere;
      for (const force of [false, true]) expect((await refused({ force })).code).toBe('no_mask');
    },
  );
});

test('a restyled picture of which nothing was cut out has no confidence', async () => {
  says = unsure;
  const { confidence } = await asked({ concepts: { picture: { action: 'tone', value: 'warm' } } });
  expect(confidence).toBeNull();
});

describe('confidence', () => {
  test('in a cut-out by colour falls with what the colours leave open', () => {
    const clear = { doubt: 0.01, lost: 0, grey: 0.02, shade: 0, mixed: 0.03, deep: 0, dull: 0, unseen: 0, vague: 0 };
    expect(plainConfidence(clear)).toBeGreaterThan(0.95);
    expect(plainConfidence({ ...clear, doubt: 0.5 })).toBeLessThan(LEAST_CONFIDENCE);
    expect(plainConfidence({ ...clear, lost: 0.24 })).toBeLessThan(plainConfidence(clear) - 0.015);
    expect(plainConfidence({ ...clear, grey: 0.8 })).toBeLessThan(LEAST_CONFIDENCE);
    expect(plainConfidence({ ...clear, shade: 0.5, grey: 0.5 })).toBeLessThan(0.1);
  });

  test.each<[string, object]>([
    ['shadow between the turns of a cable', { grey: 0.27, deep: 0.21, mixed: 0.07 }],
    ['grey in the links of a gold chain', { dull: 0.18, mixed: 0.33, doubt: 0.02 }],
    ['a part of which the model saw nothing', { unseen: 0.35 }],
    ['what the model saw and rough stone took', { vague: 0.11, mixed: 0.25, doubt: 0.08 }],
  ])('in a cut-out by colour falls with %s', (_, signs) => {
    const clear = { doubt: 0.01, lost: 0, grey: 0.02, shade: 0, mixed: 0.03, deep: 0, dull: 0, unseen: 0, vague: 0 };
    expect(plainConfidence({ ...clear, ...signs })).toBeLessThan(LEAST_CONFIDENCE);
  });

  test('in a cut-out by a model falls with its doubt, its contradictions and what it overlooks', () => {
    expect(modelConfidence({ agreement: 0.99, entropy: 0.05, ignored: 0.8 })).toBeLessThan(LEAST_CONFIDENCE);
    expect(modelConfidence({ agreement: 0.99, entropy: 0.05, ignored: 0 })).toBeGreaterThan(0.9);
    expect(modelConfidence({ agreement: 0.5, entropy: 0.05, ignored: 0 })).toBeLessThan(LEAST_CONFIDENCE);
    expect(modelConfidence({ agreement: 0.99, entropy: 0.5, ignored: 0 })).toBeLessThan(LEAST_CONFIDENCE);
  });
});
